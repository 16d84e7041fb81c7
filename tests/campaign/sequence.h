#pragma once
// A sequence: tens to hundreds of layers that run back to back on one engine without a reset.

#include <cstdint>
#include <vector>

#include "fragua/driver/compiler.h"
#include "fragua/model/graph.h"

namespace fragua::campaign {

struct SequenceId {
  uint64_t seed = 1;  ///< of the campaign
  int index = 0;
  int net = -1;  ///< -1 = all nets
};

/// Independent nets in one graph, so that one runtime executes them all: neighbours share a
/// submission unless an operator on the processor separates them.
struct Sequence {
  model::Graph graph;
  std::vector<int> net_of_op;
  std::vector<driver::Place> places;
  driver::CompileOptions compile;
  int inferences = 1;
};

Sequence MakeSequence(const driver::EngineConfig& engine, const SequenceId& id);

}  // namespace fragua::campaign

#pragma once
// A few operators of a network as a network of their own.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::app {

/// The operators `ops` (ascending indices). Inputs are the activations they read and do not make,
/// in order of first use; outputs are those that no operator among them reads. Tensor indices
/// change: `tensor_of[i]` is the original index of tensor i.
struct Subgraph {
  model::Graph graph;
  std::vector<int> tensor_of;
};
Subgraph CutOut(const model::Graph& graph, const std::vector<int>& ops);

/// What the cut's inputs hold when the whole graph runs: of `inputs` what is an input of the graph,
/// else of `values` (by tensor of the graph).
std::vector<std::vector<uint8_t>> InputsOf(const Subgraph& cut, const model::Graph& graph,
                                           const std::vector<std::vector<uint8_t>>& inputs,
                                           const std::vector<std::vector<uint8_t>>& values);

/// Operators whose name matches the glob; throws Error(kInput) listing the names when there is
/// none.
std::vector<int> MatchOps(const model::Graph& graph, const std::string& glob);

}  // namespace fragua::app

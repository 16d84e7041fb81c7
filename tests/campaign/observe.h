#pragma once
// Which bins a sequence has reached, from its operators, its commands and what they computed.

#include <cstdint>
#include <vector>

#include "busy_port.h"
#include "coverage.h"
#include "fragua/driver/program.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/model/graph.h"

namespace fragua::campaign {

/// One inference of a plan that came out right.
struct Inference {
  const model::Graph& graph;
  const driver::Plan& plan;
  const golden::Values& values;
  std::vector<uint32_t> stalled;  ///< by tag: Stalled, while the command's first result came out
  int number = 0;                 ///< 0 = the first since the reset
};

/// Layers counted by a campaign: operators that the array or the pool stage executed.
int EngineLayers(const model::Graph& graph, const driver::Program& program);

void Observe(const Inference& inference, Coverage& coverage);
void ObserveCauses(const driver::EngineCounters& counters, Coverage& coverage);

/// Why additions and average pools that are not in the plan's programs are not.
void ObservePlacement(const Inference& inference, Coverage& coverage);

/// Where the inputs of an addition or a pool came from.
struct Sources {
  int maps = 1;     ///< different ones
  int on_chip = 0;  ///< of them
  bool joined = false;
};
/// An ADD or AVERAGE_POOL_2D and one command for it; `commands`: how many it has.
void ObserveElement(const Inference& inference, const driver::Tile& tile,
                    const driver::regs::Command& command, const Sources& sources, int commands,
                    uint32_t stalled, Coverage& coverage);

/// Parts of Observe(): values of one operator, and one command.
void ObserveValues(const Inference& inference, int op, uint32_t stalled, Coverage& coverage);
void ObserveCompute(const driver::EngineConfig& engine, const driver::regs::Command& command,
                    uint32_t stalled, Coverage& coverage);

}  // namespace fragua::campaign

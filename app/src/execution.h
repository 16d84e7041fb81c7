#pragma once
// Executes an int8 network on the chosen backend and compares every layer with the golden model.

#include <cstdint>
#include <vector>

#include "fragua/driver/partition.h"
#include "fragua/driver/program.h"
#include "fragua/model/graph.h"
#include "options.h"
#include "report.h"

namespace fragua::sim {
class EngineObserver;  // a build without the engine has no sim room
}

namespace fragua::app {

using Inference = std::vector<std::vector<uint8_t>>;  ///< one buffer per graph input or output

struct Execution {
  std::vector<Inference> outputs;  ///< per inference
  RunReport report;                ///< of the last inference; mismatches and matches of all
};

/// Throws Error(kInput) when the backend has no use for an option, or a file to be written has no
/// folder: a run of minutes must not end in that.
void CheckOptions(const RunOptions& options);

/// backend golden: float networks too.
Execution ExecuteGolden(const model::Graph& graph, const std::vector<Inference>& inputs,
                        const RunOptions& options);
/// backend arm: every operator by the driver's kernels.
Execution ExecuteArm(const model::Graph& graph, const std::vector<Inference>& inputs,
                     const RunOptions& options);
/// Somebody who looks inside the first engine of the device while it works.
struct Watch {
  sim::EngineObserver* observer = nullptr;
  driver::Plan plan;  ///< what the engine was given; filled before it begins
};
/// backends rtl and functional: partition, compile, run on the device.
Execution ExecuteOnDevice(const model::Graph& graph, const std::vector<Inference>& inputs,
                          const RunOptions& options, Watch* watch = nullptr);

/// `arm`, `fabric`, `auto`, or an experiment file.
driver::PlacementRequest ReadPlacement(const std::string& text);

}  // namespace fragua::app

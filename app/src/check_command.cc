#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "commands.h"
#include "execution.h"
#include "fragua/model/error.h"
#include "interrupt.h"
#include "network.h"
#include "subgraph.h"
#ifdef FRAGUA_HAVE_GOLDEN
#include "fragua/golden/executor.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_GOLDEN
namespace {

// Every chosen layer is run on its own, fed with the golden model's inputs, so that an error
// upstream hides nothing.
Execution CheckLayers(const model::Graph& graph, const Inference& inputs,
                      const RunOptions& options) {
  const Subgraph cut = CutOut(graph, MatchOps(graph, options.layer));
  const golden::Values values = golden::Run(graph, inputs);
  Inference layer_inputs;
  for (const int input : cut.graph.inputs) {
    const int original = cut.tensor_of[static_cast<size_t>(input)];
    const auto at = std::find(graph.inputs.begin(), graph.inputs.end(), original);
    layer_inputs.push_back(at != graph.inputs.end()
                               ? inputs[static_cast<size_t>(at - graph.inputs.begin())]
                               : values[static_cast<size_t>(original)]);
  }
  return options.backend == "arm" ? ExecuteArm(cut.graph, {layer_inputs}, options)
                                  : ExecuteOnDevice(cut.graph, {layer_inputs}, options);
}

}  // namespace
#endif

int CheckCommand(const RunOptions& options) {
#ifdef FRAGUA_HAVE_GOLDEN
  CheckOptions(options);
  const Network network = LoadInt8Network(
      options.model, "", [](int, int, const std::string&) { ThrowIfInterrupted(); });
  const model::Graph& graph = network.graph;
  const Inference inputs = ReadInputs(graph, options).front();
  Execution execution;
  if (!options.layer.empty()) {
    execution = CheckLayers(graph, inputs, options);
  } else if (options.backend == "arm") {
    execution = ExecuteArm(graph, {inputs}, options);
  } else {
    execution = ExecuteOnDevice(graph, {inputs}, options);
  }
  PrintReport(execution.report);
  const auto compared =
      std::count_if(execution.report.layers.begin(), execution.report.layers.end(),
                    [](const LayerReport& layer) { return layer.match.has_value(); });
  if (compared == 0)
    throw Error(ErrorKind::kCheck,
                "nothing was compared: no tensor of these layers is visible on its own");
  return execution.report.AllMatch() ? 0 : 1;
#else
  static_cast<void>(options);
  ThrowInput(
      "check needs the golden model, which this build has not got; build with FRAGUA_GOLDEN=ON");
#endif
}

}  // namespace fragua::app

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "commands.h"
#include "execution.h"
#include "fragua/model/error.h"
#include "interrupt.h"
#include "localise.h"
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
std::pair<model::Graph, Inference> CutLayers(const model::Graph& graph, const Inference& inputs,
                                             const std::string& layers) {
  const Subgraph cut = CutOut(graph, MatchOps(graph, layers));
  return {cut.graph, InputsOf(cut, graph, inputs, golden::Run(graph, inputs))};
}

Execution Check(const model::Graph& graph, const Inference& inputs, const RunOptions& options) {
  return options.backend == "arm" ? ExecuteArm(graph, {inputs}, options)
                                  : ExecuteOnDevice(graph, {inputs}, options);
}

}  // namespace
#endif

int CheckCommand(const RunOptions& options) {
#ifdef FRAGUA_HAVE_GOLDEN
  CheckOptions(options);
  if (options.localise) CheckLocalise(options);
  Network network = LoadInt8Network(options.model, "",
                                    [](int, int, const std::string&) { ThrowIfInterrupted(); });
  model::Graph& graph = network.graph;
  Inference inputs = ReadInputs(graph, options).front();
  if (!options.layer.empty()) std::tie(graph, inputs) = CutLayers(graph, inputs, options.layer);
  if (options.localise) return Localise(graph, inputs, options);
  const Execution execution = Check(graph, inputs, options);
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

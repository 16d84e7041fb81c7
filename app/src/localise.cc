#include "localise.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "fragua/model/error.h"
#if defined(FRAGUA_HAVE_SIM) && defined(FRAGUA_HAVE_GOLDEN)
#include "microscope.h"
#include "reproducer.h"
#endif

namespace fragua::app {

void CheckLocalise(const RunOptions& options) {
  if (options.backend != "rtl") {
    ThrowInput(fmt::format(
        "--localise needs --backend rtl: it looks inside the Verilated engine, beside the "
        "functional one; backend {} has nothing to look into",
        options.backend));
  }
  if (!options.trace.empty()) {
    ThrowInput(
        "--localise runs the network several times and writes a waveform of its own; leave "
        "--trace out and give --reproducer FOLDER");
  }
#if defined(FRAGUA_HAVE_SIM) && defined(FRAGUA_HAVE_GOLDEN)
  if (!options.reproducer.empty()) PrepareFolder(options.reproducer);
#else
  ThrowInput(
      "--localise: not in this build; configure with FRAGUA_RTL=ON (needs Verilator and SystemC) "
      "and FRAGUA_GOLDEN=ON");
#endif
}

#if defined(FRAGUA_HAVE_SIM) && defined(FRAGUA_HAVE_GOLDEN)
namespace {

void PrintReproducer(const Reproducer& made, const std::string& folder) {
  const Case& smallest = made.smallest;
  fmt::print("\nreproducer in {}: {} operator(s), inputs of {} bytes; shows it again:\n  {}\n",
             folder, smallest.graph.ops.size(),
             std::accumulate(smallest.inputs.begin(), smallest.inputs.end(), size_t{0},
                             [](size_t sum, const auto& input) { return sum + input.size(); }),
             made.command);
  if (!made.examination.finding) return;
  fmt::print("there, the same way:\n{}", Describe(smallest.graph, made.examination));
  if (!made.window) return;
  fmt::print("waveform around cycle {}: gtkwave {}/window.gtkw\n",
             made.examination.finding->cycle(), folder);
}

}  // namespace

int Localise(const model::Graph& graph, const Inference& inputs, const RunOptions& options) {
  const Examination examination = Examine(graph, inputs, options);
  if (examination.Matches()) {
    const auto& layers = examination.report.layers;
    const auto compared = std::count_if(layers.begin(), layers.end(), [](const LayerReport& layer) {
      return layer.match.has_value();
    });
    if (compared == 0) {
      throw Error(ErrorKind::kCheck,
                  "nothing was compared: no tensor of these layers is visible on its own");
    }
    fmt::print(
        "{} of {} layers match the golden model byte for byte, and every word that moved inside "
        "the engine is as docs/ENGINE.md has it: nothing to localise\n",
        compared, layers.size());
    return 0;
  }
  fmt::print("{}", Describe(graph, examination));
  if (options.reproducer.empty()) {
    fmt::print("give --reproducer FOLDER for a small network that shows it, with a waveform\n");
    return 1;
  }
  const auto made = MakeReproducer({graph, inputs}, examination, options, options.reproducer);
  if (made) {
    PrintReproducer(*made, options.reproducer);
  } else {
    fmt::print("no part of the network shows the same by itself: no reproducer was written\n");
  }
  return 1;
}
#else
int Localise(const model::Graph&, const Inference&, const RunOptions&) { return 2; }
#endif

}  // namespace fragua::app

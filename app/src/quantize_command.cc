#include <fmt/core.h>

#include "commands.h"
#include "fragua/model/error.h"
#include "fragua/model/tflite_writer.h"
#include "interrupt.h"
#include "network.h"
#include "progress.h"

namespace fragua::app {

int QuantizeCommand(const QuantizeOptions& options) {
  Network network = LoadNetwork(options.model);
  if (!IsFloat(network.graph))
    ThrowInput(options.model.model + ": is an int8 network already; quantize takes a float one");
  {
    Progress progress("quantising", false);
    network = QuantizeNetwork(
        std::move(network), options.model, "", [&](int done, int count, const std::string& what) {
          ThrowIfInterrupted();
          progress.Update(static_cast<double>(done) / std::max(count, 1), what);
        });
  }
  model::WriteTflite(network.graph, options.output);
  for (const std::string& note : network.notes) fmt::print("note: {}\n", note);
  fmt::print("wrote {}\n", options.output);
  return 0;
}

}  // namespace fragua::app

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "fragua/model/error.h"
#include "fragua/model/image.h"
#include "fragua/model/quantiser.h"
#include "network.h"
#include "preprocess_option.h"
#ifdef FRAGUA_HAVE_GOLDEN
#include "fragua/golden/executor.h"
#endif

namespace fragua::app {
#ifdef FRAGUA_HAVE_GOLDEN
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Pictures(const std::string& folder, int at_most) {
  std::vector<std::string> pictures;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    std::string tail = entry.path().extension().string();
    std::transform(tail.begin(), tail.end(), tail.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (tail == ".png" || tail == ".jpg" || tail == ".jpeg" || tail == ".ppm")
      pictures.push_back(entry.path().string());
  }
  if (failed)
    ThrowInput("--calibration " + folder + ": " + failed.message() +
               "; expected a folder of pictures");
  if (pictures.empty())
    ThrowInput("--calibration " + folder + ": no .png, .jpg or .ppm picture in it");
  // Spread over the folder: neighbours by name are often alike.
  std::sort(pictures.begin(), pictures.end());
  const auto wanted = std::min(pictures.size(), static_cast<size_t>(at_most));
  std::vector<std::string> chosen;
  for (size_t i = 0; i < wanted; ++i) chosen.push_back(pictures[i * pictures.size() / wanted]);
  return chosen;
}

model::QuantiseOptions RangeOptions(const std::string& text) {
  model::QuantiseOptions options;
  if (text == "default") return options;
  const size_t colon = text.find(':');
  options.range = model::ParseRangeMethod(text.substr(0, colon));
  if (colon == std::string::npos) return options;
  const char* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data() + colon + 1, end, options.percentile);
  if (options.range != model::RangeMethod::kPercentile || failed != std::errc{} || at != end ||
      !(options.percentile > 50) || options.percentile > 100) {
    ThrowInput("--range " + text +
               ": expected percentile:P with P above 50 and up to 100, such as percentile:99.99");
  }
  return options;
}

}  // namespace
#endif

Network QuantizeNetwork(Network network, const ModelOptions& options,
                        const std::string& fallback_folder, const ProgressFn& progress) {
#ifdef FRAGUA_HAVE_GOLDEN
  const std::string folder = options.calibration.empty() ? fallback_folder : options.calibration;
  if (folder.empty()) {
    ThrowInput(options.model +
               ": is a float network; give --calibration FOLDER with pictures to quantise it, or "
               "quantise it once with "
               "`fragua quantize`");
  }
  const model::Graph& graph = network.graph;
  const model::Tensor& input = graph.tensor(graph.inputs[0]);
  if (graph.inputs.size() != 1 || input.shape.size() != 4 || input.shape[3] != 3) {
    ThrowInput(options.model + ": calibration needs a network with one RGB picture as input");
  }
  const model::QuantiseOptions quantise = RangeOptions(options.range);
  const model::Preprocess preprocess = ReadPreprocess(options.preprocess);
  const model::ResizeMode resize = model::ParseResizeMode(options.resize);
  const std::vector<std::string> pictures = Pictures(folder, options.calibration_pictures);
  model::Calibration calibration(graph);
  for (size_t i = 0; i < pictures.size(); ++i) {
    progress(static_cast<int>(i), static_cast<int>(pictures.size()), pictures[i]);
    const model::Image picture = model::ResizeForNetwork(model::ReadImage(pictures[i]),
                                                         input.shape[1], input.shape[2], resize);
    const std::vector<std::vector<uint8_t>> inputs = {model::FloatInput(picture, preprocess)};
    calibration.ObserveAll(golden::Run(graph, inputs));
  }
  network.graph = model::Quantise(graph, calibration, quantise, preprocess);
  network.notes.push_back(
      fmt::format("quantised to int8 on {} picture(s) of {}, preprocess {}, resize {}",
                  pictures.size(), folder, options.preprocess, options.resize));
  return network;
#else
  static_cast<void>(network), static_cast<void>(fallback_folder), static_cast<void>(progress);
  ThrowInput(options.model +
             ": quantising needs the golden model, which this build has not got; quantise on the "
             "host with `fragua quantize`");
#endif
}

}  // namespace fragua::app

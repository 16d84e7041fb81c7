#include "network.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "configs.h"
#include "fragua/model/error.h"
#include "fragua/model/image.h"
#include "fragua/model/networks.h"
#include "fragua/model/onnx_reader.h"
#include "fragua/model/preprocess.h"
#include "fragua/model/tflite_reader.h"
#include "preprocess_option.h"
#include "test_picture.h"

namespace fragua::app {
namespace {

namespace fs = std::filesystem;

bool EndsWith(const std::string& path, const std::string& ending) {
  std::string tail = fs::path(path).extension().string();
  std::transform(tail.begin(), tail.end(), tail.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return tail == ending;
}

// The labels of a network usually lie beside it, or one folder up.
std::string LabelsBeside(const std::string& path) {
  const fs::path folder = fs::absolute(path).parent_path();
  for (const fs::path& place : {folder / "labels.txt", folder.parent_path() / "labels.txt"}) {
    std::error_code failed;
    if (fs::is_regular_file(place, failed)) return place.string();
  }
  return "";
}

Network BuiltIn(const ModelOptions& options) {
  Network network;
  network.graph = model::BuildNetwork(ConfigPath("networks", options.model), options.size,
                                      options.classes, options.seed);
  network.notes.push_back("built-in network with synthetic weights (seed " +
                          std::to_string(options.seed) +
                          "): cycles and bit-exactness are real, labels mean nothing");
  return network;
}

// An int8 network that was not made by our quantiser: its input is a quantised real value like any
// other.
std::vector<uint8_t> QuantisedInput(const model::Tensor& input,
                                    const std::vector<uint8_t>& floats) {
  if (input.quant.scale.size() != 1)
    ThrowInput(input.name + ": the input has no scale; use --input with raw tensors");
  std::vector<uint8_t> bytes(floats.size() / 4);
  for (size_t i = 0; i < bytes.size(); ++i) {
    float value = 0;
    std::memcpy(&value, floats.data() + 4 * i, 4);
    const double q =
        std::round(static_cast<double>(value) / static_cast<double>(input.quant.scale[0])) +
        input.quant.zero_point[0];
    bytes[i] = static_cast<uint8_t>(static_cast<int8_t>(std::clamp(q, -128.0, 127.0)));
  }
  return bytes;
}

// Raw pixels fed as pixel - 128 show in the scale, whoever made the file.
bool TakesRawPixels(const model::Graph& graph) {
  if (graph.inputs.size() != 1) return false;
  const model::Tensor& input = graph.tensor(graph.inputs[0]);
  return input.type == model::DataType::kInt8 && input.quant.scale == std::vector<float>{1.0F} &&
         input.quant.zero_point == std::vector<int32_t>{-128};
}

}  // namespace

bool IsFloat(const model::Graph& graph) {
  return std::any_of(graph.ops.begin(), graph.ops.end(), [&](const model::Op& op) {
    return op.type != model::OpType::kQuantize && op.type != model::OpType::kDequantize &&
           graph.tensor(op.outputs[0]).type == model::DataType::kFloat32;
  });
}

Network LoadNetwork(const ModelOptions& options) {
  const bool tflite = EndsWith(options.model, ".tflite");
  if (!tflite && !EndsWith(options.model, ".onnx")) {
    std::error_code failed;
    if (HasConfig("networks", options.model)) return BuiltIn(options);
    if (fs::exists(options.model, failed)) {
      ThrowInput(options.model +
                 ": is neither .tflite nor .onnx nor a topology .yaml; these are the models that "
                 "can be read");
    }
    return BuiltIn(options);  // its error lists the built-in names
  }
  if (options.size != 0)
    ThrowInput("--size is for built-in networks; " + options.model + " has its own size");
  Network network;
  network.graph = tflite ? model::ReadTflite(options.model) : model::ReadOnnx(options.model);
  if (network.graph.name.empty()) network.graph.name = fs::path(options.model).stem().string();
  if (network.graph.input_encoding.empty() && TakesRawPixels(network.graph))
    network.graph.input_encoding = "rgb8";
  network.labels = LabelsBeside(options.model);
  return network;
}

Network LoadInt8Network(const ModelOptions& options, const std::string& fallback_folder,
                        const ProgressFn& progress) {
  Network network = LoadNetwork(options);
  if (!IsFloat(network.graph)) return network;
  return QuantizeNetwork(std::move(network), options, fallback_folder, progress);
}

std::vector<uint8_t> InputFromPicture(const model::Graph& graph, const ModelOptions& options,
                                      const std::string& path) {
  const model::Tensor& input = graph.tensor(graph.inputs[0]);
  if (graph.inputs.size() != 1 || input.shape.size() != 4 || input.shape[3] != 3) {
    ThrowInput(
        fmt::format("{}: takes no RGB picture (its input is not one map of 3 channels); use "
                    "--input with raw tensors",
                    graph.name));
  }
  const int height = input.shape[1];
  const int width = input.shape[2];
  const model::Image picture =
      path.empty() ? TestPicture(height, width)
                   : model::ResizeForNetwork(model::ReadImage(path), height, width,
                                             model::ParseResizeMode(options.resize));
  const model::Preprocess preprocess = ReadPreprocess(options.preprocess);
  if (input.type != model::DataType::kInt8 || graph.input_encoding == "rgb8")
    return model::MakeInput(graph, picture, preprocess);
  return QuantisedInput(input, model::FloatInput(picture, preprocess));
}

}  // namespace fragua::app

#include "fragua/model/preprocess.h"

#include <fmt/format.h>

#include <cstring>

#include "fragua/model/error.h"

namespace fragua::model {

Preprocess ParsePreprocess(const std::string& text) {
  Preprocess result;
  if (text == "none") return result;
  if (text == "caffe-bgr") {
    result.mean = {104.0F, 117.0F, 123.0F};
    result.bgr = true;
    return result;
  }
  if (text == "torchvision") {
    result.pixel_scale = 1.0F / 255.0F;
    result.mean = {0.485F, 0.456F, 0.406F};
    result.scale = {1.0F / 0.229F, 1.0F / 0.224F, 1.0F / 0.225F};
    return result;
  }
  ThrowInput(
      fmt::format("preprocess '{}' is not known; expected torchvision, caffe-bgr or none", text));
}

std::vector<uint8_t> FloatInput(const Image& image, const Preprocess& preprocess) {
  std::vector<float> values;
  values.reserve(image.rgb.size());
  for (size_t pixel = 0; pixel < image.rgb.size(); pixel += 3) {
    for (int c = 0; c < 3; ++c) {
      const auto i = static_cast<size_t>(c);
      const uint8_t p = image.rgb[pixel + static_cast<size_t>(preprocess.source_channel(c))];
      values.push_back((static_cast<float>(p) * preprocess.pixel_scale - preprocess.mean[i]) *
                       preprocess.scale[i]);
    }
  }
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> Int8Input(const Image& image) {
  std::vector<uint8_t> bytes(image.rgb);
  for (uint8_t& byte : bytes) byte ^= 0x80U;  // p - 128 in two's complement
  return bytes;
}

std::vector<uint8_t> MakeInput(const Graph& graph, const Image& image,
                               const Preprocess& preprocess) {
  if (graph.inputs.size() != 1) {
    ThrowInput(
        fmt::format("the network has {} inputs, expected one picture; give raw input instead",
                    graph.inputs.size()));
  }
  const Tensor& input = graph.tensor(graph.inputs[0]);
  if (input.shape != std::vector<int>{1, image.height, image.width, 3}) {
    ThrowInput(
        fmt::format("input '{}' of the network has shape [{}], the picture is [1, {}, {}, 3]",
                    input.name, fmt::join(input.shape, ", "), image.height, image.width));
  }
  if (input.type == DataType::kFloat32) return FloatInput(image, preprocess);
  if (input.type == DataType::kInt8 && graph.input_encoding == "rgb8") return Int8Input(image);
  ThrowInput(
      fmt::format("input '{}' of type {} does not say how a picture becomes its values; give "
                  "raw input instead",
                  input.name, Name(input.type)));
}

}  // namespace fragua::model

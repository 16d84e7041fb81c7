// Stands in for the readers that need protobuf, libpng and libjpeg where they are not built
// (FRAGUA_IMPORT off, as on the board).
#include "fragua/model/error.h"
#include "fragua/model/onnx_reader.h"
#include "image_codecs.h"

namespace fragua::model {
namespace {

constexpr const char* kAdvice = " needs a build with FRAGUA_IMPORT; ";

}  // namespace

Graph ReadOnnx(const std::string& path, const OnnxOptions&) {
  ThrowInput(path + ": reading ONNX" + kAdvice + "quantise on the desk and bring the .tflite here");
}

Graph ReadOnnxBytes(std::span<const uint8_t>, const std::string& name, const OnnxOptions& options) {
  return ReadOnnx(name, options);
}

Image DecodePng(std::span<const uint8_t>, const std::string& name) {
  ThrowInput(name + ": reading PNG" + kAdvice + "convert the picture to PPM");
}

Image DecodeJpeg(std::span<const uint8_t>, const std::string& name) {
  ThrowInput(name + ": reading JPEG" + kAdvice + "convert the picture to PPM");
}

}  // namespace fragua::model

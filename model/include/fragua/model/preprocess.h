#pragma once
// How a picture becomes the numbers a network was trained on.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fragua/model/graph.h"
#include "fragua/model/image.h"

namespace fragua::model {

/// x[c] = (p[c] * pixel_scale - mean[c]) * scale[c] with p = 0..255; c counts channels in the
/// stated order, so for BGR mean[0] and scale[0] belong to blue.
struct Preprocess {
  float pixel_scale = 1.0F;
  std::array<float, 3> mean = {0.0F, 0.0F, 0.0F};
  std::array<float, 3> scale = {1.0F, 1.0F, 1.0F};
  bool bgr = false;
  /// Index in an RGB pixel of channel c.
  int source_channel(int c) const { return bgr ? 2 - c : c; }
};

/// "torchvision" (RGB, 0..1, mean .485 .456 .406, deviation .229 .224 .225), "caffe-bgr" (BGR,
/// 0..255, mean 104 117 123) or "none" (RGB, 0..255); throws Error(kInput) otherwise.
Preprocess ParsePreprocess(const std::string& text);

/// The bytes of the input tensor of `graph` for a picture of exactly its size:
/// float networks get the preprocessed values, int8 networks of encoding "rgb8" get pixel - 128
/// (`preprocess` is then inside the network and is not used). Throws Error(kInput) if the network
/// does not take one RGB picture of this size.
std::vector<uint8_t> MakeInput(const Graph& graph, const Image& image,
                               const Preprocess& preprocess);

/// NHWC float32 bytes of a preprocessed picture.
std::vector<uint8_t> FloatInput(const Image& image, const Preprocess& preprocess);
/// NHWC int8 bytes, pixel - 128.
std::vector<uint8_t> Int8Input(const Image& image);

}  // namespace fragua::model

// Normalisation and channel order move into the layers that read the picture.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fragua/model/error.h"
#include "quantise_internal.h"

namespace fragua::model::quantise {
namespace {

// Pixel value that the network sees as 0, by channel of the network.
double GreyOfZero(const Preprocess& preprocess, size_t channel) {
  return static_cast<double>(preprocess.mean[channel]) / preprocess.pixel_scale;
}

// A convolution pads with zeros of the normalised picture. In int8 the padding is the zero point,
// one for all channels.
int PaddingLevel(const Graph& graph, const Op& op, const Preprocess& preprocess) {
  const double level = GreyOfZero(preprocess, 0);
  constexpr double kTolerance = 1e-3;
  const double whole = std::round(level);
  bool possible = std::abs(level - whole) < kTolerance && whole >= 0 && whole <= 255;
  for (size_t c = 1; c < 3; ++c) {
    possible = possible && std::abs(GreyOfZero(preprocess, c) - level) < kTolerance;
  }
  if (!possible) {
    ThrowInput(fmt::format(
        "{}: '{}' pads the picture with zeros, which stand for the grey levels {:.2f}, {:.2f} and "
        "{:.2f} of its channels; int8 can pad with one whole level only. Quantise the network "
        "without folding the preprocessing, or with equal whole means",
        graph.name, op.name, GreyOfZero(preprocess, 0), GreyOfZero(preprocess, 1),
        GreyOfZero(preprocess, 2)));
  }
  return static_cast<int>(whole);
}

// x[c] = (p[s] - grey[c]) * gain[c] with s the pixel's channel; the layer will read y[s] = p[s] -
// level.
void FoldLayer(const Preprocess& preprocess, int level, Layer& layer) {
  FRAGUA_CHECK(layer.input_mean.size() == 3, fmt::format("{} channels", layer.input_mean.size()));
  const std::vector<float> from = layer.weights;
  std::vector<double> bias(layer.bias.begin(), layer.bias.end());
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t c = i % 3;
    const auto source = static_cast<size_t>(preprocess.source_channel(static_cast<int>(c)));
    const double gain = static_cast<double>(preprocess.pixel_scale) * preprocess.scale[c];
    const double weight = from[i] * gain;
    layer.weights[i - c + source] = static_cast<float>(weight);
    bias[layer.output_channel(i)] -= weight * (GreyOfZero(preprocess, c) - level);
  }
  std::vector<double> mean(3);
  for (size_t c = 0; c < 3; ++c) {
    const double gain = static_cast<double>(preprocess.pixel_scale) * preprocess.scale[c];
    mean[static_cast<size_t>(preprocess.source_channel(static_cast<int>(c)))] =
        layer.input_mean[c] / gain + GreyOfZero(preprocess, c) - level;
  }
  layer.input_mean = mean;
  std::transform(bias.begin(), bias.end(), layer.bias.begin(),
                 [](double b) { return static_cast<float>(b); });
}

void CheckPreprocess(const Preprocess& preprocess) {
  bool sound = std::isfinite(preprocess.pixel_scale) && preprocess.pixel_scale > 0;
  for (size_t c = 0; c < 3; ++c) {
    sound = sound && std::isfinite(preprocess.mean[c]) && std::isfinite(preprocess.scale[c]) &&
            preprocess.scale[c] != 0;
  }
  if (!sound) {
    ThrowInput("the preprocessing has a scale that is zero or a number that is not finite");
  }
}

}  // namespace

Quantization FoldPreprocess(const Graph& graph, const Preprocess& preprocess,
                            std::map<size_t, Layer>& layers) {
  CheckPreprocess(preprocess);
  if (graph.inputs.size() != 1 || graph.tensor(graph.inputs[0]).shape.size() != 4 ||
      graph.tensor(graph.inputs[0]).shape[3] != 3) {
    ThrowInput(graph.name +
               ": preprocessing can be folded only into a network with one RGB picture as "
               "input; quantise it without");
  }
  const int input = graph.inputs[0];
  std::vector<size_t> readers;
  std::optional<int> level;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    if (std::find(op.inputs.begin(), op.inputs.end(), input) == op.inputs.end()) continue;
    if (op.type != OpType::kConv2d) {
      ThrowInput(
          fmt::format("{}: '{}' ({}) reads the picture; preprocessing can be folded only into "
                      "convolutions (CONV_2D). Quantise the network without folding",
                      graph.name, op.name, Name(op.type)));
    }
    readers.push_back(i);
    if (op.attributes.padding != Padding{}) level = PaddingLevel(graph, op, preprocess);
  }
  for (const size_t i : readers) FoldLayer(preprocess, level.value_or(0), layers.at(i));
  return {{1.0F}, {level.value_or(0) - 128}, 0};
}

}  // namespace fragua::model::quantise

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fragua/model/error.h"
#include "quantise_internal.h"

namespace fragua::model::quantise {
namespace {

// Far below the int32 range, so that neither the accumulator nor a zero point folded into the bias
// can overflow.
constexpr double kLargestBias = 1 << 24;
// Factors below this leave the range of 32-bit multipliers with shifts; weights that need one
// cannot move the output by a step.
constexpr double kLeastFactor = 1.0 / (1 << 24);

// The finest scale with which weights and bias fit.
double WeightScale(double largest_weight, double largest_bias, double input_scale,
                   double output_scale) {
  return std::max({largest_weight / 127.0, largest_bias / (input_scale * kLargestBias),
                   kLeastFactor * output_scale / input_scale});
}

}  // namespace

bool HasWeights(OpType type) {
  return type == OpType::kConv2d || type == OpType::kDepthwiseConv2d ||
         type == OpType::kFullyConnected;
}

size_t Layer::output_channel(size_t weight) const {
  return depthwise ? weight % channels : weight / (weights.size() / channels);
}

size_t Layer::input_channel(size_t weight) const {
  return depthwise ? weight % channels / depth_multiplier : weight % input_mean.size();
}

std::map<size_t, Layer> ReadLayers(const Graph& graph, const Calibration& calibration) {
  std::map<size_t, Layer> layers;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    if (!HasWeights(op.type)) continue;
    Layer layer;
    const Tensor& weights = graph.tensor(op.inputs[1]);
    const auto values = weights.as<float>();
    layer.weights.assign(values.begin(), values.end());
    layer.depthwise = op.type == OpType::kDepthwiseConv2d;
    layer.depth_multiplier = static_cast<size_t>(op.attributes.depth_multiplier);
    layer.channels = static_cast<size_t>(layer.depthwise ? weights.shape[3] : weights.shape[0]);
    if (op.inputs.size() > 2 && op.inputs[2] >= 0) {
      const auto bias = graph.tensor(op.inputs[2]).as<float>();
      layer.bias.assign(bias.begin(), bias.end());
    } else {
      layer.bias.assign(layer.channels, 0.0F);
    }
    const TensorStatistics& input = calibration.statistics(op.inputs[0]);
    if (input.count == 0) {
      ThrowInput(fmt::format("tensor '{}' was never observed; calibrate with at least one picture",
                             graph.tensor(op.inputs[0]).name));
    }
    for (size_t c = 0; c < input.channel_sum.size(); ++c) {
      layer.input_mean.push_back(input.channel_mean(c));
    }
    layers.emplace(i, std::move(layer));
  }
  return layers;
}

QuantisedLayer QuantiseLayer(const Layer& layer, double input_scale, double output_scale,
                             bool per_channel, bool correct_bias) {
  std::vector<double> largest(layer.channels, 0.0);
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    double& most = largest[layer.output_channel(i)];
    most = std::max(most, std::abs(static_cast<double>(layer.weights[i])));
  }
  std::vector<float> scale(layer.channels);
  for (size_t c = 0; c < layer.channels; ++c) {
    scale[c] = static_cast<float>(WeightScale(
        largest[c], std::abs(static_cast<double>(layer.bias[c])), input_scale, output_scale));
  }
  if (!per_channel) {
    std::fill(scale.begin(), scale.end(), *std::max_element(scale.begin(), scale.end()));
  }

  QuantisedLayer result;
  std::vector<double> bias(layer.bias.begin(), layer.bias.end());
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    const size_t c = layer.output_channel(i);
    const double exact = layer.weights[i];
    const double steps = std::clamp(std::round(exact / scale[c]), -127.0, 127.0);
    result.weights.push_back(static_cast<int8_t>(steps));
    if (correct_bias)
      bias[c] += (exact - steps * scale[c]) * layer.input_mean[layer.input_channel(i)];
  }
  for (size_t c = 0; c < layer.channels; ++c) {
    const auto bias_scale = static_cast<float>(input_scale * scale[c]);
    const double steps = std::round(bias[c] / bias_scale);
    FRAGUA_CHECK(std::abs(steps) < 2 * kLargestBias, fmt::format("bias {} steps", steps));
    result.bias.push_back(static_cast<int32_t>(steps));
    result.bias_scale.push_back(bias_scale);
  }
  result.scale = std::move(scale);
  if (!per_channel) {
    result.scale.resize(1);
    result.bias_scale.resize(1);
  }
  return result;
}

}  // namespace fragua::model::quantise

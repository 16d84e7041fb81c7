#pragma once
// The steps of Quantise.

#include <map>
#include <optional>
#include <vector>

#include "fragua/model/quantiser.h"

namespace fragua::model::quantise {

/// Float weights and bias of one convolution or fully-connected operator, and the mean of what it
/// reads.
struct Layer {
  std::vector<float> weights;
  std::vector<float> bias;         ///< one per output channel
  std::vector<double> input_mean;  ///< per input channel, in the units the weights apply to
  size_t channels = 0;             ///< output channels
  /// Position of a weight: output channel and input channel.
  size_t output_channel(size_t weight) const;
  size_t input_channel(size_t weight) const;
  bool depthwise = false;
  size_t depth_multiplier = 1;
};

bool HasWeights(OpType type);

/// Layers by operator index, with the statistics of their inputs.
std::map<size_t, Layer> ReadLayers(const Graph& graph, const Calibration& calibration);

/// Makes the layers that read the graph's input take raw RGB pixels; returns the input's
/// quantisation.
Quantization FoldPreprocess(const Graph& graph, const Preprocess& preprocess,
                            std::map<size_t, Layer>& layers);

/// Quantisation of every activation, by tensor index; empty for constants. `input` fixes that of
/// the graph's input.
std::vector<Quantization> ChooseActivations(const Graph& graph, const Calibration& calibration,
                                            const QuantiseOptions& options,
                                            const std::optional<Quantization>& input);

/// Scale and zero point for 256 levels over `range`, which contains 0.
Quantization QuantizationOf(const Range& range);

struct QuantisedLayer {
  std::vector<int8_t> weights;
  std::vector<int32_t> bias;
  std::vector<float> scale;       ///< of the weights; one per output channel, or one
  std::vector<float> bias_scale;  ///< as many
};
QuantisedLayer QuantiseLayer(const Layer& layer, double input_scale, double output_scale,
                             bool per_channel, bool correct_bias);

}  // namespace fragua::model::quantise

#pragma once
// Post-training quantisation: a float graph and what its values look like become a full-integer
// int8 graph.

#include <optional>

#include "fragua/model/calibration.h"
#include "fragua/model/graph.h"
#include "fragua/model/preprocess.h"

namespace fragua::model {

struct QuantiseOptions {
  /// The default had the least error on both reference networks, whatever pictures calibrated them.
  RangeMethod range = RangeMethod::kMeanSquaredError;
  double percentile = 99.99;  ///< for RangeMethod::kPercentile
  /// Adds to each bias the mean error that rounding the weights makes on the calibration pictures.
  bool correct_bias = true;
  /// Scores (network outputs and softmax inputs) get this much more range than was seen, because a
  /// clipped winner ties with others.
  double score_headroom = 0.1;
};

/// Makes the int8 graph by TensorFlow Lite's int8 rules, so that WriteTflite can write it.
///
/// Weights: convolutions symmetric per output channel, fully-connected ones per tensor, -127..127;
/// bias int32 with scale input * weights.
///
/// Activations: asymmetric per tensor with an exact zero, from the calibrated range. Pooling,
/// reshape, transpose, pad and concatenation copy values, so their operands share one quantisation,
/// made from everything that flows in; MEAN, ADD and ReLU that stands alone have an output scale of
/// their own; softmax has 1/256 and -128.
///
/// Input: with `preprocess` it takes raw RGB pixels (int8 = pixel - 128, input_encoding "rgb8");
/// normalisation and channel order are folded into the convolutions that read it. Where such a
/// convolution pads, zero has to mean the same grey level in all channels, a whole one: that level
/// becomes the input's zero point. Else the fold would be wrong at the border and is an Error.
/// Without `preprocess` the input is an activation like any other and its encoding unknown.
///
/// Every activation must have been observed. Throws Error(kInput) for a graph that is not float,
/// lacks statistics or uses its input in another way than described.
Graph Quantise(const Graph& float_graph, const Calibration& calibration,
               const QuantiseOptions& options, const std::optional<Preprocess>& preprocess);

}  // namespace fragua::model

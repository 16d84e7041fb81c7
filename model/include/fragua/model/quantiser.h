#pragma once
// Post-training quantisation: a float graph and what its values look like become a full-integer
// int8 graph.

#include <optional>

#include "fragua/model/calibration.h"
#include "fragua/model/graph.h"
#include "fragua/model/preprocess.h"

namespace fragua::model {

struct QuantiseOptions {
  /// The default had the least error on both reference networks, whatever pictures it was
  /// calibrated on.
  RangeMethod range = RangeMethod::kMeanSquaredError;
  double percentile = 99.99;  ///< for RangeMethod::kPercentile
  /// Adds to each bias the mean error that rounding the weights makes on the calibration pictures.
  bool correct_bias = true;
  /// Scores (network outputs and softmax inputs) get this much more range than was seen, because a
  /// clipped winner ties with others.
  double score_headroom = 0.1;
};

/// Makes the int8 graph (TensorFlow Lite's int8 rules, so it can be written by WriteTflite):
/// * convolution weights symmetric per output channel in -127..127, fully-connected weights per
/// tensor; bias int32 with scale
///   input * weights;
/// * activations asymmetric per tensor with an exact zero, from the calibrated range (tensors
/// behind a fused ReLU start at 0);
/// * pooling, reshape, transpose, pad and concatenation copy values, so all their operands share
/// one quantisation, made from everything that
///   flows in; MEAN, ADD and stand-alone ReLU have their own output scale; softmax 1/256 and -128;
/// * with `preprocess` the input takes raw RGB pixels (int8 = pixel - 128, input_encoding "rgb8"):
/// normalisation and channel order are folded
///   into the convolutions that read the input. Where such a convolution pads, zero padding has to
///   mean the same as before: that is possible when all channels have the same mean that is a whole
///   number of grey levels (it becomes the input's zero point), else it is an Error. Without
///   `preprocess` the input is an activation like any other and its encoding unknown.
///
/// Every activation must have been observed. Throws Error(kInput) for a graph that is not float,
/// lacks statistics or uses the input in another way than described.
Graph Quantise(const Graph& float_graph, const Calibration& calibration,
               const QuantiseOptions& options, const std::optional<Preprocess>& preprocess);

}  // namespace fragua::model

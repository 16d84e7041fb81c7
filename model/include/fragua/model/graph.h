#pragma once
// A network as an ordered list of operators over tensors: TensorFlow Lite's view of the world. Activations are NHWC,
// convolution weights OHWI, depthwise weights 1HWC, fully-connected weights OI. Operators are in execution order.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fragua::model {

enum class DataType { kFloat32, kInt8, kInt32, kInt64, kUInt8 };
/// Bytes per element.
int SizeOf(DataType type);
const char* Name(DataType type);

/// real = scale[i] * (q - zero_point[i]); one entry = per tensor, many = per channel along `axis`; empty = not quantised.
struct Quantization {
  std::vector<float> scale;
  std::vector<int32_t> zero_point;
  int axis = 0;
  bool empty() const { return scale.empty(); }
};

struct Tensor {
  std::string name;
  DataType type = DataType::kFloat32;
  std::vector<int> shape;  ///< batch included; batch is 1
  Quantization quant;
  std::vector<uint8_t> data;  ///< little-endian constant, empty for activations
  bool is_constant() const { return !data.empty(); }
  int64_t elements() const;
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
};

enum class OpType {
  kConv2d,           ///< inputs: x, weights OHWI, bias (optional, -1)
  kDepthwiseConv2d,  ///< inputs: x, weights 1HWC, bias (optional, -1)
  kFullyConnected,   ///< inputs: x, weights OI, bias (optional, -1)
  kAdd,              ///< inputs: a, b (same shape)
  kMaxPool2d,
  kAveragePool2d,
  kMean,           ///< over attributes.axes
  kConcatenation,  ///< any number of inputs, along attributes.axis
  kPad,            ///< attributes.pads; pad value = zero point (int8) or 0 (float)
  kReshape,
  kRelu,
  kRelu6,
  kSoftmax,
  kQuantize,
  kDequantize,
  kTranspose,  ///< attributes.axes = permutation
};
/// TensorFlow Lite's name of the operator, e.g. "CONV_2D".
const char* Name(OpType type);

enum class Activation { kNone, kRelu, kRelu6 };

/// Rows/columns of padding, already resolved to numbers (SAME, VALID and ceil mode are import matters).
struct Padding {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Padding&) const = default;
};

/// Only the fields that belong to the operator's type are meaningful.
struct Attributes {
  Padding padding;  ///< convolution and pooling. May exceed what SAME would give (ceil-mode pooling): windows are clipped to the map.
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int filter_h = 1, filter_w = 1;  ///< pooling window
  int depth_multiplier = 1;
  Activation activation = Activation::kNone;
  int axis = 0;                 ///< concatenation
  std::vector<int> axes;        ///< mean: reduced axes; transpose: permutation
  bool keep_dims = false;       ///< mean
  std::vector<std::pair<int, int>> pads;  ///< pad: (before, after) per dimension
  float beta = 1.0f;            ///< softmax
};

struct Op {
  OpType type = OpType::kConv2d;
  std::string name;  ///< unique and readable, e.g. "fire2/squeeze1x1" or "conv_2d_3"
  std::vector<int> inputs;   ///< tensor indices, -1 = absent
  std::vector<int> outputs;
  Attributes attributes;
};

struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Op> ops;  ///< execution order
  std::vector<int> inputs, outputs;
  /// How a picture becomes the input tensor, where known (int8 models made by our quantiser: raw RGB, pixel - 128).
  /// Empty = unknown. Values: "rgb8" (int8 = pixel - 128).
  std::string input_encoding;
  bool synthetic_weights = false;  ///< built-in network with seeded weights: labels mean nothing

  const Tensor& tensor(int index) const { return tensors.at(static_cast<size_t>(index)); }
  Tensor& tensor(int index) { return tensors.at(static_cast<size_t>(index)); }
};

/// Checks every index, type, shape and parameter (output shapes included) once; throws Error naming operator, position, found and expected.
/// After it, the other rooms trust the graph.
void Validate(const Graph& graph);

/// Multiply-accumulates of one operator (padding taps counted), 0 for those that have none.
int64_t MacCount(const Graph& graph, const Op& op);
/// Bytes of constant operands of one operator.
int64_t ParameterBytes(const Graph& graph, const Op& op);

}  // namespace fragua::model

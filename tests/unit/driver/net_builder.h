#pragma once
// Small int8 networks with seeded weights, whose activations use most of the int8 range.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::test {

struct ConvShape {
  int out = 16;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  model::Padding padding;
  model::Activation activation = model::Activation::kRelu;
};

inline ConvShape Square(int out, int kernel, int stride = 1, int pad = 0) {
  return {out, kernel, kernel, stride, stride, {pad, pad, pad, pad}};
}

class NetBuilder {
 public:
  explicit NetBuilder(uint32_t seed) : random_(seed) { graph_.name = "net"; }

  int Input(int height, int width, int channels, int zero_point = -128) {
    const int index = Map("input" + std::to_string(graph_.inputs.size()), height, width, channels,
                          1.0f / 64, zero_point);
    graph_.inputs.push_back(index);
    return index;
  }

  int Conv(int in, const ConvShape& shape, const std::string& name = "") {
    return Conv(in, shape, name, 0, Uniform(-128, 20));
  }

  /// `scale` 0: chosen so that outputs spread.
  int Conv(int in, const ConvShape& shape, const std::string& name, float scale, int zero_point) {
    const std::vector<int> in_shape = graph_.tensor(in).shape;
    const int taps = shape.kernel_h * shape.kernel_w * in_shape[3];
    model::Tensor weights;
    weights.name = "weights";
    weights.type = model::DataType::kInt8;
    weights.shape = {shape.out, shape.kernel_h, shape.kernel_w, in_shape[3]};
    const int limit = taps > 1500 ? 40 : 127;  // keeps large sums inside 25 bits
    for (int64_t i = 0; i < weights.elements(); ++i) {
      weights.data.push_back(static_cast<uint8_t>(static_cast<int8_t>(Uniform(-limit, limit))));
    }
    model::Tensor bias;
    bias.name = "bias";
    bias.type = model::DataType::kInt32;
    bias.shape = {shape.out};
    for (int k = 0; k < shape.out; ++k) {
      weights.quant.scale.push_back(0.01f * static_cast<float>(Uniform(50, 150)) / 100.0f);
      weights.quant.zero_point.push_back(0);
      const auto value = static_cast<uint32_t>(Uniform(-3000, 3000));
      for (int b = 0; b < 4; ++b) bias.data.push_back(static_cast<uint8_t>(value >> (8 * b)));
    }
    const float in_scale = graph_.tensor(in).quant.scale[0];
    const float spread = std::sqrt(static_cast<float>(taps)) * static_cast<float>(limit);
    const int rows =
        (in_shape[1] + shape.padding.top + shape.padding.bottom - shape.kernel_h) / shape.stride_h +
        1;
    const int cols =
        (in_shape[2] + shape.padding.left + shape.padding.right - shape.kernel_w) / shape.stride_w +
        1;
    const int out =
        Map(name, rows, cols, shape.out, scale > 0 ? scale : in_scale * 0.01f * spread, zero_point);
    model::Op& op = Add(model::OpType::kConv2d, name, {in, Append(weights), Append(bias)}, out);
    op.attributes.stride_h = shape.stride_h;
    op.attributes.stride_w = shape.stride_w;
    op.attributes.padding = shape.padding;
    op.attributes.activation = shape.activation;
    return out;
  }

  /// `multiplier` outputs per input channel; `shape.out` is not looked at.
  int Depthwise(int in, const ConvShape& shape, const std::string& name = "", int multiplier = 1) {
    const model::Tensor from = graph_.tensor(in);
    const int channels = from.shape[3] * multiplier;
    const int taps = shape.kernel_h * shape.kernel_w;
    const int weights = Weights({1, shape.kernel_h, shape.kernel_w, channels}, 3, channels);
    const int bias = Bias(channels);
    const model::Padding& pad = shape.padding;
    const int rows = (from.shape[1] + pad.top + pad.bottom - shape.kernel_h) / shape.stride_h + 1;
    const int cols = (from.shape[2] + pad.left + pad.right - shape.kernel_w) / shape.stride_w + 1;
    const int out = Map(name, rows, cols, channels, SpreadScale(from, taps), Uniform(-128, 20));
    model::Op& op = Add(model::OpType::kDepthwiseConv2d, name, {in, weights, bias}, out);
    op.attributes.depth_multiplier = multiplier;
    op.attributes.stride_h = shape.stride_h;
    op.attributes.stride_w = shape.stride_w;
    op.attributes.padding = shape.padding;
    op.attributes.activation = shape.activation;
    return out;
  }

  /// All elements of `in` to a vector of `out`; one weight scale, or one per output.
  int FullyConnected(int in, int out, bool per_channel, const std::string& name = "") {
    const model::Tensor from = graph_.tensor(in);
    const auto depth = static_cast<int>(from.elements());
    const int weights = Weights({out, depth}, 0, per_channel ? out : 1);
    const int bias = Bias(out);
    const int result = Vector(name, out, SpreadScale(from, depth), Uniform(-128, 20));
    Add(model::OpType::kFullyConnected, name, {in, weights, bias}, result).attributes.activation =
        Uniform(0, 1) == 0 ? model::Activation::kNone : model::Activation::kRelu6;
    return result;
  }

  int Flatten(int in, const std::string& name = "") {
    const model::Tensor from = graph_.tensor(in);
    const int out = Vector(name, static_cast<int>(from.elements()), from.quant.scale[0],
                           from.quant.zero_point[0]);
    Add(model::OpType::kReshape, name, {in}, out);
    return out;
  }

  int Fire(int in, int squeeze, int expand1, int expand3, const std::string& name = "fire") {
    const int middle = Conv(in, Square(squeeze, 1), name + "/squeeze");
    const float scale = graph_.tensor(middle).quant.scale[0] * 0.01f *
                        std::sqrt(static_cast<float>(9 * squeeze)) * 100;
    const int zero = Uniform(-128, 0);
    const int one = Conv(middle, Square(expand1, 1), name + "/expand1", scale, zero);
    const int three = Conv(middle, Square(expand3, 3, 1, 1), name + "/expand3", scale, zero);
    return Concat({one, three}, name + "/concat");
  }

  int Concat(const std::vector<int>& parts, const std::string& name = "") {
    const model::Tensor first = graph_.tensor(parts[0]);
    int channels = 0;
    for (int part : parts) channels += graph_.tensor(part).shape[3];
    const int out = Map(name, first.shape[1], first.shape[2], channels, first.quant.scale[0],
                        first.quant.zero_point[0]);
    Add(model::OpType::kConcatenation, name, parts, out).attributes.axis = 3;
    return out;
  }

  /// Window and stride 2; `windows` per axis by floor, or one more with `ceil`.
  int MaxPool(int in, int filter, int pad = 0, bool ceil = true, const std::string& name = "") {
    const model::Tensor from = graph_.tensor(in);
    const auto count = [&](int size) {
      const int rest = size + 2 * pad - filter;
      return (ceil ? (rest + 1) / 2 : rest / 2) + 1;
    };
    const int rows = count(from.shape[1]);
    const int cols = count(from.shape[2]);
    const int out =
        Map(name, rows, cols, from.shape[3], from.quant.scale[0], from.quant.zero_point[0]);
    model::Op& op = Add(model::OpType::kMaxPool2d, name, {in}, out);
    op.attributes.filter_h = op.attributes.filter_w = filter;
    op.attributes.stride_h = op.attributes.stride_w = 2;
    op.attributes.padding = {pad, pad, (rows - 1) * 2 + filter - from.shape[1] - pad,
                             (cols - 1) * 2 + filter - from.shape[2] - pad};
    op.attributes.padding.bottom = std::max(0, op.attributes.padding.bottom);
    op.attributes.padding.right = std::max(0, op.attributes.padding.right);
    return out;
  }

  /// Of two maps of one shape; `scale` 0: the larger of the inputs' a little up.
  int Sum(int a, int b, const std::string& name = "",
          model::Activation activation = model::Activation::kNone, float scale = 0) {
    const model::Tensor first = graph_.tensor(a);
    const float larger = std::max(first.quant.scale[0], graph_.tensor(b).quant.scale[0]);
    const int out = Map(name, first.shape[1], first.shape[2], first.shape[3],
                        scale > 0 ? scale : larger * 0.01f * static_cast<float>(Uniform(90, 160)),
                        Uniform(-128, 60));
    Add(model::OpType::kAdd, name, {a, b}, out).attributes.activation = activation;
    return out;
  }

  /// Without padding.
  int AveragePool(int in, int filter_h, int filter_w, int stride, const std::string& name = "") {
    const model::Tensor from = graph_.tensor(in);
    const int out =
        Map(name, (from.shape[1] - filter_h) / stride + 1, (from.shape[2] - filter_w) / stride + 1,
            from.shape[3], from.quant.scale[0], from.quant.zero_point[0]);
    model::Op& op = Add(model::OpType::kAveragePool2d, name, {in}, out);
    op.attributes.filter_h = filter_h;
    op.attributes.filter_w = filter_w;
    op.attributes.stride_h = op.attributes.stride_w = stride;
    return out;
  }

  int Mean(int in, const std::string& name = "mean", bool keep_dims = false) {
    const model::Tensor from = graph_.tensor(in);
    model::Tensor out;
    out.name = name;
    out.type = model::DataType::kInt8;
    out.shape = {1, from.shape[3]};
    if (keep_dims) out.shape = {1, 1, 1, from.shape[3]};
    out.quant = {{from.quant.scale[0] / 5}, {-100}, 0};
    const int index = Append(out);
    model::Op& op = Add(model::OpType::kMean, name, {in}, index);
    op.attributes.axes = {1, 2};
    op.attributes.keep_dims = keep_dims;
    return index;
  }

  int Pad(int in, model::Padding pads, const std::string& name = "") {
    const model::Tensor from = graph_.tensor(in);
    const int out =
        Map(name, from.shape[1] + pads.top + pads.bottom, from.shape[2] + pads.left + pads.right,
            from.shape[3], from.quant.scale[0], from.quant.zero_point[0]);
    Add(model::OpType::kPad, name, {in}, out).attributes.pads = {
        {0, 0}, {pads.top, pads.bottom}, {pads.left, pads.right}, {0, 0}};
    return out;
  }

  void Output(int tensor) { graph_.outputs.push_back(tensor); }

  std::vector<std::vector<uint8_t>> RandomInputs() {
    std::vector<std::vector<uint8_t>> inputs;
    for (int index : graph_.inputs) {
      std::vector<uint8_t> bytes(static_cast<size_t>(graph_.tensor(index).elements()));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(Uniform(0, 255));
      inputs.push_back(std::move(bytes));
    }
    return inputs;
  }

  model::Graph& graph() { return graph_; }

 private:
  int Uniform(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  int Append(model::Tensor tensor) {
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph_.tensors.size()) - 1;
  }
  int Map(const std::string& name, int height, int width, int channels, float scale, int zero) {
    model::Tensor tensor;
    tensor.name = name;
    tensor.type = model::DataType::kInt8;
    tensor.shape = {1, height, width, channels};
    tensor.quant = {{scale}, {zero}, 0};
    return Append(std::move(tensor));
  }
  int Vector(const std::string& name, int elements, float scale, int zero) {
    const int index = Map(name, 1, 1, elements, scale, zero);
    graph_.tensor(index).shape = {1, elements};
    return index;
  }
  int Weights(std::vector<int> shape, int axis, int scales) {
    model::Tensor weights;
    weights.name = "weights";
    weights.type = model::DataType::kInt8;
    weights.shape = std::move(shape);
    const int limit = weights.elements() / weights.shape[0] > 1500 ? 40 : 127;
    for (int64_t i = 0; i < weights.elements(); ++i) {
      weights.data.push_back(static_cast<uint8_t>(static_cast<int8_t>(Uniform(-limit, limit))));
    }
    weights.quant.axis = axis;
    for (int k = 0; k < scales; ++k) {
      weights.quant.scale.push_back(0.01f * static_cast<float>(Uniform(50, 150)) / 100.0f);
      weights.quant.zero_point.push_back(0);
    }
    return Append(weights);
  }
  int Bias(int channels) {
    model::Tensor bias;
    bias.name = "bias";
    bias.type = model::DataType::kInt32;
    bias.shape = {channels};
    for (int k = 0; k < channels; ++k) {
      const auto value = static_cast<uint32_t>(Uniform(-3000, 3000));
      for (int b = 0; b < 4; ++b) bias.data.push_back(static_cast<uint8_t>(value >> (8 * b)));
    }
    return Append(bias);
  }
  /// An output scale with which sums of so many products use most of int8.
  static float SpreadScale(const model::Tensor& in, int taps) {
    return in.quant.scale[0] * 0.01f * std::sqrt(static_cast<float>(taps)) * 100;
  }
  model::Op& Add(model::OpType type, const std::string& name, std::vector<int> inputs, int output) {
    model::Op op;
    op.type = type;
    op.name = name.empty() ? "op" + std::to_string(graph_.ops.size()) : name;
    op.inputs = std::move(inputs);
    op.outputs = {output};
    graph_.ops.push_back(std::move(op));
    return graph_.ops.back();
  }

  std::mt19937 random_;
  model::Graph graph_;
};

}  // namespace fragua::test

#pragma once
// Small hand-made graphs for the tests of this folder.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "fragua/model/error.h"
#include "fragua/model/graph.h"

namespace fragua::model {

/// Appends tensors and operators; the defaults make valid ones.
class GraphBuilder {
 public:
  explicit GraphBuilder(DataType type) : type_(type) { graph.name = "small"; }

  int Activation(const std::string& name, std::vector<int> shape, float scale = 0.5f,
                 int zero = -128) {
    Tensor tensor;
    tensor.name = name;
    tensor.type = type_;
    tensor.shape = std::move(shape);
    if (type_ == DataType::kInt8) tensor.quant = {{scale}, {zero}, 0};
    return Add(std::move(tensor));
  }
  /// Constant with the bytes 1, 2, 3... (never the same value twice in a row).
  int Constant(const std::string& name, DataType type, std::vector<int> shape,
               Quantization quant = {}) {
    Tensor tensor;
    tensor.name = name;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.quant = std::move(quant);
    tensor.data.resize(static_cast<size_t>(tensor.elements() * SizeOf(type)));
    uint8_t value = 0;
    for (uint8_t& byte : tensor.data) byte = ++value & 0x3f;
    return Add(std::move(tensor));
  }
  /// Weights with one scale per channel along `axis`.
  int Weights(const std::string& name, std::vector<int> shape, int axis) {
    if (type_ == DataType::kFloat32) return Constant(name, type_, std::move(shape));
    const auto channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
    Quantization quant{std::vector<float>(channels, 0.01f), std::vector<int32_t>(channels, 0),
                       axis};
    return Constant(name, DataType::kInt8, std::move(shape), std::move(quant));
  }
  int Bias(const std::string& name, int channels) {
    return Constant(name, type_ == DataType::kInt8 ? DataType::kInt32 : type_, {channels});
  }
  Op& AddOp(OpType type, std::vector<int> inputs, int output) {
    Op op;
    op.type = type;
    op.name = graph.tensor(output).name;
    op.inputs = std::move(inputs);
    op.outputs = {output};
    graph.ops.push_back(std::move(op));
    return graph.ops.back();
  }
  int Add(Tensor tensor) {
    graph.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph.tensors.size()) - 1;
  }

  Graph graph;

 private:
  DataType type_;
};

/// A graph with most operators: conv, depthwise, max-pool, pad, conv, add, concat, average pool,
/// relu, relu6, transpose, mean, reshape, fully connected, softmax.
inline Graph ManyOperators(DataType type) {
  GraphBuilder b(type);
  const int x = b.Activation("x", {1, 9, 9, 3}, 1.0f);
  const int conv1 = b.Activation("conv1", {1, 5, 5, 4}, 0.5f);
  Op& first = b.AddOp(OpType::kConv2d,
                      {x, b.Weights("conv1/w", {4, 3, 3, 3}, 0), b.Bias("conv1/b", 4)}, conv1);
  first.attributes.padding = {1, 1, 1, 1};
  first.attributes.stride_h = first.attributes.stride_w = 2;
  first.attributes.activation = Activation::kRelu;
  const int dw = b.Activation("dw", {1, 5, 5, 8}, 0.5f);
  Op& depthwise =
      b.AddOp(OpType::kDepthwiseConv2d, {conv1, b.Weights("dw/w", {1, 3, 3, 8}, 3), -1}, dw);
  depthwise.attributes.padding = {1, 1, 1, 1};
  depthwise.attributes.depth_multiplier = 2;
  depthwise.attributes.activation = Activation::kRelu6;
  const int pool = b.Activation("pool", {1, 3, 3, 8}, 0.5f);
  Op& max = b.AddOp(OpType::kMaxPool2d, {dw}, pool);
  max.attributes.filter_h = max.attributes.filter_w = 2;
  max.attributes.stride_h = max.attributes.stride_w = 2;
  max.attributes.padding = {0, 0, 1, 1};
  const int padded = b.Activation("padded", {1, 5, 6, 8}, 0.5f);
  b.AddOp(OpType::kPad, {pool}, padded).attributes.pads = {{0, 0}, {1, 1}, {2, 1}, {0, 0}};
  const int conv2 = b.Activation("conv2", {1, 3, 2, 8}, 0.25f, 3);
  Op& dilated =
      b.AddOp(OpType::kConv2d,
              {padded, b.Weights("conv2/w", {8, 3, 3, 8}, 0), b.Bias("conv2/b", 8)}, conv2);
  dilated.attributes.dilation_w = 2;
  const int relu = b.Activation("relu", {1, 3, 2, 8}, 0.25f, -7);
  b.AddOp(OpType::kRelu, {conv2}, relu);
  const int sum = b.Activation("sum", {1, 3, 2, 8}, 0.75f, 1);
  b.AddOp(OpType::kAdd, {relu, conv2}, sum).attributes.activation = Activation::kRelu;
  const int relu6 = b.Activation("relu6", {1, 3, 2, 8}, 0.75f, 1);
  b.AddOp(OpType::kRelu6, {sum}, relu6);
  const int cat = b.Activation("cat", {1, 3, 2, 16}, 0.75f, 1);
  b.AddOp(OpType::kConcatenation, {relu6, sum}, cat).attributes.axis = 3;
  const int average = b.Activation("average", {1, 3, 2, 16}, 0.75f, 1);
  Op& mean_pool = b.AddOp(OpType::kAveragePool2d, {cat}, average);
  mean_pool.attributes.filter_h = mean_pool.attributes.filter_w = 3;
  mean_pool.attributes.padding = {1, 1, 1, 1};
  const int turned = b.Activation("turned", {1, 16, 2, 3}, 0.75f, 1);
  b.AddOp(OpType::kTranspose, {average}, turned).attributes.axes = {0, 3, 2, 1};
  const int mean = b.Activation("mean", {1, 16, 1, 1}, 0.1f, 5);
  Op& reduce = b.AddOp(OpType::kMean, {turned}, mean);
  reduce.attributes.axes = {2, 3};
  reduce.attributes.keep_dims = true;
  const int flat = b.Activation("flat", {1, 16}, 0.1f, 5);
  b.AddOp(OpType::kReshape, {mean}, flat);
  const int logits = b.Activation("logits", {1, 5}, 0.2f, 0);
  b.AddOp(OpType::kFullyConnected, {flat, b.Weights("fc/w", {5, 16}, 0), b.Bias("fc/b", 5)},
          logits);
  const int soft = b.Activation("soft", {1, 5}, 1.0f / 256, -128);
  b.AddOp(OpType::kSoftmax, {logits}, soft).attributes.beta = 1.5f;
  b.graph.inputs = {x};
  b.graph.outputs = {soft};
  return b.graph;
}

/// float32 in, int8 inside, float32 out; bytes requantised on the way.
inline Graph QuantizedInside() {
  GraphBuilder b(DataType::kInt8);
  Tensor real;
  real.name = "real_in";
  real.shape = {1, 4};
  const int in = b.Add(real);
  const int q = b.Activation("q", {1, 4}, 0.5f, 3);
  const int again = b.Activation("again", {1, 4}, 0.25f, -3);
  b.AddOp(OpType::kQuantize, {in}, q);
  b.AddOp(OpType::kQuantize, {q}, again);
  real.name = "real_out";
  const int out = b.Add(real);
  b.AddOp(OpType::kDequantize, {again}, out);
  b.graph.inputs = {in};
  b.graph.outputs = {out};
  return b.graph;
}

/// The seed of a random test: FRAGUA_SEED from the environment, so that a failure can be repeated,
/// or the usual one.
inline uint32_t SeedOr(uint32_t usual) {
  const char* text = std::getenv("FRAGUA_SEED");
  return text != nullptr ? static_cast<uint32_t>(std::strtoul(text, nullptr, 0)) : usual;
}

/// The text of the error that `call` must throw.
template <typename Call>
std::string ErrorOf(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace fragua::model

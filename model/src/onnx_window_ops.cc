#include <fmt/format.h>

#include <cmath>

#include "onnx_ops.h"

namespace fragua::model::onnx_import {
namespace {

void ApplyWindow(const Window& window, Attributes& attributes) {
  attributes.stride_h = window.stride_h;
  attributes.stride_w = window.stride_w;
  attributes.dilation_h = window.dilation_h;
  attributes.dilation_w = window.dilation_w;
  attributes.padding = window.padding;
}

// OIHW to OHWI, or for a depthwise convolution (C*M)1HW to 1HW(C*M).
std::vector<float> Relayout(const std::vector<float>& weights, const std::vector<int64_t>& dims,
                            bool depthwise) {
  const auto o_count = static_cast<size_t>(dims[0]);
  const auto i_count = static_cast<size_t>(dims[1]);
  const auto taps = static_cast<size_t>(dims[2] * dims[3]);
  std::vector<float> result(weights.size());
  for (size_t o = 0; o < o_count; ++o) {
    for (size_t i = 0; i < i_count; ++i) {
      for (size_t t = 0; t < taps; ++t) {
        const size_t to = depthwise ? t * o_count + o : (o * taps + t) * i_count + i;
        result[to] = weights[(o * i_count + i) * taps + t];
      }
    }
  }
  return result;
}

std::vector<float> ReadBias(GraphBuilder& builder, const Node& node, size_t channels) {
  if (!node.HasInput(2)) return std::vector<float>(channels, 0.0F);
  const std::vector<float>& bias = builder.Floats(node, 2);
  if (bias.size() != channels) {
    node.Fail(fmt::format("bias '{}' has {} values, expected one per output channel, {}",
                          node.input(2), bias.size(), channels));
  }
  return bias;
}

std::vector<int64_t> PoolKernel(const Node& node) {
  if (!node.Has("kernel_shape")) node.Fail("attribute 'kernel_shape' is missing");
  return node.Ints("kernel_shape", {});
}

void AddPool(GraphBuilder& builder, const Node& node, OpType type, int x, const Window& window) {
  const std::vector<int> in = builder.shape(x);
  const int y = builder.AddActivation(node.output(0), {in[0], window.out_h, window.out_w, in[3]});
  Op& op = builder.AddOp(type, node, {x}, y);
  ApplyWindow(window, op.attributes);
  op.attributes.filter_h = window.kernel_h;
  op.attributes.filter_w = window.kernel_w;
  builder.DefineActivation(node.output(0), y);
}

}  // namespace

void ConvertConv(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(2, 3);
  const int x = builder.Activation4d(node, 0);
  const std::vector<int> in = builder.shape(x);
  const Constant& weights = builder.ConstantInput(node, 1);
  const std::vector<float>& values = builder.Floats(node, 1);
  const std::vector<int64_t>& dims = weights.dims;
  if (dims.size() != 4 || values.empty()) {
    node.Fail(
        fmt::format("weights '{}' have {} dimensions and {} values, expected 4 dimensions "
                    "(O, I, H, W); only two-dimensional convolutions are supported",
                    node.input(1), dims.size(), values.size()));
  }
  const int64_t group = node.Int("group", 1);
  const bool depthwise = group > 1 && group == in[3] && dims[1] == 1 && dims[0] % group == 0;
  if (group != 1 && !depthwise) {
    node.Fail(
        fmt::format("has {} groups over {} channels; only 1 group or one group per channel "
                    "(depthwise) is supported",
                    group, in[3]));
  }
  if (!depthwise && dims[1] != in[3]) {
    node.Fail(fmt::format("weights '{}' expect {} input channels, '{}' has {}", node.input(1),
                          dims[1], node.input(0), in[3]));
  }
  const std::vector<int64_t> kernel = {dims[2], dims[3]};
  if (node.Ints("kernel_shape", kernel) != kernel) {
    node.Fail(fmt::format("attribute 'kernel_shape' disagrees with the weights' {} x {}", dims[2],
                          dims[3]));
  }
  const Window window = ResolveWindow(node, kernel, in);
  const std::vector<float> bias = ReadBias(builder, node, static_cast<size_t>(dims[0]));

  const int out_channels = static_cast<int>(dims[0]);
  const std::vector<int> shape =
      depthwise ? std::vector<int>{1, window.kernel_h, window.kernel_w, out_channels}
                : std::vector<int>{out_channels, window.kernel_h, window.kernel_w, in[3]};
  const std::string name = node.ReadableName();
  const int w = builder.AddWeights(name + "/weights", shape, Relayout(values, dims, depthwise));
  const int b = builder.AddWeights(name + "/bias", {out_channels}, bias);
  const int y =
      builder.AddActivation(node.output(0), {in[0], window.out_h, window.out_w, out_channels});
  Op& op =
      builder.AddOp(depthwise ? OpType::kDepthwiseConv2d : OpType::kConv2d, node, {x, w, b}, y);
  ApplyWindow(window, op.attributes);
  if (depthwise) op.attributes.depth_multiplier = static_cast<int>(dims[0] / group);
  builder.DefineActivation(node.output(0), y);
}

void ConvertMaxPool(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  const int x = builder.Activation4d(node, 0);
  if (node.output_count() > 1 && !node.output(1).empty()) {
    node.Fail("the second output (indices) is not supported");
  }
  const Window window = ResolveWindow(node, PoolKernel(node), builder.shape(x));
  if (window.dilation_h != 1 || window.dilation_w != 1) node.Fail("dilation is not supported");
  AddPool(builder, node, OpType::kMaxPool2d, x, window);
}

void ConvertAveragePool(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  int x = builder.Activation4d(node, 0);
  const std::vector<int> in = builder.shape(x);
  Window window = ResolveWindow(node, PoolKernel(node), in);
  if (window.dilation_h != 1 || window.dilation_w != 1) node.Fail("dilation is not supported");
  const bool padded = window.padding != Padding{};
  // A window over the whole map is a global average, whose precision a pooling operator would lose
  // in int8.
  if (!padded && window.kernel_h == in[1] && window.kernel_w == in[2]) {
    AddGlobalMean(builder, node);
    return;
  }
  if (padded && node.Int("count_include_pad", 0) != 0) {
    if (node.Int("ceil_mode", 0) != 0) {
      node.Fail("count_include_pad together with ceil_mode is not supported");
    }
    // Our pooling divides by the elements inside the map, so the counted zeros have to become part
    // of it.
    const Padding& pad = window.padding;
    const int wide = builder.AddActivation(
        node.output(0) + "/padded",
        {in[0], in[1] + pad.top + pad.bottom, in[2] + pad.left + pad.right, in[3]});
    Op& op = builder.AddOp(OpType::kPad, node, {x}, wide, "/pad");
    op.attributes.pads = {{0, 0}, {pad.top, pad.bottom}, {pad.left, pad.right}, {0, 0}};
    window.padding = {};
    x = wide;
  }
  AddPool(builder, node, OpType::kAveragePool2d, x, window);
}

void ConvertBatchNormalization(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(5, 5);
  Op* conv = builder.ExclusiveProducer(node, 0);
  const bool depthwise = conv != nullptr && conv->type == OpType::kDepthwiseConv2d;
  if (conv == nullptr || (conv->type != OpType::kConv2d && !depthwise) ||
      conv->attributes.activation != Activation::kNone) {
    node.Fail(
        "can only be folded into a convolution right before it whose output nothing else "
        "reads; simplify the model before importing it");
  }
  const int w = conv->inputs[1];
  const int b = conv->inputs[2];
  std::vector<float> weights = builder.Weights(w);
  std::vector<float> bias = builder.Weights(b);
  const size_t channels = bias.size();
  for (int i = 1; i < 5; ++i) {
    if (builder.Floats(node, i).size() != channels) {
      node.Fail(fmt::format("input {} '{}' has {} values, expected one per channel, {}", i,
                            node.input(i), builder.Floats(node, i).size(), channels));
    }
  }
  const std::vector<float>& gamma = builder.Floats(node, 1);
  const std::vector<float>& beta = builder.Floats(node, 2);
  const std::vector<float>& mean = builder.Floats(node, 3);
  const std::vector<float>& variance = builder.Floats(node, 4);
  const double epsilon = node.Float("epsilon", 1e-5F);
  const size_t per_channel = weights.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    const double spread = variance[c] + epsilon;
    if (!(spread > 0)) {
      node.Fail(
          fmt::format("variance of channel {} is {}, expected a positive number", c, variance[c]));
    }
    const double factor = gamma[c] / std::sqrt(spread);
    for (size_t k = 0; k < per_channel; ++k) {
      float& weight = depthwise ? weights[k * channels + c] : weights[c * per_channel + k];
      weight = static_cast<float>(weight * factor);
    }
    bias[c] = static_cast<float>((bias[c] - mean[c]) * factor + beta[c]);
  }
  builder.SetWeights(w, weights);
  builder.SetWeights(b, bias);
  builder.DefineFused(node, 0);
}

}  // namespace fragua::model::onnx_import

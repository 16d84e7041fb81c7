#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "onnx_ops.h"

namespace fragua::model::onnx_import {
namespace {

// ONNX counts N, C, H, W; the graph N, H, W, C.
constexpr std::array<int, 4> kGraphAxis = {0, 3, 1, 2};

bool TakesActivation(OpType type) {
  return type == OpType::kConv2d || type == OpType::kDepthwiseConv2d ||
         type == OpType::kFullyConnected || type == OpType::kAdd;
}

// Fuses the activation into its producer where nothing else reads the plain value, else adds an
// operator.
void Activate(GraphBuilder& builder, const Node& node, Activation activation, OpType alone) {
  Op* producer = builder.ExclusiveProducer(node, 0);
  if (producer != nullptr && TakesActivation(producer->type) &&
      producer->attributes.activation == Activation::kNone) {
    producer->attributes.activation = activation;
    builder.DefineFused(node, 0);
    return;
  }
  const int x = builder.Activation(node, 0);
  const int y = builder.AddActivation(node.output(0), builder.shape(x));
  builder.AddOp(alone, node, {x}, y);
  builder.DefineActivation(node.output(0), y);
}

// A limit of Clip: an attribute up to version 10 of the operator set, an input from 11 on.
float ClipLimit(GraphBuilder& builder, const Node& node, const char* attribute, int input,
                float open) {
  if (node.opset() < 11) return node.Float(attribute, open);
  if (!node.HasInput(input)) return open;
  const std::vector<float>& value = builder.Floats(node, input);
  if (value.size() != 1) node.Fail(fmt::format("input {} must be one number", input));
  return value[0];
}

// Axes of an operator that takes them as attribute or, in later versions, as input 1.
std::vector<int64_t> ReadAxes(GraphBuilder& builder, const Node& node) {
  return node.HasInput(1) ? builder.Ints(node, 1) : node.Ints("axes", {});
}

}  // namespace

int NormaliseAxis(const Node& node, int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count) {
    node.Fail(fmt::format("axis {} is out of range for {} dimensions", axis, count));
  }
  return static_cast<int>(axis < 0 ? axis + count : axis);
}

void ConvertAdd(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(2, 2);
  const int a = builder.Activation(node, 0);
  const int b = builder.Activation(node, 1);
  const std::vector<int> shape = builder.shape(a);
  if (shape != builder.shape(b)) {
    node.Fail(fmt::format("'{}' and '{}' have different shapes; broadcasting is not supported",
                          node.input(0), node.input(1)));
  }
  const int y = builder.AddActivation(node.output(0), shape);
  builder.AddOp(OpType::kAdd, node, {a, b}, y);
  builder.DefineActivation(node.output(0), y);
}

void ConvertClip(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 3);
  constexpr float kOpen = std::numeric_limits<float>::max();
  const float min = ClipLimit(builder, node, "min", 1, -kOpen);
  const float max = ClipLimit(builder, node, "max", 2, kOpen);
  if (min == 0.0F && max == 6.0F) {
    Activate(builder, node, Activation::kRelu6, OpType::kRelu6);
  } else if (min == 0.0F && max >= kOpen) {
    Activate(builder, node, Activation::kRelu, OpType::kRelu);
  } else {
    node.Fail(fmt::format("clips to {}..{}; only 0..6 (ReLU6) and 0..infinity (ReLU) are supported",
                          min, max));
  }
}

void ConvertConcat(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1 << 16);
  bool constant = true;
  for (int i = 0; i < node.input_count(); ++i) {
    constant = constant && builder.Input(node, i).tensor < 0;
  }
  if (constant) {  // pieces of a computed shape
    std::vector<int64_t> all;
    for (int i = 0; i < node.input_count(); ++i) {
      const std::vector<int64_t>& part = builder.Ints(node, i);
      if (builder.ConstantInput(node, i).dims.size() != 1) node.Fail("joins constants of rank > 1");
      all.insert(all.end(), part.begin(), part.end());
    }
    const auto count = static_cast<int64_t>(all.size());
    builder.DefineConstant(node.output(0), IntConstant({count}, std::move(all)));
    return;
  }
  if (!node.Has("axis")) node.Fail("attribute 'axis' is missing");
  std::vector<int> shape = builder.shape(builder.Activation(node, 0));
  int axis = NormaliseAxis(node, node.Int("axis", 1), shape.size());
  if (shape.size() == 4) axis = kGraphAxis[static_cast<size_t>(axis)];
  std::vector<int> inputs;
  int total = 0;
  for (int i = 0; i < node.input_count(); ++i) {
    const int x = builder.Activation(node, i);
    std::vector<int> part = builder.shape(x);
    if (part.size() == shape.size()) {
      total += part[static_cast<size_t>(axis)];
      part[static_cast<size_t>(axis)] = shape[static_cast<size_t>(axis)];
    }
    if (part != shape) {
      node.Fail(fmt::format("'{}' and '{}' differ in a dimension other than the joined one",
                            node.input(0), node.input(i)));
    }
    inputs.push_back(x);
  }
  shape[static_cast<size_t>(axis)] = total;
  const int y = builder.AddActivation(node.output(0), shape);
  builder.AddOp(OpType::kConcatenation, node, std::move(inputs), y).attributes.axis = axis;
  builder.DefineActivation(node.output(0), y);
}

void ConvertGemm(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(2, 3);
  const int x = builder.Activation(node, 0);
  const std::vector<int> in = builder.shape(x);
  const Constant& weights = builder.ConstantInput(node, 1);
  const std::vector<float>& values = builder.Floats(node, 1);
  const bool transposed = node.Int("transB", 0) != 0;
  if (in.size() != 2 || weights.dims.size() != 2 || node.Int("transA", 0) != 0 || values.empty()) {
    node.Fail("expected a 2-dimensional input that is not transposed and 2-dimensional weights");
  }
  const auto outs = static_cast<size_t>(weights.dims[transposed ? 0 : 1]);
  const auto ins = static_cast<size_t>(weights.dims[transposed ? 1 : 0]);
  if (static_cast<size_t>(in[1]) != ins) {
    node.Fail(fmt::format("weights '{}' expect {} inputs, '{}' has {}", node.input(1), ins,
                          node.input(0), in[1]));
  }
  const float alpha = node.Float("alpha", 1.0F);
  const float beta = node.Float("beta", 1.0F);
  std::vector<float> w(values.size());
  for (size_t o = 0; o < outs; ++o) {
    for (size_t i = 0; i < ins; ++i) {
      w[o * ins + i] = alpha * values[transposed ? o * ins + i : i * outs + o];
    }
  }
  std::vector<float> bias(outs, 0.0F);
  if (node.HasInput(2)) {
    const std::vector<float>& c = builder.Floats(node, 2);
    if (c.size() != outs && c.size() != 1) {
      node.Fail(fmt::format("bias '{}' has {} values, expected {}", node.input(2), c.size(), outs));
    }
    for (size_t o = 0; o < outs; ++o) bias[o] = beta * c[c.size() == 1 ? 0 : o];
  }
  const std::string name = node.ReadableName();
  const int out_count = static_cast<int>(outs);
  const int wt = builder.AddWeights(name + "/weights", {out_count, in[1]}, w);
  const int bt = builder.AddWeights(name + "/bias", {out_count}, bias);
  const int y = builder.AddActivation(node.output(0), {in[0], out_count});
  builder.AddOp(OpType::kFullyConnected, node, {x, wt, bt}, y);
  builder.DefineActivation(node.output(0), y);
}

void AddGlobalMean(GraphBuilder& builder, const Node& node) {
  const int x = builder.Activation4d(node, 0);
  const std::vector<int> in = builder.shape(x);
  const int y = builder.AddActivation(node.output(0), {in[0], 1, 1, in[3]});
  Op& op = builder.AddOp(OpType::kMean, node, {x}, y);
  op.attributes.axes = {1, 2};
  op.attributes.keep_dims = true;
  builder.DefineActivation(node.output(0), y);
}

void ConvertGlobalAveragePool(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  AddGlobalMean(builder, node);
}

void ConvertReduceMean(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 2);
  const int x = builder.Activation4d(node, 0);
  std::vector<int> axes;
  for (const int64_t axis : ReadAxes(builder, node)) axes.push_back(NormaliseAxis(node, axis, 4));
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<int>{2, 3}) node.Fail("only the mean over rows and columns is supported");
  if (node.Int("keepdims", 1) != 0) {
    AddGlobalMean(builder, node);
    return;
  }
  const std::vector<int> in = builder.shape(x);
  const int y = builder.AddActivation(node.output(0), {in[0], in[3]});
  builder.AddOp(OpType::kMean, node, {x}, y).attributes.axes = {1, 2};
  builder.DefineActivation(node.output(0), y);
}

void ConvertPad(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 4);
  const int x = builder.Activation4d(node, 0);
  const std::string mode = node.String("mode", "constant");
  float value = node.Float("value", 0.0F);
  if (node.HasInput(2)) {
    const std::vector<float>& given = builder.Floats(node, 2);
    value = given.empty() ? 0.0F : given[0];
  }
  if (mode != "constant" || value != 0.0F || node.HasInput(3)) {
    node.Fail("only padding all dimensions with zeros is supported");
  }
  const std::vector<int64_t> pads =
      node.HasInput(1) ? builder.Ints(node, 1) : node.Ints("pads", {});
  if (pads.size() != 8) node.Fail(fmt::format("has {} pads, expected 8", pads.size()));
  std::vector<int> shape = builder.shape(x);
  std::vector<std::pair<int, int>> by_axis(4);
  for (size_t i = 0; i < 4; ++i) {
    if (pads[i] < 0 || pads[i] > 4096 || pads[i + 4] < 0 || pads[i + 4] > 4096) {
      node.Fail("pads must be 0 to 4096");
    }
    const auto axis = static_cast<size_t>(kGraphAxis[i]);
    by_axis[axis] = {static_cast<int>(pads[i]), static_cast<int>(pads[i + 4])};
    shape[axis] += by_axis[axis].first + by_axis[axis].second;
  }
  const int y = builder.AddActivation(node.output(0), shape);
  builder.AddOp(OpType::kPad, node, {x}, y).attributes.pads = by_axis;
  builder.DefineActivation(node.output(0), y);
}

void ConvertPassThrough(GraphBuilder& builder, const Node& node) { builder.DefineAlias(node, 0); }

void ConvertRelu(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  Activate(builder, node, Activation::kRelu, OpType::kRelu);
}

void ConvertSoftmax(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  const int x = builder.Activation(node, 0);
  const std::vector<int> shape = builder.shape(x);
  const bool map = shape.size() == 4;
  // Until version 12 everything from `axis` on is one distribution; from 13 on only `axis` itself
  // is.
  const bool flattens = node.opset() < 13;
  const int axis = NormaliseAxis(node, node.Int("axis", flattens ? 1 : -1), shape.size());
  const bool over_channels = map ? axis == 1 : axis == static_cast<int>(shape.size()) - 1;
  const bool one_pixel = map && shape[1] * shape[2] == 1;
  if (!over_channels || (map && flattens && !one_pixel)) {
    node.Fail("only a softmax over the channels (the last dimension of a flat value) is supported");
  }
  const int y = builder.AddActivation(node.output(0), shape);
  builder.AddOp(OpType::kSoftmax, node, {x}, y).attributes.beta = 1.0F;
  builder.DefineActivation(node.output(0), y);
}

}  // namespace fragua::model::onnx_import

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "onnx_ops.h"

namespace fragua::model::onnx_import {
namespace {

int64_t Product(const std::vector<int64_t>& dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
}

// NCHW and NHWC enumerate a map in the same order only if it is one pixel or one channel.
bool OrderMatters(const std::vector<int>& shape) {
  return shape.size() == 4 && shape[3] > 1 && shape[1] * shape[2] > 1;
}

int AddTranspose(GraphBuilder& builder, const Node& node, int x, const std::vector<int>& axes,
                 const std::string& suffix) {
  const std::vector<int> in = builder.shape(x);
  std::vector<int> out;
  for (const int axis : axes) out.push_back(in[static_cast<size_t>(axis)]);
  const int y = builder.AddActivation(node.output(0) + suffix, out);
  builder.AddOp(OpType::kTranspose, node, {x}, y, suffix).attributes.axes = axes;
  return y;
}

// Gives input 0 the ONNX dimensions `dims`, which hold as many elements.
void ChangeShape(GraphBuilder& builder, const Node& node, const std::vector<int64_t>& dims) {
  int x = builder.Activation(node, 0);
  const std::vector<int> from = builder.shape(x);
  const std::vector<int> to = ToGraphShape(dims);
  if (from == to) {
    builder.DefineAlias(node, 0);
    return;
  }
  // A global average followed by a flattening is one operator that drops the two dimensions itself.
  Op* mean = builder.ExclusiveProducer(node, 0);
  if (mean != nullptr && mean->type == OpType::kMean && mean->attributes.keep_dims &&
      to == std::vector<int>{from[0], from[3]}) {
    mean->attributes.keep_dims = false;
    builder.graph().tensor(x).shape = to;
    builder.DefineFused(node, 0);
    return;
  }
  if (OrderMatters(from)) x = AddTranspose(builder, node, x, {0, 3, 1, 2}, "/to_nchw");
  const bool restore = OrderMatters(to);
  int y = builder.AddActivation(node.output(0),
                                restore ? std::vector<int>(dims.begin(), dims.end()) : to);
  builder.AddOp(OpType::kReshape, node, {x}, y);
  if (restore) y = AddTranspose(builder, node, y, {0, 2, 3, 1}, "/to_nhwc");
  builder.DefineActivation(node.output(0), y);
}

std::vector<int64_t> InputDims(GraphBuilder& builder, const Node& node) {
  return ToOnnxDims(builder.shape(builder.Activation(node, 0)));
}

}  // namespace

void ConvertConstant(GraphBuilder& builder, const Node& node) {
  const std::string& name = node.output(0);
  if (node.Has("value")) {
    builder.DefineConstant(name, DecodeTensor(node.Tensor("value"), node.where()));
  } else if (node.Has("value_float")) {
    builder.DefineConstant(name, FloatConstant({}, {node.Float("value_float", 0)}));
  } else if (node.Has("value_int")) {
    builder.DefineConstant(name, IntConstant({}, {node.Int("value_int", 0)}));
  } else if (node.Has("value_ints")) {
    std::vector<int64_t> values = node.Ints("value_ints", {});
    builder.DefineConstant(name, IntConstant({static_cast<int64_t>(values.size())}, values));
  } else if (node.Has("value_floats")) {
    std::vector<float> values = node.Floats("value_floats");
    builder.DefineConstant(name, FloatConstant({static_cast<int64_t>(values.size())}, values));
  } else {
    node.Fail("has no dense numeric value");
  }
}

void ConvertFlatten(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  const std::vector<int64_t> dims = InputDims(builder, node);
  const int64_t given = node.Int("axis", 1);
  // Unlike elsewhere the axis may equal the rank: then everything is in front of it.
  const auto rank = static_cast<int64_t>(dims.size());
  const int64_t axis = given == rank ? rank : NormaliseAxis(node, given, dims.size());
  const auto split = dims.begin() + axis;
  ChangeShape(builder, node, {Product({dims.begin(), split}), Product({split, dims.end()})});
}

void ConvertReshape(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 2);
  const std::vector<int64_t> from = InputDims(builder, node);
  const std::vector<int64_t> target =
      node.opset() < 5 ? node.Ints("shape", {}) : builder.Ints(node, 1);
  const bool zero_copies = node.Int("allowzero", 0) == 0;
  const int64_t total = Product(from);
  const auto fail = [&] {
    node.Fail(fmt::format("cannot turn shape [{}] into [{}]", fmt::join(from, ", "),
                          fmt::join(target, ", ")));
  };
  std::vector<int64_t> dims = target;
  int64_t known = 1;
  int64_t* open = nullptr;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && zero_copies && i < from.size()) dims[i] = from[i];
    if (dims[i] == -1 && open == nullptr) {
      open = &dims[i];
    } else if (dims[i] < 1 || dims[i] > total / known) {
      fail();
    } else {
      known *= dims[i];
    }
  }
  if (open != nullptr) *open = total / known;
  if (Product(dims) != total) fail();
  ChangeShape(builder, node, dims);
}

void ConvertSqueeze(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 2);
  const std::vector<int64_t> from = InputDims(builder, node);
  const std::vector<int64_t> axes =
      node.HasInput(1) ? builder.Ints(node, 1) : node.Ints("axes", {});
  std::vector<bool> drop(from.size(), false);
  for (size_t i = 0; i < from.size(); ++i) drop[i] = axes.empty() && i > 0 && from[i] == 1;
  for (const int64_t given : axes) {
    const auto axis = static_cast<size_t>(NormaliseAxis(node, given, from.size()));
    if (from[axis] != 1) {
      node.Fail(fmt::format("cannot drop dimension {} of size {}", axis, from[axis]));
    }
    drop[axis] = true;
  }
  std::vector<int64_t> dims;
  for (size_t i = 0; i < from.size(); ++i) {
    if (!drop[i]) dims.push_back(from[i]);
  }
  ChangeShape(builder, node, dims);
}

void ConvertShape(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 1);
  if (node.Has("start") || node.Has("end")) node.Fail("'start' and 'end' are not supported");
  const std::vector<int64_t> dims = InputDims(builder, node);
  builder.DefineConstant(node.output(0), IntConstant({static_cast<int64_t>(dims.size())}, dims));
}

void ConvertGather(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(2, 2);
  const std::vector<int64_t>& values = builder.Ints(node, 0);
  const Constant& indices = builder.ConstantInput(node, 1);
  if (builder.ConstantInput(node, 0).dims.size() != 1) node.Fail("expected a list as input 0");
  std::vector<int64_t> picked;
  for (const int64_t index : builder.Ints(node, 1)) {
    picked.push_back(values[static_cast<size_t>(NormaliseAxis(node, index, values.size()))]);
  }
  builder.DefineConstant(node.output(0), IntConstant(indices.dims, std::move(picked)));
}

void ConvertUnsqueeze(GraphBuilder& builder, const Node& node) {
  node.CheckInputs(1, 2);
  const std::vector<int64_t>& values = builder.Ints(node, 0);
  if (values.size() != 1) node.Fail("is supported only for a single number");
  const std::vector<int64_t> axes =
      node.HasInput(1) ? builder.Ints(node, 1) : node.Ints("axes", {});
  const size_t rank = builder.ConstantInput(node, 0).dims.size() + axes.size();
  builder.DefineConstant(node.output(0), IntConstant(std::vector<int64_t>(rank, 1), values));
}

}  // namespace fragua::model::onnx_import

#include "fragua/model/shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::model {

std::string ShapeText(const std::vector<int>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

int OutputExtent(int input, int kernel, int stride, int dilation, int pad_before, int pad_after) {
  const int room = input + pad_before + pad_after - DilatedExtent(kernel, dilation);
  return room < 0 ? 0 : room / stride + 1;
}

std::pair<int, int> SamePadding(int input, int kernel, int stride, int dilation) {
  const int output = (input + stride - 1) / stride;
  const int total = std::max(0, (output - 1) * stride + DilatedExtent(kernel, dilation) - input);
  return {total / 2, total - total / 2};
}

std::pair<int, int> KernelSize(const Graph& graph, const Op& op) {
  switch (op.type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d: {
      const std::vector<int>& weights = graph.tensor(op.inputs.at(1)).shape;
      return {weights.at(1), weights.at(2)};
    }
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      return {op.attributes.filter_h, op.attributes.filter_w};
    default:
      FRAGUA_CHECK(false, Name(op.type));
      return {0, 0};
  }
}

namespace {

std::vector<int> WindowedShape(const Graph& graph, const Op& op, int channels) {
  const Attributes& a = op.attributes;
  const std::vector<int>& in = graph.tensor(op.inputs.at(0)).shape;
  const auto [kernel_h, kernel_w] = KernelSize(graph, op);
  const int rows =
      OutputExtent(in.at(1), kernel_h, a.stride_h, a.dilation_h, a.padding.top, a.padding.bottom);
  const int columns =
      OutputExtent(in.at(2), kernel_w, a.stride_w, a.dilation_w, a.padding.left, a.padding.right);
  return {in.at(0), rows, columns, channels};
}

std::vector<int> FullyConnectedShape(const Graph& graph, const Op& op) {
  const std::vector<int>& weights = graph.tensor(op.inputs.at(1)).shape;
  const Tensor& stored = graph.tensor(op.outputs.at(0));
  const auto rows = static_cast<int>(graph.tensor(op.inputs.at(0)).elements() / weights.at(1));
  // TensorFlow Lite may keep the leading dimensions.
  if (!stored.shape.empty() && stored.shape.back() == weights.at(0) &&
      stored.elements() == int64_t{rows} * weights.at(0)) {
    return stored.shape;
  }
  return {rows, weights.at(0)};
}

std::vector<int> MeanShape(const std::vector<int>& in, const Attributes& a) {
  std::vector<int> out;
  for (int axis = 0; axis < static_cast<int>(in.size()); ++axis) {
    const bool reduced = std::find(a.axes.begin(), a.axes.end(), axis) != a.axes.end();
    if (!reduced) out.push_back(in[static_cast<size_t>(axis)]);
    if (reduced && a.keep_dims) out.push_back(1);
  }
  return out;
}

}  // namespace

std::vector<int> InferShape(const Graph& graph, const Op& op) {
  const Attributes& a = op.attributes;
  const std::vector<int>& in = graph.tensor(op.inputs.at(0)).shape;
  std::vector<int> out = in;
  switch (op.type) {
    case OpType::kConv2d:
      return WindowedShape(graph, op, graph.tensor(op.inputs.at(1)).shape.at(0));
    case OpType::kDepthwiseConv2d:
      return WindowedShape(graph, op, graph.tensor(op.inputs.at(1)).shape.at(3));
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      return WindowedShape(graph, op, in.at(3));
    case OpType::kFullyConnected:
      return FullyConnectedShape(graph, op);
    case OpType::kMean:
      return MeanShape(in, a);
    case OpType::kConcatenation: {
      int& extent = out.at(static_cast<size_t>(a.axis));
      for (size_t i = 1; i < op.inputs.size(); ++i) {
        extent += graph.tensor(op.inputs[i]).shape.at(static_cast<size_t>(a.axis));
      }
      return out;
    }
    case OpType::kPad:
      for (size_t i = 0; i < out.size(); ++i) out[i] += a.pads.at(i).first + a.pads.at(i).second;
      return out;
    case OpType::kTranspose:
      for (size_t i = 0; i < out.size(); ++i) out[i] = in.at(static_cast<size_t>(a.axes.at(i)));
      return out;
    case OpType::kReshape:
      return graph.tensor(op.outputs.at(0)).shape;
    case OpType::kAdd:
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kSoftmax:
    case OpType::kQuantize:
    case OpType::kDequantize:
      return in;
  }
  FRAGUA_CHECK(false, "operator type " + std::to_string(static_cast<int>(op.type)));
  return {};
}

}  // namespace fragua::model

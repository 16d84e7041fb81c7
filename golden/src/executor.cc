#include "fragua/golden/executor.h"

#include <fmt/format.h>

#include "fragua/model/error.h"
#include "operators.h"

namespace fragua::golden {
namespace {

void RunOperator(const OpContext& context) {
  using model::OpType;
  switch (context.op().type) {
    case OpType::kConv2d:
      return Conv2d(context);
    case OpType::kDepthwiseConv2d:
      return DepthwiseConv2d(context);
    case OpType::kFullyConnected:
      return FullyConnected(context);
    case OpType::kAdd:
      return Add(context);
    case OpType::kMaxPool2d:
      return MaxPool2d(context);
    case OpType::kAveragePool2d:
      return AveragePool2d(context);
    case OpType::kMean:
      return Mean(context);
    case OpType::kConcatenation:
      return Concatenation(context);
    case OpType::kPad:
      return Pad(context);
    case OpType::kReshape:
      return Reshape(context);
    case OpType::kRelu:
    case OpType::kRelu6:
      return Relu(context);
    case OpType::kSoftmax:
      return Softmax(context);
    case OpType::kQuantize:
      return Quantize(context);
    case OpType::kDequantize:
      return Dequantize(context);
    case OpType::kTranspose:
      return Transpose(context);
  }
  FRAGUA_CHECK(false, fmt::format("operator type {}", static_cast<int>(context.op().type)));
}

size_t ByteSize(const model::Tensor& tensor) {
  return static_cast<size_t>(tensor.elements()) * static_cast<size_t>(model::SizeOf(tensor.type));
}

void TakeInputs(const model::Graph& graph, std::span<const std::vector<uint8_t>> inputs,
                Values& values) {
  if (inputs.size() != graph.inputs.size()) {
    ThrowInput(fmt::format("network '{}' has {} inputs, found {}: give one buffer per input",
                           graph.name, graph.inputs.size(), inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const model::Tensor& tensor = graph.tensor(graph.inputs[i]);
    if (inputs[i].size() != ByteSize(tensor)) {
      ThrowInput(fmt::format("input {} of network '{}' ('{}', [{}] {}) has {} bytes, expected {}",
                             i, graph.name, tensor.name, fmt::join(tensor.shape, ", "),
                             model::Name(tensor.type), inputs[i].size(), ByteSize(tensor)));
    }
    values[static_cast<size_t>(graph.inputs[i])] = inputs[i];
  }
}

}  // namespace

Values Run(const model::Graph& graph, std::span<const std::vector<uint8_t>> inputs,
           const RunOptions& options) {
  Values values(graph.tensors.size());
  TakeInputs(graph, inputs, values);
  const int count = static_cast<int>(graph.ops.size());
  for (int i = 0; i < count; ++i) {
    if (options.progress) options.progress(i, count);
    for (const int t : graph.ops[static_cast<size_t>(i)].outputs) {
      values[static_cast<size_t>(t)].resize(ByteSize(graph.tensor(t)));
    }
    RunOperator(OpContext(graph, i, values, options.reference_only));
  }
  return values;
}

}  // namespace fragua::golden

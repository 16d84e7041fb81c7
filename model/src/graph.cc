#include "fragua/model/graph.h"

#include "fragua/model/error.h"

namespace fragua::model {

int SizeOf(DataType type) {
  switch (type) {
    case DataType::kInt8:
    case DataType::kUInt8:
      return 1;
    case DataType::kFloat32:
    case DataType::kInt32:
      return 4;
    case DataType::kInt64:
      return 8;
  }
  FRAGUA_CHECK(false, "data type " + std::to_string(static_cast<int>(type)));
  return 0;
}

const char* Name(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return "float32";
    case DataType::kInt8:
      return "int8";
    case DataType::kInt32:
      return "int32";
    case DataType::kInt64:
      return "int64";
    case DataType::kUInt8:
      return "uint8";
  }
  FRAGUA_CHECK(false, "data type " + std::to_string(static_cast<int>(type)));
  return "";
}

const char* Name(OpType type) {
  switch (type) {
    case OpType::kConv2d:
      return "CONV_2D";
    case OpType::kDepthwiseConv2d:
      return "DEPTHWISE_CONV_2D";
    case OpType::kFullyConnected:
      return "FULLY_CONNECTED";
    case OpType::kAdd:
      return "ADD";
    case OpType::kMaxPool2d:
      return "MAX_POOL_2D";
    case OpType::kAveragePool2d:
      return "AVERAGE_POOL_2D";
    case OpType::kMean:
      return "MEAN";
    case OpType::kConcatenation:
      return "CONCATENATION";
    case OpType::kPad:
      return "PAD";
    case OpType::kReshape:
      return "RESHAPE";
    case OpType::kRelu:
      return "RELU";
    case OpType::kRelu6:
      return "RELU6";
    case OpType::kSoftmax:
      return "SOFTMAX";
    case OpType::kQuantize:
      return "QUANTIZE";
    case OpType::kDequantize:
      return "DEQUANTIZE";
    case OpType::kTranspose:
      return "TRANSPOSE";
  }
  FRAGUA_CHECK(false, "operator type " + std::to_string(static_cast<int>(type)));
  return "";
}

int64_t Tensor::elements() const {
  int64_t count = 1;
  for (int extent : shape) count *= extent;
  return count;
}

int64_t MacCount(const Graph& graph, const Op& op) {
  const int64_t outputs = graph.tensor(op.outputs.at(0)).elements();
  switch (op.type) {
    case OpType::kConv2d: {
      const auto& w = graph.tensor(op.inputs.at(1)).shape;  // OHWI
      return outputs * w.at(1) * w.at(2) * w.at(3);
    }
    case OpType::kDepthwiseConv2d: {
      const auto& w = graph.tensor(op.inputs.at(1)).shape;  // 1HWC
      return outputs * w.at(1) * w.at(2);
    }
    case OpType::kFullyConnected:
      return outputs * graph.tensor(op.inputs.at(1)).shape.at(1);
    default:
      return 0;
  }
}

int64_t ParameterBytes(const Graph& graph, const Op& op) {
  int64_t bytes = 0;
  for (int input : op.inputs) {
    if (input >= 0) bytes += static_cast<int64_t>(graph.tensor(input).data.size());
  }
  return bytes;
}

}  // namespace fragua::model

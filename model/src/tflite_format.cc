#include "tflite_format.h"

#include <utility>

#include "fragua/model/error.h"

namespace fragua::model::internal {
namespace {

constexpr std::pair<OpType, fb::BuiltinOperator> kOperators[] = {
    {OpType::kConv2d, fb::BuiltinOperator::CONV_2D},
    {OpType::kDepthwiseConv2d, fb::BuiltinOperator::DEPTHWISE_CONV_2D},
    {OpType::kFullyConnected, fb::BuiltinOperator::FULLY_CONNECTED},
    {OpType::kAdd, fb::BuiltinOperator::ADD},
    {OpType::kMaxPool2d, fb::BuiltinOperator::MAX_POOL_2D},
    {OpType::kAveragePool2d, fb::BuiltinOperator::AVERAGE_POOL_2D},
    {OpType::kMean, fb::BuiltinOperator::MEAN},
    {OpType::kConcatenation, fb::BuiltinOperator::CONCATENATION},
    {OpType::kPad, fb::BuiltinOperator::PAD},
    {OpType::kReshape, fb::BuiltinOperator::RESHAPE},
    {OpType::kRelu, fb::BuiltinOperator::RELU},
    {OpType::kRelu6, fb::BuiltinOperator::RELU6},
    {OpType::kSoftmax, fb::BuiltinOperator::SOFTMAX},
    {OpType::kQuantize, fb::BuiltinOperator::QUANTIZE},
    {OpType::kDequantize, fb::BuiltinOperator::DEQUANTIZE},
    {OpType::kTranspose, fb::BuiltinOperator::TRANSPOSE},
};

constexpr std::pair<DataType, fb::TensorType> kTypes[] = {
    {DataType::kFloat32, fb::TensorType::FLOAT32}, {DataType::kInt8, fb::TensorType::INT8},
    {DataType::kInt32, fb::TensorType::INT32},     {DataType::kInt64, fb::TensorType::INT64},
    {DataType::kUInt8, fb::TensorType::UINT8},
};

constexpr std::pair<Activation, fb::ActivationFunctionType> kActivations[] = {
    {Activation::kNone, fb::ActivationFunctionType::NONE},
    {Activation::kRelu, fb::ActivationFunctionType::RELU},
    {Activation::kRelu6, fb::ActivationFunctionType::RELU6},
};

template <typename Table, typename Ours>
auto Theirs(const Table& table, Ours value) {
  for (const auto& [ours, theirs] : table) {
    if (ours == value) return theirs;
  }
  FRAGUA_CHECK(false, "value " + std::to_string(static_cast<int>(value)) + " has no counterpart");
  return table[0].second;
}

template <typename Table, typename TheirType>
auto Ours(const Table& table, TheirType value) -> std::optional<decltype(table[0].first)> {
  for (const auto& [ours, theirs] : table) {
    if (theirs == value) return ours;
  }
  return std::nullopt;
}

}  // namespace

fb::BuiltinOperator ToBuiltin(OpType type) { return Theirs(kOperators, type); }
std::optional<OpType> FromBuiltin(fb::BuiltinOperator builtin) { return Ours(kOperators, builtin); }

std::vector<std::string> SupportedOperators() {
  std::vector<std::string> names;
  for (const auto& [type, builtin] : kOperators) names.emplace_back(Name(type));
  return names;
}

fb::TensorType ToTensorType(DataType type) { return Theirs(kTypes, type); }
std::optional<DataType> FromTensorType(fb::TensorType type) { return Ours(kTypes, type); }

fb::ActivationFunctionType ToActivationType(Activation a) { return Theirs(kActivations, a); }
std::optional<Activation> FromActivationType(fb::ActivationFunctionType type) {
  return Ours(kActivations, type);
}

}  // namespace fragua::model::internal

#include "tflite_builder.h"

#include <algorithm>

namespace fragua::model::internal {

TfliteBuilder::TfliteBuilder() {
  // By convention buffer 0 is empty: the buffer of every tensor that is computed.
  buffers_.push_back(fb::CreateBuffer(flat_));
}

uint32_t TfliteBuilder::AddBuffer(const uint8_t* data, size_t size) {
  // Kernels read constants in place, with vector instructions.
  constexpr size_t kAlignment = 16;
  flat_.ForceVectorAlignment(size, sizeof(uint8_t), kAlignment);
  const auto bytes = flat_.CreateVector(data, size);
  buffers_.push_back(fb::CreateBuffer(flat_, bytes));
  return static_cast<uint32_t>(buffers_.size() - 1);
}

flatbuffers::Offset<fb::QuantizationParameters> TfliteBuilder::AddQuantization(
    const Quantization& quant) {
  if (quant.empty()) return 0;
  const std::vector<int64_t> zero_points(quant.zero_point.begin(), quant.zero_point.end());
  const auto scale = flat_.CreateVector(quant.scale);
  const auto zero_point = flat_.CreateVector(zero_points);
  fb::QuantizationParametersBuilder builder(flat_);
  builder.add_scale(scale);
  builder.add_zero_point(zero_point);
  builder.add_quantized_dimension(quant.axis);
  return builder.Finish();
}

int TfliteBuilder::AddTensor(const Tensor& tensor) {
  const uint32_t buffer =
      tensor.is_constant() ? AddBuffer(tensor.data.data(), tensor.data.size()) : 0;
  const auto quantization = AddQuantization(tensor.quant);
  const auto shape = flat_.CreateVector(tensor.shape);
  const auto name = flat_.CreateString(tensor.name);
  tensors_.push_back(
      fb::CreateTensor(flat_, shape, ToTensorType(tensor.type), buffer, name, quantization));
  return static_cast<int>(tensors_.size() - 1);
}

int TfliteBuilder::AddInt32Constant(const std::string& name, const std::vector<int>& shape,
                                    const std::vector<int32_t>& values) {
  Tensor tensor;
  tensor.name = name;
  tensor.type = DataType::kInt32;
  tensor.shape = shape;
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  tensor.data.assign(bytes, bytes + values.size() * sizeof(int32_t));
  return AddTensor(tensor);
}

void TfliteBuilder::AddOperator(fb::BuiltinOperator builtin, int version,
                                const std::vector<int>& inputs, const std::vector<int>& outputs,
                                const Options& options) {
  const auto [code, is_new] =
      code_indices_.try_emplace({builtin, version}, static_cast<uint32_t>(codes_.size()));
  if (is_new) {
    // Both fields, so that readers from before and after the second one agree.
    const auto old = std::min(builtin, fb::BuiltinOperator::PLACEHOLDER_FOR_GREATER_OP_CODES);
    codes_.push_back(fb::CreateOperatorCode(flat_, static_cast<int8_t>(old), 0, version, builtin));
  }
  const auto in = flat_.CreateVector(inputs);
  const auto out = flat_.CreateVector(outputs);
  operators_.push_back(
      fb::CreateOperator(flat_, code->second, in, out, options.type, options.table));
}

void TfliteBuilder::AddMetadata(const std::string& name, const std::string& value) {
  const uint32_t buffer = AddBuffer(reinterpret_cast<const uint8_t*>(value.data()), value.size());
  metadata_.push_back(fb::CreateMetadata(flat_, flat_.CreateString(name), buffer));
}

std::vector<uint8_t> TfliteBuilder::Finish(const std::vector<int>& inputs,
                                           const std::vector<int>& outputs) {
  const auto tensors = flat_.CreateVector(tensors_);
  const auto in = flat_.CreateVector(inputs);
  const auto out = flat_.CreateVector(outputs);
  const auto operators = flat_.CreateVector(operators_);
  const auto subgraph =
      fb::CreateSubGraph(flat_, tensors, in, out, operators, flat_.CreateString("main"));
  const auto codes = flat_.CreateVector(codes_);
  const auto subgraphs = flat_.CreateVector(&subgraph, 1);
  const auto description = flat_.CreateString("Written by Fragua");
  const auto buffers = flat_.CreateVector(buffers_);
  const auto metadata = flat_.CreateVector(metadata_);
  fb::FinishModelBuffer(flat_, fb::CreateModel(flat_, kSchemaVersion, codes, subgraphs, description,
                                               buffers, 0, metadata));
  return {flat_.GetBufferPointer(), flat_.GetBufferPointer() + flat_.GetSize()};
}

}  // namespace fragua::model::internal

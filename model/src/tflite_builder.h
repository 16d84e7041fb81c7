#pragma once
// The tables of a TensorFlow Lite file under construction: buffers, tensors, operator codes,
// operators.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"
#include "tflite_format.h"

namespace fragua::model::internal {

/// An options table and its type.
struct Options {
  fb::BuiltinOptions type = fb::BuiltinOptions::NONE;
  flatbuffers::Offset<void> table;
};

class TfliteBuilder {
 public:
  TfliteBuilder();

  flatbuffers::FlatBufferBuilder& flat() { return flat_; }

  /// Both return the index in the file.
  int AddTensor(const Tensor& tensor);
  int AddInt32Constant(const std::string& name, const std::vector<int>& shape,
                       const std::vector<int32_t>& values);
  void AddOperator(fb::BuiltinOperator builtin, int version, const std::vector<int>& inputs,
                   const std::vector<int>& outputs, const Options& options);
  void AddMetadata(const std::string& name, const std::string& value);

  /// The whole file. Call once.
  std::vector<uint8_t> Finish(const std::vector<int>& inputs, const std::vector<int>& outputs);

 private:
  uint32_t AddBuffer(const uint8_t* data, size_t size);
  flatbuffers::Offset<fb::QuantizationParameters> AddQuantization(const Quantization& quant);

  flatbuffers::FlatBufferBuilder flat_;
  std::vector<flatbuffers::Offset<fb::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<fb::Tensor>> tensors_;
  std::map<std::pair<fb::BuiltinOperator, int>, uint32_t> code_indices_;
  std::vector<flatbuffers::Offset<fb::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<fb::Operator>> operators_;
  std::vector<flatbuffers::Offset<fb::Metadata>> metadata_;
};

}  // namespace fragua::model::internal

#include "fragua/model/tflite_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "op_names.h"
#include "tflite_format.h"
#include "tflite_options.h"

namespace fragua::model {
namespace {

using internal::FromBuiltin;
using internal::FromTensorType;

/// Absent vectors are empty.
template <typename T>
size_t SizeOfVector(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

/// The verifier does not look at the alignment of 8-byte elements, so a damaged file may have them
/// anywhere.
int64_t Int64At(const flatbuffers::Vector<int64_t>& vector, size_t index) {
  int64_t value;
  std::memcpy(&value, vector.Data() + index * sizeof value, sizeof value);
  return flatbuffers::EndianScalar(value);
}

std::string Text(const flatbuffers::String* text) { return text == nullptr ? "" : text->str(); }

class ModelReader {
 public:
  ModelReader(const fb::Model& model, const std::string& origin) : model_(model), origin_(origin) {}

  Graph Read() {
    if (model_.version() != internal::kSchemaVersion) {
      Fail(fmt::format("has schema version {}, expected {}; convert it with a current TensorFlow",
                       model_.version(), internal::kSchemaVersion));
    }
    if (SizeOfVector(model_.subgraphs()) != 1) {
      Fail(fmt::format("has {} subgraphs, expected 1; control flow is not supported",
                       SizeOfVector(model_.subgraphs())));
    }
    const fb::SubGraph& subgraph = *model_.subgraphs()->Get(0);
    FindProduced(subgraph);
    ReadTensors(subgraph);
    for (size_t i = 0; i < SizeOfVector(subgraph.operators()); ++i) {
      ReadOp(i, *subgraph.operators()->Get(static_cast<unsigned>(i)));
    }
    internal::NameOps(&graph_);
    graph_.inputs = Indices(subgraph.inputs(), "inputs");
    graph_.outputs = Indices(subgraph.outputs(), "outputs");
    DropUnusedTensors();
    graph_.name = std::filesystem::path(origin_).stem().string();
    ReadMetadata();
    return std::move(graph_);
  }

 private:
  [[noreturn]] void Fail(const std::string& text) const { ThrowInput(origin_ + ": " + text); }

  /// Tensor indices in range; -1 (absent) passes.
  std::vector<int> Indices(const flatbuffers::Vector<int32_t>* source,
                           const std::string& what) const {
    std::vector<int> indices;
    for (size_t i = 0; i < SizeOfVector(source); ++i) {
      const int index = source->Get(static_cast<unsigned>(i));
      if (index < -1 || index >= static_cast<int>(is_activation_.size())) {
        Fail(fmt::format("{}: refers to tensor {}, but there are {}; the file is damaged", what,
                         index, is_activation_.size()));
      }
      indices.push_back(index);
    }
    return indices;
  }

  /// Some converters leave bytes in the buffers of computed tensors, so being computed (or an
  /// input) is what counts.
  void FindProduced(const fb::SubGraph& subgraph) {
    is_activation_.resize(SizeOfVector(subgraph.tensors()));
    const auto mark = [this](const std::vector<int>& indices) {
      for (int index : indices) {
        if (index >= 0) is_activation_[static_cast<size_t>(index)] = true;
      }
    };
    mark(Indices(subgraph.inputs(), "inputs"));
    for (size_t i = 0; i < SizeOfVector(subgraph.operators()); ++i) {
      mark(Indices(subgraph.operators()->Get(static_cast<unsigned>(i))->outputs(), "operator"));
    }
  }

  void ReadTensors(const fb::SubGraph& subgraph) {
    graph_.tensors.resize(is_activation_.size());
    unreadable_.resize(is_activation_.size());
    for (size_t i = 0; i < is_activation_.size(); ++i) {
      ReadTensor(*subgraph.tensors()->Get(static_cast<unsigned>(i)), i);
    }
  }

  void ReadTensor(const fb::Tensor& source, size_t index) {
    Tensor& tensor = graph_.tensors[index];
    tensor.name = Text(source.name());
    for (size_t i = 0; i < SizeOfVector(source.shape()); ++i) {
      tensor.shape.push_back(source.shape()->Get(static_cast<unsigned>(i)));
    }
    const auto type = FromTensorType(source.type());
    if (!type) {
      unreadable_[index] = fmt::format("is {}", fb::EnumNameTensorType(source.type()));
      return;
    }
    tensor.type = *type;
    if (source.sparsity() != nullptr) unreadable_[index] = "is stored sparse";
    if (source.is_variable()) unreadable_[index] = "is a variable";
    ReadQuantization(source, index);
    if (!is_activation_[index]) ReadData(source, index);
  }

  void ReadQuantization(const fb::Tensor& source, size_t index) {
    const fb::QuantizationParameters* quant = source.quantization();
    Tensor& tensor = graph_.tensors[index];
    if (quant == nullptr || tensor.type == DataType::kFloat32) return;
    if (quant->details_type() != fb::QuantizationDetails::NONE)
      unreadable_[index] = "has a custom quantisation";
    for (size_t i = 0; i < SizeOfVector(quant->scale()); ++i) {
      tensor.quant.scale.push_back(quant->scale()->Get(static_cast<unsigned>(i)));
    }
    for (size_t i = 0; i < SizeOfVector(quant->zero_point()) && !tensor.quant.scale.empty(); ++i) {
      const int64_t zero = Int64At(*quant->zero_point(), i);
      if (zero < INT32_MIN || zero > INT32_MAX)
        unreadable_[index] = fmt::format("has zero point {}", zero);
      tensor.quant.zero_point.push_back(static_cast<int32_t>(zero));
    }
    // A vector has one axis, whatever some converters write.
    tensor.quant.axis = tensor.shape.size() == 1 ? 0 : quant->quantized_dimension();
  }

  const fb::Buffer& BufferAt(uint32_t index, const std::string& what) const {
    if (index >= SizeOfVector(model_.buffers())) {
      Fail(fmt::format("{} refers to buffer {}, but there are {}; the file is damaged", what, index,
                       SizeOfVector(model_.buffers())));
    }
    return *model_.buffers()->Get(index);
  }

  void ReadData(const fb::Tensor& source, size_t index) {
    Tensor& tensor = graph_.tensors[index];
    const fb::Buffer& buffer = BufferAt(source.buffer(), fmt::format("tensor '{}'", tensor.name));
    // 0 and 1 both mean: not outside the FlatBuffer.
    if (buffer.offset() > 1) unreadable_[index] = "is stored outside the FlatBuffer";
    if (buffer.data() != nullptr) tensor.data.assign(buffer.data()->begin(), buffer.data()->end());
    // A parameter operand is read before Validate sees it.
    int64_t bytes = SizeOf(tensor.type);
    for (int extent : tensor.shape) {
      // Once negative or beyond any vector it can only be wrong.
      if (extent < 0 || bytes > INT32_MAX) bytes = -1;
      if (bytes >= 0) bytes *= extent;
    }
    if (tensor.is_constant() && static_cast<int64_t>(tensor.data.size()) != bytes) {
      Fail(fmt::format("tensor '{}' has {} bytes, its shape and type want {}; the file is damaged",
                       tensor.name, tensor.data.size(), bytes));
    }
  }

  void ReadOp(size_t position, const fb::Operator& source) {
    if (source.opcode_index() >= SizeOfVector(model_.operator_codes())) {
      Fail(fmt::format("operator {} has operator code {}, but there are {}; the file is damaged",
                       position, source.opcode_index(), SizeOfVector(model_.operator_codes())));
    }
    const fb::OperatorCode& code = *model_.operator_codes()->Get(source.opcode_index());
    const auto builtin = std::max(static_cast<fb::BuiltinOperator>(code.deprecated_builtin_code()),
                                  code.builtin_code());
    const auto type = FromBuiltin(builtin);
    if (!type) {
      std::string name = builtin == fb::BuiltinOperator::CUSTOM
                             ? "custom " + Text(code.custom_code())
                             : fb::EnumNameBuiltinOperator(builtin);
      if (name.empty()) name = fmt::format("code {}", static_cast<int>(builtin));
      Fail(fmt::format("operator {} ({}) is not supported; supported are {}", position, name,
                       fmt::join(internal::SupportedOperators(), ", ")));
    }
    Op op;
    op.type = *type;
    const std::string where = fmt::format("{}: operator {} ({})", origin_, position, Name(*type));
    op.inputs = Indices(source.inputs(), where.substr(origin_.size() + 2));
    op.outputs = Indices(source.outputs(), where.substr(origin_.size() + 2));
    for (const std::vector<int>& operands : {op.inputs, op.outputs}) {
      for (int index : operands) {
        if (index >= 0 && !unreadable_[static_cast<size_t>(index)].empty()) {
          ThrowInput(fmt::format("{}: tensor '{}' {}, which is not supported", where,
                                 graph_.tensor(index).name,
                                 unreadable_[static_cast<size_t>(index)]));
        }
      }
    }
    internal::ReadOptions(source, graph_, where, &op);
    graph_.ops.push_back(std::move(op));
  }

  /// Parameter operands have become attributes; nothing refers to them any more.
  void DropUnusedTensors() {
    std::vector<int> new_index(graph_.tensors.size(), -1);
    const auto use = [&new_index](const std::vector<int>& indices) {
      for (int index : indices) {
        if (index >= 0) new_index[static_cast<size_t>(index)] = 0;
      }
    };
    use(graph_.inputs);
    use(graph_.outputs);
    for (const Op& op : graph_.ops) {
      use(op.inputs);
      use(op.outputs);
    }
    std::vector<Tensor> kept;
    for (size_t i = 0; i < new_index.size(); ++i) {
      if (new_index[i] < 0) continue;
      new_index[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(graph_.tensors[i]));
    }
    graph_.tensors = std::move(kept);
    const auto renumber = [&new_index](std::vector<int>* indices) {
      for (int& index : *indices) index = index < 0 ? -1 : new_index[static_cast<size_t>(index)];
    };
    renumber(&graph_.inputs);
    renumber(&graph_.outputs);
    for (Op& op : graph_.ops) {
      renumber(&op.inputs);
      renumber(&op.outputs);
    }
  }

  void ReadMetadata() {
    for (size_t i = 0; i < SizeOfVector(model_.metadata()); ++i) {
      const fb::Metadata& entry = *model_.metadata()->Get(static_cast<unsigned>(i));
      const std::string key = Text(entry.name());
      if (!key.starts_with("fragua.")) continue;
      const fb::Buffer& buffer = BufferAt(entry.buffer(), fmt::format("metadata '{}'", key));
      std::string value;
      if (buffer.data() != nullptr) value.assign(buffer.data()->begin(), buffer.data()->end());
      if (key == internal::kMetadataName) {
        graph_.name = value;
      } else if (key == internal::kMetadataInputEncoding) {
        if (value != "rgb8") Fail(fmt::format("metadata '{}' is '{}', expected rgb8", key, value));
        graph_.input_encoding = value;
      } else if (key == internal::kMetadataSyntheticWeights) {
        graph_.synthetic_weights = true;
      }
    }
  }

  const fb::Model& model_;
  const std::string& origin_;
  Graph graph_;
  std::vector<bool> is_activation_;
  std::vector<std::string>
      unreadable_;  ///< why a tensor cannot be used, by tensor; matters only if an operator uses it
};

}  // namespace

Graph ReadTfliteBytes(std::span<const uint8_t> bytes, const std::string& origin) {
  // FlatBuffers reads in place and wants the alignment that only an allocation of its own has.
  const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
  constexpr size_t kSmallest = 8;  // root offset and identifier
  if (copy.size() < kSmallest || !fb::ModelBufferHasIdentifier(copy.data())) {
    ThrowInput(fmt::format("{}: is not a TensorFlow Lite file (the identifier TFL3 is not there)",
                           origin));
  }
  flatbuffers::Verifier verifier(copy.data(), copy.size());
  if (!fb::VerifyModelBuffer(verifier)) {
    ThrowInput(fmt::format("{}: is damaged or cut off ({} bytes); get the file again", origin,
                           copy.size()));
  }
  Graph graph = ModelReader(*fb::GetModel(copy.data()), origin).Read();
  std::string name = std::exchange(graph.name, origin);  // for the messages of Validate
  Validate(graph);
  graph.name = std::move(name);
  return graph;
}

Graph ReadTflite(const std::string& path) { return ReadTfliteBytes(ReadFile(path), path); }

}  // namespace fragua::model

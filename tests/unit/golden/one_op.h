#pragma once
// Graphs of one operator for tests: operands, output, run, look at the values.

#include <cstring>
#include <initializer_list>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "fragua/golden/executor.h"
#include "fragua/model/graph.h"

namespace fragua::golden {

using model::Activation;
using model::DataType;
using model::OpType;
using model::Quantization;
using model::Tensor;
using Bytes = std::vector<uint8_t>;

template <typename T>
Bytes ToBytes(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename T>
std::vector<T> FromBytes(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

inline Quantization Q(float scale, int32_t zero_point) { return {{scale}, {zero_point}, 0}; }

/// An activation: int8 when it has a quantisation, else float.
inline Tensor Map(std::vector<int> shape, Quantization quant = {}) {
  Tensor tensor;
  tensor.type = quant.empty() ? DataType::kFloat32 : DataType::kInt8;
  tensor.shape = std::move(shape);
  tensor.quant = std::move(quant);
  return tensor;
}

template <typename T>
Tensor Constant(DataType type, std::vector<int> shape, const std::vector<T>& values,
                Quantization quant = {}) {
  Tensor tensor;
  tensor.type = type;
  tensor.shape = std::move(shape);
  tensor.quant = std::move(quant);
  tensor.data = ToBytes(values);
  return tensor;
}

inline Tensor Weights(std::vector<int> shape, const std::vector<int8_t>& values,
                      Quantization quant) {
  return Constant(DataType::kInt8, std::move(shape), values, std::move(quant));
}
inline Tensor Weights(std::vector<int> shape, const std::vector<float>& values) {
  return Constant(DataType::kFloat32, std::move(shape), values);
}
inline Tensor Bias(const std::vector<int32_t>& values) {
  return Constant(DataType::kInt32, {static_cast<int>(values.size())}, values);
}
inline Tensor FloatBias(const std::vector<float>& values) {
  return Constant(DataType::kFloat32, {static_cast<int>(values.size())}, values);
}

/// One operator; operands that are not constant are the graph's inputs, in order.
struct OneOp {
  OneOp(OpType type, std::vector<Tensor> operands, Tensor output) {
    model::Op op;
    op.type = type;
    op.name = "only";
    for (Tensor& tensor : operands) {
      const int index = Append(std::move(tensor), "operand");
      op.inputs.push_back(index);
      if (!graph.tensor(index).is_constant()) graph.inputs.push_back(index);
    }
    op.outputs = {Append(std::move(output), "result")};
    graph.outputs = op.outputs;
    graph.ops.push_back(std::move(op));
  }

  model::Attributes& attributes() { return graph.ops[0].attributes; }

  template <typename Out, typename In>
  std::vector<Out> Run(const std::vector<std::vector<In>>& inputs, bool reference_only = false) {
    std::vector<Bytes> bytes;
    for (const auto& input : inputs) bytes.push_back(ToBytes(input));
    RunOptions options;
    options.reference_only = reference_only;
    const Values values = golden::Run(graph, bytes, options);
    return FromBytes<Out>(values[static_cast<size_t>(graph.outputs[0])]);
  }

  /// Braced int8 inputs, int8 result.
  std::vector<int> Int8(const std::vector<std::vector<int8_t>>& inputs,
                        bool reference_only = false) {
    const std::vector<int8_t> result = Run<int8_t>(inputs, reference_only);
    return {result.begin(), result.end()};
  }
  std::vector<float> Float(const std::vector<std::vector<float>>& inputs,
                           bool reference_only = false) {
    return Run<float>(inputs, reference_only);
  }

  model::Graph graph;

 private:
  int Append(Tensor tensor, const char* name) {
    tensor.name = name + std::to_string(graph.tensors.size());
    graph.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph.tensors.size()) - 1;
  }
};

/// `count` seeded integers in [low, high], as T.
template <typename T>
std::vector<T> RandomIntegers(std::mt19937& random, int64_t count, int low, int high) {
  std::uniform_int_distribution<int> pick(low, high);
  std::vector<T> values(static_cast<size_t>(count));
  for (T& value : values) value = static_cast<T>(pick(random));
  return values;
}

}  // namespace fragua::golden

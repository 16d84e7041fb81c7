#pragma once
// Graphs of a single int8 operator with seeded random constants, for comparing executors.

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::test {

class OpGraph {
 public:
  explicit OpGraph(uint32_t seed) : random_(seed) { graph_.name = "one operator"; }

  std::mt19937& random() { return random_; }
  int Uniform(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  float Scale(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random_);
  }

  int Activation(const std::string& name, std::vector<int> shape, float scale, int zero_point,
                 model::DataType type = model::DataType::kInt8) {
    model::Tensor tensor;
    tensor.name = name;
    tensor.type = type;
    tensor.shape = std::move(shape);
    if (type != model::DataType::kFloat32) tensor.quant = {{scale}, {zero_point}, 0};
    return Append(std::move(tensor));
  }
  int Input(std::vector<int> shape, float scale, int zero_point,
            model::DataType type = model::DataType::kInt8) {
    const int index = Activation("in" + std::to_string(graph_.inputs.size()), std::move(shape),
                                 scale, zero_point, type);
    graph_.inputs.push_back(index);
    return index;
  }
  /// Weights in -127..127 with one scale per entry of dimension `axis`, or one for all (axis < 0).
  int Weights(std::vector<int> shape, int axis, float scale) {
    model::Tensor tensor;
    tensor.name = "weights";
    tensor.type = model::DataType::kInt8;
    tensor.shape = std::move(shape);
    const int scales = axis < 0 ? 1 : tensor.shape[static_cast<size_t>(axis)];
    tensor.quant.axis = axis < 0 ? 0 : axis;
    for (int i = 0; i < scales; ++i) {
      tensor.quant.scale.push_back(Scale(scale / 2, scale * 2));
      tensor.quant.zero_point.push_back(0);
    }
    for (int64_t i = 0; i < tensor.elements(); ++i) {
      tensor.data.push_back(static_cast<uint8_t>(static_cast<int8_t>(Uniform(-127, 127))));
    }
    return Append(std::move(tensor));
  }
  /// Some weights of a tensor become -128, which is legal and which the engine and the fast sums of
  /// two products refuse.
  void ReachMinimum(int weights) {
    auto& data = graph_.tensors[static_cast<size_t>(weights)].data;
    for (size_t i = 0; i < data.size(); i += static_cast<size_t>(Uniform(1, 9))) data[i] = 0x80;
  }
  int Bias(int channels, int limit) {
    model::Tensor tensor;
    tensor.name = "bias";
    tensor.type = model::DataType::kInt32;
    tensor.shape = {channels};
    for (int i = 0; i < channels; ++i) {
      const auto value = static_cast<uint32_t>(Uniform(-limit, limit));
      for (int b = 0; b < 4; ++b) tensor.data.push_back(static_cast<uint8_t>(value >> (8 * b)));
    }
    return Append(std::move(tensor));
  }
  model::Op& Add(model::OpType type, std::vector<int> inputs, int output) {
    model::Op op;
    op.type = type;
    op.name = "op" + std::to_string(graph_.ops.size());
    op.inputs = std::move(inputs);
    op.outputs = {output};
    graph_.outputs = {output};
    graph_.ops.push_back(std::move(op));
    return graph_.ops.back();
  }
  const model::Graph& graph() const { return graph_; }
  model::Graph& graph() { return graph_; }

  /// Random bytes for every input, the extremes of int8 included.
  std::vector<std::vector<uint8_t>> RandomInputs() {
    std::vector<std::vector<uint8_t>> inputs;
    for (const int index : graph_.inputs) {
      const model::Tensor& tensor = graph_.tensor(index);
      auto& bytes = inputs.emplace_back();
      for (int64_t i = 0; i < tensor.elements() * model::SizeOf(tensor.type); ++i) {
        bytes.push_back(static_cast<uint8_t>(Uniform(0, 255)));
      }
    }
    return inputs;
  }

 private:
  int Append(model::Tensor tensor) {
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph_.tensors.size()) - 1;
  }

  std::mt19937 random_;
  model::Graph graph_;
};

}  // namespace fragua::test

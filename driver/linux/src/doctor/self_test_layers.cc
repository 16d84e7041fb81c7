#include "self_test_layers.h"

#include <utility>

namespace fragua::driver {
namespace {

/// Numbers that look random and are the same everywhere.
class Sequence {
 public:
  uint8_t Byte() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint8_t>(state_ >> 56);
  }

 private:
  uint64_t state_ = 1;
};

int Append(model::Graph& graph, model::Tensor tensor) {
  graph.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph.tensors.size()) - 1;
}

model::Tensor Map(const char* name, int size, int channels, float scale, int zero_point) {
  model::Tensor tensor;
  tensor.name = name;
  tensor.type = model::DataType::kInt8;
  tensor.shape = {1, size, size, channels};
  tensor.quant = {{scale}, {zero_point}, 0};
  return tensor;
}

struct Shape {
  int size, in, out, kernel, pad;
};

/// A convolution whose weights and biases `weight(k, i)` and `bias(k)` give, i within channel k.
template <typename Weight, typename Bias>
SelfTestLayer Layer(const Shape& shape, std::vector<float> scales, float out_scale, int zero_point,
                    Weight weight, Bias bias) {
  SelfTestLayer layer;
  model::Graph& graph = layer.graph;
  graph.name = "self-test";
  const int input = Append(graph, Map("input", shape.size, shape.in, 1, zero_point));
  model::Tensor weights;
  weights.name = "weights";
  weights.type = model::DataType::kInt8;
  weights.shape = {shape.out, shape.kernel, shape.kernel, shape.in};
  weights.quant.scale = std::move(scales);
  weights.quant.zero_point.assign(weights.quant.scale.size(), 0);
  model::Tensor biases;
  biases.name = "bias";
  biases.type = model::DataType::kInt32;
  biases.shape = {shape.out};
  for (int k = 0; k < shape.out; ++k) {
    for (int i = 0; i < shape.kernel * shape.kernel * shape.in; ++i) {
      weights.data.push_back(static_cast<uint8_t>(weight(k, i)));
    }
    const auto value = static_cast<uint32_t>(bias(k));
    for (int b = 0; b < 4; ++b) biases.data.push_back(static_cast<uint8_t>(value >> (8 * b)));
  }
  model::Op op;
  op.type = model::OpType::kConv2d;
  op.name = "layer";
  op.inputs = {input, Append(graph, std::move(weights)), Append(graph, std::move(biases))};
  op.attributes.padding = {shape.pad, shape.pad, shape.pad, shape.pad};
  op.outputs = {Append(graph, Map("output", shape.size, shape.out, out_scale, zero_point))};
  graph.inputs = {input};
  graph.outputs = op.outputs;
  graph.ops.push_back(std::move(op));
  Sequence bytes;
  for (int64_t i = 0; i < graph.tensor(input).elements(); ++i) layer.input.push_back(bytes.Byte());
  return layer;
}

}  // namespace

SelfTestLayer CopyLayer(const EngineConfig& engine) {
  constexpr int kOne = 64;  // times its scale: exactly 1
  const Shape shape{16, engine.pk, engine.pk, 1, 0};
  SelfTestLayer layer = Layer(
      shape, {1.0f / kOne}, 1, 0, [](int k, int i) { return k == i ? kOne : 0; },
      [](int) { return 0; });
  layer.what = "a copy of 16x16 pixels";
  return layer;
}

SelfTestLayer ConvolutionLayer() {
  const Shape shape{14, 16, 32, 3, 1};
  std::vector<float> scales;
  for (int k = 0; k < shape.out; ++k) scales.push_back(0.01f + 0.0005f * static_cast<float>(k));
  Sequence sequence;
  SelfTestLayer layer = Layer(
      shape, std::move(scales), 120, 3,
      [&](int, int) { return static_cast<int8_t>(sequence.Byte() % 255 - 127); },
      [](int k) { return 100 * k - 1500; });
  layer.what = "a 3x3 convolution, 14x14x16 to 32 channels";
  return layer;
}

}  // namespace fragua::driver

#include "fragua/model/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fragua/model/error.h"
#include "fragua/model/shapes.h"
#include "synthetic_weights.h"

namespace fragua::model {
namespace {

using internal::Random;
using internal::Statistics;
using internal::SyntheticConv;

constexpr int32_t kLowest = -128;  ///< zero point of everything behind a ReLU, and of pixels

/// A tensor of the graph and what its values are expected to be.
struct Value {
  int tensor = -1;
  Statistics statistics;
};

template <typename T>
std::vector<uint8_t> Bytes(const std::vector<T>& values) {
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  return {first, first + values.size() * sizeof(T)};
}

class NetworkBuilder {
 public:
  NetworkBuilder(const Topology& topology, int size, int classes, uint32_t seed)
      : topology_(topology), classes_(classes), seed_(seed) {
    graph_.name = topology.name;
    graph_.input_encoding = "rgb8";
    graph_.synthetic_weights = true;
    const auto channels = static_cast<size_t>(topology.input_channels);
    value_.tensor = AddActivation("data", {1, size, size, topology.input_channels}, 1.0f);
    // Pixels of ordinary pictures, roughly.
    value_.statistics = {std::vector<double>(channels, 118.0),
                         std::vector<double>(channels, 64.0 * 64.0)};
    graph_.inputs = {value_.tensor};
  }

  Graph Build() {
    for (const Layer& layer : topology_.layers) {
      switch (layer.type) {
        case LayerType::kConv:
          AddConvLayer(layer);
          break;
        case LayerType::kMaxPool:
          AddPool(layer);
          break;
        case LayerType::kFire:
          AddFire(layer);
          break;
        case LayerType::kMean:
          AddMean(layer);
          break;
      }
    }
    graph_.outputs = {value_.tensor};
    Validate(graph_);
    return std::move(graph_);
  }

 private:
  [[noreturn]] void Fail(const std::string& layer, const std::string& text) const {
    ThrowInput(fmt::format("{}: layer '{}': {}", topology_.name, layer, text));
  }

  int AddActivation(const std::string& name, std::vector<int> shape, float scale) {
    Tensor tensor;
    tensor.name = name;
    tensor.type = DataType::kInt8;
    tensor.shape = std::move(shape);
    tensor.quant = {{scale}, {kLowest}, 0};
    return AddTensor(std::move(tensor));
  }
  int AddTensor(Tensor tensor) {
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph_.tensors.size()) - 1;
  }
  void AddOp(OpType type, const std::string& name, std::vector<int> inputs, int output,
             const Attributes& attributes) {
    graph_.ops.push_back({type, name, std::move(inputs), {output}, attributes});
  }
  /// Output scale of a layer: the range fits, and no two layers have the same scale.
  float ScaleFor(double range, const std::string& name) const {
    Random random(seed_, name + "/scale");
    return static_cast<float>(range * (0.9 + 0.2 * random.Uniform()) / 255.0);
  }

  Value AddConv(const std::string& name, const Value& in, int outputs, const Attributes& attributes,
                int kernel, float scale, double spread);
  void AddConvLayer(const Layer& layer);
  void AddPool(const Layer& layer);
  void AddFire(const Layer& layer);
  void AddMean(const Layer& layer);

  const Topology& topology_;
  int classes_;
  uint32_t seed_;
  Graph graph_;
  Value value_;  ///< the last layer's output
};

Value NetworkBuilder::AddConv(const std::string& name, const Value& in, int outputs,
                              const Attributes& attributes, int kernel, float scale,
                              double spread) {
  const Tensor& input = graph_.tensor(in.tensor);
  const int channels = input.shape[3];
  const float in_scale = input.quant.scale[0];
  const Padding& p = attributes.padding;
  const int rows = OutputExtent(input.shape[1], kernel, attributes.stride_h, 1, p.top, p.bottom);
  const int columns = OutputExtent(input.shape[2], kernel, attributes.stride_w, 1, p.left, p.right);
  if (rows < 1 || columns < 1) {
    Fail(name, fmt::format("the {}x{} kernel does not fit into the {}x{} map; use a larger input",
                           kernel, kernel, input.shape[1], input.shape[2]));
  }
  Random random(seed_, name);
  SyntheticConv conv =
      internal::MakeConv(in.statistics, in_scale, outputs, kernel * kernel, spread, &random);
  Tensor weights;
  weights.name = name + "/weights";
  weights.type = DataType::kInt8;
  weights.shape = {outputs, kernel, kernel, channels};
  weights.data = Bytes(conv.weights);
  weights.quant = {conv.scale, std::vector<int32_t>(conv.scale.size(), 0), 0};
  Tensor bias;
  bias.name = name + "/bias";
  bias.type = DataType::kInt32;
  bias.shape = {outputs};
  bias.data = Bytes(conv.bias);
  bias.quant = weights.quant;
  for (float& bias_scale : bias.quant.scale) bias_scale *= in_scale;
  const int w = AddTensor(std::move(weights));
  const int b = AddTensor(std::move(bias));
  Value out{AddActivation(name, {1, rows, columns, outputs}, scale), std::move(conv.output)};
  Attributes with_relu = attributes;
  with_relu.activation = Activation::kRelu;
  AddOp(OpType::kConv2d, name, {in.tensor, w, b}, out.tensor, with_relu);
  return out;
}

void NetworkBuilder::AddConvLayer(const Layer& layer) {
  Attributes attributes;
  attributes.stride_h = attributes.stride_w = layer.stride;
  attributes.padding = {layer.padding, layer.padding, layer.padding, layer.padding};
  const bool is_classifier = layer.outputs == 0;
  // Classes must differ on average over the map, or the labels would be noise.
  const double spread = is_classifier ? 1.5 : 0.0;
  value_ = AddConv(layer.name, value_, is_classifier ? classes_ : layer.outputs, attributes,
                   layer.kernel, ScaleFor(internal::kConvRange, layer.name), spread);
}

void NetworkBuilder::AddPool(const Layer& layer) {
  const Tensor input = graph_.tensor(value_.tensor);
  // Ceil mode: the last window may hang over the end, but begins on the map.
  const auto ceil_extent = [&layer](int extent) {
    return (std::max(0, extent - layer.kernel) + layer.stride - 1) / layer.stride + 1;
  };
  const auto overhang = [&layer](int extent, int windows) {
    return std::max(0, (windows - 1) * layer.stride + layer.kernel - extent);
  };
  const int rows = ceil_extent(input.shape[1]), columns = ceil_extent(input.shape[2]);
  Attributes attributes;
  attributes.filter_h = attributes.filter_w = layer.kernel;
  attributes.stride_h = attributes.stride_w = layer.stride;
  attributes.padding = {0, 0, overhang(input.shape[1], rows), overhang(input.shape[2], columns)};
  const int out =
      AddActivation(layer.name, {1, rows, columns, input.shape[3]}, input.quant.scale[0]);
  AddOp(OpType::kMaxPool2d, layer.name, {value_.tensor}, out, attributes);
  value_ = {out, internal::PoolMaximum(value_.statistics)};
}

void NetworkBuilder::AddFire(const Layer& layer) {
  const Value input = value_;
  const std::string& name = layer.name;
  const Value squeezed = AddConv(name + "/squeeze1x1", input, layer.squeeze, {}, 1,
                                 ScaleFor(internal::kConvRange, name + "/squeeze1x1"), 0.0);
  // Both expands have the scale of the map that they share.
  const float scale = ScaleFor(internal::kConvRange, name + "/concat");
  const Value small = AddConv(name + "/expand1x1", squeezed, layer.expand1x1, {}, 1, scale, 0.0);
  Attributes around;
  around.padding = {1, 1, 1, 1};
  const Value large =
      AddConv(name + "/expand3x3", squeezed, layer.expand3x3, around, 3, scale, 0.0);
  std::vector<int> shape = graph_.tensor(small.tensor).shape;
  shape[3] += layer.expand3x3;
  Attributes concat;
  concat.axis = 3;
  const int joined = AddActivation(name + "/concat", shape, scale);
  AddOp(OpType::kConcatenation, name + "/concat", {small.tensor, large.tensor}, joined, concat);
  value_ = {joined, internal::Concatenate(small.statistics, large.statistics)};
  if (!layer.bypass) return;
  if (graph_.tensor(input.tensor).shape != shape) {
    Fail(name, fmt::format("bypass needs as many output as input channels, found {} and {}",
                           shape[3], graph_.tensor(input.tensor).shape[3]));
  }
  // Both summands are seldom at their largest together.
  const double range = 0.75 * 255.0 * (graph_.tensor(input.tensor).quant.scale[0] + scale);
  const int sum = AddActivation(name + "/bypass", shape, ScaleFor(range, name + "/bypass"));
  AddOp(OpType::kAdd, name + "/bypass", {input.tensor, joined}, sum, {});
  value_ = {sum, internal::Sum(input.statistics, value_.statistics)};
}

void NetworkBuilder::AddMean(const Layer& layer) {
  const Tensor input = graph_.tensor(value_.tensor);
  // The mean of many pixels lies in a narrower band than the pixels; a scale of its own keeps its
  // precision.
  const double pixels = std::max(1.0, input.shape[1] * input.shape[2] / 16.0);
  const double range = std::min(internal::kConvRange, 1.5 + 3.0 / std::sqrt(pixels));
  Attributes attributes;
  attributes.axes = {1, 2};
  const int out = AddActivation(layer.name, {1, input.shape[3]}, ScaleFor(range, layer.name));
  AddOp(OpType::kMean, layer.name, {value_.tensor}, out, attributes);
  value_ = {out, value_.statistics};
}

}  // namespace

Graph BuildNetwork(const Topology& topology, int input_size, int classes, uint32_t seed) {
  constexpr int kLargest = 4096;
  if (input_size < 0 || input_size > kLargest || classes < 0 || classes > kLargest) {
    ThrowInput(fmt::format(
        "{}: found input size {} and {} classes, expected 1..{} each (0 = the network's own)",
        topology.name, input_size, classes, kLargest));
  }
  return NetworkBuilder(topology, input_size > 0 ? input_size : topology.input_size,
                        classes > 0 ? classes : topology.classes, seed)
      .Build();
}

Graph BuildNetwork(const std::string& topology_yaml_path, int input_size, int classes,
                   uint32_t seed) {
  return BuildNetwork(ReadTopology(topology_yaml_path), input_size, classes, seed);
}

}  // namespace fragua::model

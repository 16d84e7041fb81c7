#include "fragua/model/quantiser.h"

#include <fmt/format.h>

#include <cstring>

#include "fragua/model/error.h"
#include "quantise_internal.h"

namespace fragua::model {
namespace {

using quantise::Layer;
using quantise::QuantisedLayer;

void CheckFloat(const Graph& graph) {
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    const auto fail = [&](const std::string& text) {
      ThrowInput(
          fmt::format("{}: operator {} '{}' ({}) {}", graph.name, i, op.name, Name(op.type), text));
    };
    if (graph.tensor(op.outputs[0]).type != DataType::kFloat32) {
      fail(fmt::format("computes {}; only float networks can be quantised",
                       Name(graph.tensor(op.outputs[0]).type)));
    }
    const size_t activations = quantise::HasWeights(op.type) ? 1 : op.inputs.size();
    for (size_t k = 0; k < activations; ++k) {
      if (graph.tensor(op.inputs[k]).is_constant()) fail("reads a constant where values flow");
    }
  }
}

template <typename T>
std::vector<uint8_t> Bytes(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Builds the int8 graph operator by operator; activations are copied when first met, so float
// constants stay behind.
class Builder {
 public:
  Builder(const Graph& from, const std::vector<Quantization>& activations)
      : from_(from), activations_(activations), index_(from.tensors.size(), -1) {}

  int Activation(int tensor) {
    int& index = index_[static_cast<size_t>(tensor)];
    if (index < 0) {
      Tensor copy = from_.tensor(tensor);
      copy.type = DataType::kInt8;
      copy.quant = activations_[static_cast<size_t>(tensor)];
      index = Add(std::move(copy));
    }
    return index;
  }

  void CopyOp(const Op& op) {
    Op copy = op;
    for (int& input : copy.inputs) input = Activation(input);
    copy.outputs = {Activation(op.outputs[0])};
    graph.ops.push_back(std::move(copy));
  }

  void AddLayer(const Op& op, const QuantisedLayer& layer) {
    const Tensor& weights = from_.tensor(op.inputs[1]);
    Tensor w = weights;
    w.type = DataType::kInt8;
    w.data = Bytes(layer.weights);
    w.quant = {layer.scale, std::vector<int32_t>(layer.scale.size(), 0),
               op.type == OpType::kDepthwiseConv2d ? 3 : 0};
    Tensor b;
    b.name = op.inputs.size() > 2 && op.inputs[2] >= 0 ? from_.tensor(op.inputs[2]).name
                                                       : op.name + "/bias";
    b.type = DataType::kInt32;
    b.shape = {static_cast<int>(layer.bias.size())};
    b.data = Bytes(layer.bias);
    b.quant = {layer.bias_scale, std::vector<int32_t>(layer.bias_scale.size(), 0), 0};
    Op copy = op;
    const int x = Activation(op.inputs[0]);
    const int w_index = Add(std::move(w));
    const int b_index = Add(std::move(b));
    copy.inputs = {x, w_index, b_index};
    copy.outputs = {Activation(op.outputs[0])};
    graph.ops.push_back(std::move(copy));
  }

  Graph graph;

 private:
  int Add(Tensor tensor) {
    graph.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph.tensors.size()) - 1;
  }

  const Graph& from_;
  const std::vector<Quantization>& activations_;
  std::vector<int> index_;
};

}  // namespace

Graph Quantise(const Graph& float_graph, const Calibration& calibration,
               const QuantiseOptions& options, const std::optional<Preprocess>& preprocess) {
  CheckFloat(float_graph);
  std::map<size_t, Layer> layers = quantise::ReadLayers(float_graph, calibration);
  std::optional<Quantization> input;
  if (preprocess) input = quantise::FoldPreprocess(float_graph, *preprocess, layers);
  const std::vector<Quantization> activations =
      quantise::ChooseActivations(float_graph, calibration, options, input);

  Builder builder(float_graph, activations);
  for (const int tensor : float_graph.inputs) {
    builder.graph.inputs.push_back(builder.Activation(tensor));
  }
  for (size_t i = 0; i < float_graph.ops.size(); ++i) {
    const Op& op = float_graph.ops[i];
    const auto layer = layers.find(i);
    if (layer == layers.end()) {
      builder.CopyOp(op);
      continue;
    }
    const auto scale_of = [&](int tensor) {
      return static_cast<double>(activations[static_cast<size_t>(tensor)].scale[0]);
    };
    // Per-channel fully-connected weights are beyond what most TensorFlow Lite versions execute.
    builder.AddLayer(
        op, quantise::QuantiseLayer(layer->second, scale_of(op.inputs[0]), scale_of(op.outputs[0]),
                                    op.type != OpType::kFullyConnected, options.correct_bias));
  }
  for (const int tensor : float_graph.outputs) {
    builder.graph.outputs.push_back(builder.Activation(tensor));
  }
  Graph graph = std::move(builder.graph);
  graph.name = float_graph.name;
  graph.synthetic_weights = float_graph.synthetic_weights;
  if (preprocess) graph.input_encoding = "rgb8";
  Validate(graph);
  return graph;
}

}  // namespace fragua::model

#include "graph_facts.h"

#include <algorithm>

namespace fragua::driver {
namespace {

using model::OpType;

/// Puts `part` behind the last one; joins them when channels and slots both go on without a gap.
void AppendPart(MapLayout& layout, MapLayout::Part part) {
  if (!layout.parts.empty()) {
    MapLayout::Part& last = layout.parts.back();
    if (last.channels % layout.pk == 0 &&
        last.first_block + last.channels / layout.pk == part.first_block) {
      last.channels += part.channels;
      return;
    }
  }
  layout.parts.push_back(part);
}

}  // namespace

GraphFacts::GraphFacts(const model::Graph& graph, int pk)
    : graph_(graph),
      pk_(pk),
      producer_(graph.tensors.size(), -1),
      consumers_(graph.tensors.size()),
      output_(graph.tensors.size(), false) {
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const auto index = static_cast<int>(i);
    for (int tensor : graph.ops[i].outputs) producer_[static_cast<size_t>(tensor)] = index;
    for (int tensor : graph.ops[i].inputs) {
      if (tensor < 0) continue;
      std::vector<int>& readers = consumers_[static_cast<size_t>(tensor)];
      if (readers.empty() || readers.back() != index) readers.push_back(index);
    }
  }
  for (int tensor : graph.outputs) output_[static_cast<size_t>(tensor)] = true;
}

bool GraphFacts::MakesSums(int op) const {
  const model::Op& own = this->op(op);
  if (own.type == OpType::kMean) return true;
  if (own.type != OpType::kAveragePool2d || !IsMap(own.inputs[0])) return false;
  const model::Attributes& a = own.attributes;
  const std::vector<int>& shape = graph_.tensor(own.inputs[0]).shape;
  return std::max(a.filter_h, a.filter_w) > 15 && a.filter_h == shape[1] &&
         a.filter_w == shape[2] && graph_.tensor(own.outputs[0]).elements() == shape[3];
}

bool GraphFacts::ReadsSumsOf(std::span<const int> run, int op) const {
  const std::vector<int>& inputs = graph_.ops.at(static_cast<size_t>(op)).inputs;
  return std::any_of(inputs.begin(), inputs.end(), [&](int tensor) {
    const int producer = tensor < 0 ? -1 : Producer(tensor);
    return producer >= 0 && MakesSums(producer) &&
           std::find(run.begin(), run.end(), producer) != run.end();
  });
}

bool GraphFacts::IsInt8(int tensor) const {
  if (tensor < 0) return false;
  const model::Tensor& t = graph_.tensor(tensor);
  return t.type == model::DataType::kInt8 && !t.is_constant() && !t.shape.empty() &&
         t.shape[0] == 1 && t.quant.scale.size() == 1 && t.quant.zero_point.size() == 1;
}

bool GraphFacts::IsMap(int tensor) const {
  return IsInt8(tensor) && graph_.tensor(tensor).shape.size() == 4;
}

bool GraphFacts::IsVector(int tensor) const {
  return IsInt8(tensor) && graph_.tensor(tensor).shape.size() == 2;
}

bool GraphFacts::Flattens(int op) const {
  const model::Op& reshape = this->op(op);
  if (reshape.type != OpType::kReshape) return false;
  if (!HasLayout(reshape.inputs[0]) || !IsVector(reshape.outputs[0])) return false;
  const model::Tensor& in = graph_.tensor(reshape.inputs[0]);
  const model::Tensor& out = graph_.tensor(reshape.outputs[0]);
  return in.quant.scale == out.quant.scale && in.quant.zero_point == out.quant.zero_point;
}

bool GraphFacts::KeepsChannels(int op) const {
  const model::Op& own = this->op(op);
  if (!IsMap(own.inputs[0]) || !IsMap(own.outputs[0])) return false;
  switch (own.type) {
    case OpType::kMaxPool2d:
      return true;
    case OpType::kAdd:
    case OpType::kAveragePool2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kPad:
      // Depth multipliers and padded channels apart.
      return graph_.tensor(own.inputs[0]).shape[3] == graph_.tensor(own.outputs[0]).shape[3];
    default:
      return false;
  }
}

MapLayout GraphFacts::LayoutOf(int tensor) const {
  const std::vector<int>& shape = graph_.tensor(tensor).shape;
  if (shape.size() == 2) return DenseLayout(1, 1, shape[1], pk_);
  const int producer = Producer(tensor);
  if (producer >= 0 && KeepsChannels(producer)) {
    MapLayout layout = LayoutOf(op(producer).inputs[0]);
    layout.height = shape[1];
    layout.width = shape[2];
    return layout;
  }
  const bool joins_channels = producer >= 0 && op(producer).type == OpType::kConcatenation &&
                              op(producer).attributes.axis == 3 &&
                              std::all_of(op(producer).inputs.begin(), op(producer).inputs.end(),
                                          [this](int input) { return IsMap(input); });
  if (!joins_channels) return DenseLayout(shape[1], shape[2], shape[3], pk_);

  MapLayout layout{shape[1], shape[2], pk_, {}};
  int channels = 0;
  int blocks = 0;
  for (int input : op(producer).inputs) {
    const MapLayout inner = LayoutOf(input);
    for (MapLayout::Part part : inner.parts) {
      part.first_channel += channels;
      part.first_block += blocks;
      AppendPart(layout, part);
    }
    channels += inner.channels();
    blocks += inner.blocks();
  }
  return layout;
}

}  // namespace fragua::driver

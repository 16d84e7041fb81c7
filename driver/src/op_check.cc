// Which operators the engine can run, and the sentence that says why not.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "conv_unit.h"
#include "fragua/driver/compiler.h"

namespace fragua::driver {
namespace {

using model::OpType;

bool SameQuantization(const model::Tensor& a, const model::Tensor& b) {
  return a.quant.scale == b.quant.scale && a.quant.zero_point == b.quant.zero_point;
}

/// True when `windows` results fit what the output path emits along `size` rows or columns.
bool PoolExtentFits(int filter, int pad, int size, int windows) {
  const int whole = filter == 3 ? (size + pad - 1) / 2 : size / 2;
  const bool open_window = filter == 3 ? (size + pad) % 2 == 0 : size % 2 == 1;
  return windows == whole || (windows == whole + 1 && open_window);
}

std::string WhyNotMaxPool(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& pool = facts.op(op);
  const model::Attributes& a = pool.attributes;
  if (!facts.IsMap(pool.inputs[0])) return "its input is not one int8 map of batch 1";
  const model::Tensor& in = facts.graph().tensor(pool.inputs[0]);
  const model::Tensor& out = facts.graph().tensor(pool.outputs[0]);
  if (!SameQuantization(in, out)) return "its input and output have different scales";
  if (a.activation != model::Activation::kNone) return "it has an activation of its own";
  const bool square = a.filter_h == a.filter_w && a.stride_h == 2 && a.stride_w == 2;
  if (!square || (a.filter_h != 2 && a.filter_h != 3)) {
    return fmt::format(
        "the engine pools 3x3 and 2x2 windows with stride 2, not {}x{} with stride "
        "{}x{}",
        a.filter_h, a.filter_w, a.stride_h, a.stride_w);
  }
  const int max_pad = a.filter_h == 3 ? 1 : 0;
  if (a.padding.top > max_pad || a.padding.left > max_pad) {
    return fmt::format(
        "the engine pads a {0}x{0} pool by at most {1} at the top and left, not {2} "
        "and {3}",
        a.filter_h, max_pad, a.padding.top, a.padding.left);
  }
  if (!PoolExtentFits(a.filter_h, a.padding.top, in.shape[1], out.shape[1]) ||
      !PoolExtentFits(a.filter_h, a.padding.left, in.shape[2], out.shape[2])) {
    return "its windows hang over the map by more than the engine can close";
  }
  const int row_words = in.shape[2] * engine.words_per_pixel();
  if (row_words > engine.activation_words ||
      out.shape[2] * engine.words_per_pixel() > engine.pool_words) {
    return fmt::format("a row of {} columns does not fit the engine's buffers", in.shape[2]);
  }
  return "";
}

std::string WhyNotMean(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& mean = facts.op(op);
  if (!facts.IsMap(mean.inputs[0])) return "its input is not one int8 map of batch 1";
  std::vector<int> axes = mean.attributes.axes;
  for (int& axis : axes) axis = axis < 0 ? axis + 4 : axis;
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<int>{1, 2}) return "the engine sums over height and width only";
  const std::vector<int>& shape = facts.graph().tensor(mean.inputs[0]).shape;
  if (shape[2] * engine.words_per_pixel() > engine.activation_words) {
    return fmt::format("a row of {} columns does not fit the activation buffer", shape[2]);
  }
  return "";
}

std::string WhyNotConcat(const GraphFacts& facts, int op) {
  const model::Op& concat = facts.op(op);
  if (concat.attributes.axis != 3) return "the engine joins channels only";
  if (concat.attributes.activation != model::Activation::kNone) {
    return "it has an activation of its own";
  }
  const model::Tensor& out = facts.graph().tensor(concat.outputs[0]);
  for (size_t i = 0; i < concat.inputs.size(); ++i) {
    const int input = concat.inputs[i];
    if (!facts.IsMap(input)) return "its inputs are not int8 maps of batch 1";
    if (!SameQuantization(facts.graph().tensor(input), out)) {
      return "its inputs have different scales, and the engine joins by address only";
    }
    int joins = 0;
    for (int reader : facts.Consumers(input)) {
      joins += facts.op(reader).type == OpType::kConcatenation ? 1 : 0;
    }
    const auto repeats = std::count(concat.inputs.begin(), concat.inputs.end(), input);
    if (joins > 1 || repeats > 1) return "one of its inputs is joined more than once";
  }
  return "";
}

std::string WhyNotPad(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& pad = facts.op(op);
  if (!facts.IsMap(pad.inputs[0])) return "its input is not one int8 map of batch 1";
  const auto& pads = pad.attributes.pads;
  const std::pair<int, int> none{0, 0};
  if (pads.size() != 4 || pads[0] != none || pads[3] != none) {
    return "the engine pads height and width only";
  }
  const int out = pad.outputs[0];
  if (facts.IsGraphOutput(out) || facts.Consumers(out).empty())
    return "its result is not only read by convolutions";
  for (int reader : facts.Consumers(out)) {
    const OpType type = facts.op(reader).type;
    const bool windowed = type == OpType::kConv2d || type == OpType::kDepthwiseConv2d;
    if (!windowed || !WhyNotConv(facts, reader, engine).empty()) {
      return fmt::format("{} reads its result and does not run on the engine",
                         facts.op(reader).name);
    }
  }
  return "";
}

std::string WhyNotReshape(const GraphFacts& facts, int op, const EngineConfig& engine) {
  if (!facts.Flattens(op)) return "the engine only flattens one int8 map of batch 1";
  const int out = facts.op(op).outputs[0];
  if (facts.IsGraphOutput(out) || facts.Consumers(out).empty()) {
    return "its result is not only read by fully-connected layers";
  }
  for (int reader : facts.Consumers(out)) {
    if (facts.op(reader).type != OpType::kFullyConnected ||
        !WhyNotConv(facts, reader, engine).empty()) {
      return fmt::format("{} reads its result and does not run on the engine",
                         facts.op(reader).name);
    }
  }
  return "";
}

}  // namespace

std::string WhyNotPlaceable(const GraphFacts& facts, int op, const EngineConfig& engine) {
  switch (facts.op(op).type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kFullyConnected:
      return WhyNotConv(facts, op, engine);
    case OpType::kMaxPool2d:
      return WhyNotMaxPool(facts, op, engine);
    case OpType::kAveragePool2d:
      return WhyNotAveragePool(facts, op, engine);
    case OpType::kAdd:
      return WhyNotAdd(facts, op, engine);
    case OpType::kMean:
      return WhyNotMean(facts, op, engine);
    case OpType::kConcatenation:
      return WhyNotConcat(facts, op);
    case OpType::kReshape:
      return WhyNotReshape(facts, op, engine);
    case OpType::kPad:
      return WhyNotPad(facts, op, engine);
    default:
      return fmt::format("the engine has no {}", model::Name(facts.op(op).type));
  }
}

std::string WhyNotPlaceable(const model::Graph& graph, int op, const EngineConfig& engine) {
  return WhyNotPlaceable(GraphFacts(graph, engine.pk), op, engine);
}

std::vector<Place> PlaceAllOnFabric(const model::Graph& graph, const EngineConfig& engine) {
  const GraphFacts facts(graph, engine.pk);
  std::vector<Place> places;
  for (int i = 0; i < static_cast<int>(graph.ops.size()); ++i) {
    places.push_back(WhyNotPlaceable(facts, i, engine).empty() ? Place::kFabric : Place::kArm);
  }
  return places;
}

}  // namespace fragua::driver

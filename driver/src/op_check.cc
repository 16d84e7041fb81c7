// Which operators the engine can run, and the sentence that says why not.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "conv_unit.h"
#include "fragua/driver/compiler.h"

namespace fragua::driver {
namespace {

using model::OpType;

constexpr int kMaxField4 = 15;
constexpr int kMaxChannelWords = 255;
constexpr int64_t kMaxBias = int64_t{1} << 26;
constexpr int kMaxExtent = 32767;
constexpr int kMaxRingWords = 65535;

/// Largest |accumulator| and |accumulator + bias| any input can cause, over all output channels and
/// all orders of accumulation, against the width the engine has.
std::string WhyNotWeights(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Tensor& weights = facts.graph().tensor(facts.op(op).inputs[1]);
  const ConvParameters parameters = ParametersOf(facts, op);
  const auto values = weights.as<int8_t>();
  const size_t taps = values.size() / parameters.bias.size();
  const int64_t limit = (int64_t{1} << (engine.acc_bits - 1)) - 1;
  for (size_t k = 0; k < parameters.bias.size(); ++k) {
    int64_t high = 0;
    int64_t low = 0;
    for (const int8_t w : values.subspan(k * taps, taps)) {
      if (w == -128) {
        return fmt::format(
            "output channel {} has a weight of -128 and the engine multiplies "
            "weights of -127..127 only",
            k);
      }
      high += w >= 0 ? 127 * w : -128 * w;
      low += w >= 0 ? -128 * w : 127 * w;
    }
    const int64_t bias = parameters.bias[k];
    if (bias < -kMaxBias || bias >= kMaxBias) {
      return fmt::format(
          "output channel {} has bias {} after folding in the zero point and the "
          "engine holds 27 bits",
          k, bias);
    }
    const int64_t top = std::max(high, high + bias);
    const int64_t bottom = std::min(low, low + bias);
    if (top > limit || bottom < -limit - 1) {
      return fmt::format(
          "output channel {} can reach an accumulator of {} and the engine's {} "
          "bits end at {}",
          k, std::max(top, -bottom), engine.acc_bits, limit);
    }
    if (parameters.factors[k].shift > 0) {
      return fmt::format(
          "output channel {} is scaled up by more than 1 and the engine shifts to "
          "the right only",
          k);
    }
  }
  return "";
}

std::string WhyNotShape(const ConvUnit& unit, const ConvSource& source,
                        const EngineConfig& engine) {
  if (std::max({unit.kernel_h, unit.kernel_w, unit.stride_h, unit.stride_w}) > kMaxField4) {
    return fmt::format("kernel {}x{} stride {}x{} exceeds {}", unit.kernel_h, unit.kernel_w,
                       unit.stride_h, unit.stride_w, kMaxField4);
  }
  if (unit.channel_words > kMaxChannelWords) {
    return fmt::format("it reads {} words of eight channels per tap and a command holds {}",
                       unit.channel_words, kMaxChannelWords);
  }
  const int64_t last_row = int64_t{unit.rows - 1} * unit.stride_h;  // of the first taps
  const int64_t last_column = int64_t{unit.cols - 1} * unit.stride_w;
  if (std::max({unit.in_rows, unit.in_cols, unit.rows, unit.cols, unit.pad_top, unit.pad_left}) >
          kMaxExtent ||
      std::max(last_row, last_column) > kMaxExtent) {
    return fmt::format("its maps, padding included, are larger than {} rows or columns",
                       kMaxExtent);
  }
  if (unit.kblock_words > engine.weight_words) {
    return fmt::format(
        "the weights of {} output channels are {} words and the weight buffer has {}", engine.pk,
        unit.kblock_words, engine.weight_words);
  }
  // Row offsets run through all taps, also where the map has fewer rows than the kernel.
  const int block_row_words = unit.packed ? unit.in_cols : unit.in_cols * engine.words_per_pixel();
  if (int64_t{1} * block_row_words * std::max(unit.kernel_h, unit.stride_h) > kMaxRingWords) {
    return fmt::format("{} rows of {} words exceed the {} words a command can address",
                       std::max(unit.kernel_h, unit.stride_h), block_row_words, kMaxRingWords);
  }
  const int row_words =
      unit.packed ? unit.in_cols : unit.in_cols * engine.words_per_pixel() * source.layout.blocks();
  const int64_t needed =
      int64_t{1} * row_words * std::max(std::min(unit.kernel_h, unit.in_rows), unit.stride_h);
  if (needed > engine.activation_words) {
    return fmt::format("{} rows of its input are {} words and the activation buffer has {}",
                       unit.kernel_h, needed, engine.activation_words);
  }
  return "";
}

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
    if (facts.op(reader).type != OpType::kConv2d || !WhyNotConv(facts, reader, engine).empty()) {
      return fmt::format("{} reads its result and does not run on the engine",
                         facts.op(reader).name);
    }
  }
  return "";
}

}  // namespace

std::string WhyNotConv(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& conv = facts.op(op);
  if (!facts.IsMap(conv.inputs[0]) || !facts.IsMap(conv.outputs[0])) {
    return "its input or output is not one int8 map of batch 1";
  }
  const model::Tensor& weights = facts.graph().tensor(conv.inputs[1]);
  if (weights.type != model::DataType::kInt8 || !weights.is_constant() || weights.quant.empty()) {
    return "its weights are not int8 constants";
  }
  if (weights.shape[3] != facts.graph().tensor(conv.inputs[0]).shape[3]) {
    return "grouped convolutions do not run on the engine";
  }
  if (conv.attributes.dilation_h != 1 || conv.attributes.dilation_w != 1) {
    return fmt::format("the engine has no dilation and this has {}x{}", conv.attributes.dilation_h,
                       conv.attributes.dilation_w);
  }
  const ConvSource source = SourceOf(facts, op, /*fold_pad=*/true);
  if (!facts.IsMap(source.tensor)) return "its padded input is not one int8 map of batch 1";
  const ConvUnit unit = MakeConvUnit(facts, op, source, engine);
  const std::string shape = WhyNotShape(unit, source, engine);
  return shape.empty() ? WhyNotWeights(facts, op, engine) : shape;
}

std::string WhyNotPlaceable(const GraphFacts& facts, int op, const EngineConfig& engine) {
  switch (facts.op(op).type) {
    case OpType::kConv2d:
      return WhyNotConv(facts, op, engine);
    case OpType::kMaxPool2d:
      return WhyNotMaxPool(facts, op, engine);
    case OpType::kMean:
      return WhyNotMean(facts, op, engine);
    case OpType::kConcatenation:
      return WhyNotConcat(facts, op);
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

// Which convolutions the engine can run: operands, shape, weights, accumulator.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "conv_unit.h"

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
  const ConvParameters parameters = ParametersOf(facts, op, engine);
  const ChannelWeights weights(facts, op);
  const int64_t limit = (int64_t{1} << (engine.acc_bits - 1)) - 1;
  for (size_t k = 0; k < parameters.bias.size(); ++k) {
    for (size_t tap = 0; tap < weights.taps(); ++tap) {
      if (weights.At(k, tap) == -128) {
        return fmt::format(
            "output channel {} has a weight of -128 and the engine multiplies "
            "weights of -127..127 only",
            k);
      }
    }
    const AccumulatorRange range = RangeOf(weights, k);
    const int64_t bias = parameters.bias[k];
    if (bias < -kMaxBias || bias >= kMaxBias) {
      return fmt::format(
          "output channel {} has bias {} after folding in the zero point and the "
          "engine holds 27 bits",
          k, bias);
    }
    if (!FitsAccumulator(range, bias, engine)) {
      const int64_t top = std::max(range.high, range.high + bias);
      const int64_t bottom = std::min(range.low, range.low + bias);
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

}  // namespace

std::string WhyNotShape(const ConvUnit& unit, int blocks, const EngineConfig& engine) {
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
      unit.packed ? unit.in_cols : unit.in_cols * engine.words_per_pixel() * blocks;
  const int64_t needed =
      int64_t{1} * row_words * std::max(std::min(unit.kernel_h, unit.in_rows), unit.stride_h);
  if (needed > engine.activation_words) {
    return fmt::format("{} rows of its input are {} words and the activation buffer has {}",
                       unit.kernel_h, needed, engine.activation_words);
  }
  return "";
}

namespace {

/// Shapes of weights, input and output.
std::string WhyNotOperands(const GraphFacts& facts, int op) {
  const model::Op& conv = facts.op(op);
  const bool connected = conv.type == OpType::kFullyConnected;
  const auto suits = [&](int t) { return connected ? facts.HasLayout(t) : facts.IsMap(t); };
  if (!suits(conv.inputs[0]) || !suits(conv.outputs[0])) {
    return fmt::format("its input or output is not one int8 map {}of batch 1",
                       connected ? "or vector " : "");
  }
  const model::Tensor& weights = facts.graph().tensor(conv.inputs[1]);
  if (weights.type != model::DataType::kInt8 || !weights.is_constant() || weights.quant.empty()) {
    return "its weights are not int8 constants";
  }
  const model::Tensor& in = facts.graph().tensor(conv.inputs[0]);
  if (connected) {
    const int64_t depth = weights.shape.at(1);
    if (in.elements() != depth) {
      return fmt::format("it makes {} rows of its input and the engine one", in.elements() / depth);
    }
    return "";
  }
  if (conv.type == OpType::kConv2d && weights.shape[3] != in.shape[3]) {
    return "grouped convolutions do not run on the engine";
  }
  if (IsGrouped(facts, op) && weights.shape[3] != in.shape[3]) {
    return fmt::format("it makes {} channels of {} and the engine has no depth multiplier",
                       weights.shape[3], in.shape[3]);
  }
  return "";
}

}  // namespace

std::string WhyNotConv(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& conv = facts.op(op);
  std::string operands = WhyNotOperands(facts, op);
  if (!operands.empty()) return operands;
  if (conv.attributes.dilation_h != 1 || conv.attributes.dilation_w != 1) {
    return fmt::format("the engine has no dilation and this has {}x{}", conv.attributes.dilation_h,
                       conv.attributes.dilation_w);
  }
  const ConvSource source = SourceOf(facts, op, /*fold_pad=*/true);
  if (!facts.HasLayout(source.tensor)) return "its padded input is not one int8 map of batch 1";
  const ConvUnit unit = MakeConvUnit(facts, op, source, engine);
  const std::string shape = WhyNotShape(unit, source.layout.blocks(), engine);
  return shape.empty() ? WhyNotWeights(facts, op, engine) : shape;
}

}  // namespace fragua::driver

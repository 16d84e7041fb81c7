// What the requantisation of a convolution needs, and biases that no accumulator of the engine
// holds.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "conv_unit.h"

namespace fragua::driver {
namespace {

/// (x * (2^31 - 1) + 2^30) >> 31 == x for |x| < 2^30: requantisation that changes nothing.
constexpr model::Multiplier kExactCopy{INT32_MAX, 0};
constexpr int64_t kMaxBias = int64_t{1} << 26;
/// Sums that are tried one by one; a channel with a wider range keeps its bias.
constexpr int64_t kMostSums = int64_t{1} << 22;

/// Input scale times the weights' scale of one output channel. With a single weight scale the
/// contract multiplies in single precision for FULLY_CONNECTED, unlike for convolution.
double InputScale(const model::Op& op, const model::Tensor& in, const model::Tensor& weights,
                  size_t channel) {
  const std::vector<float>& scale = weights.quant.scale;
  if (op.type == model::OpType::kFullyConnected && scale.size() == 1) {
    const float product = in.quant.scale[0] * scale[0];
    return double{product};
  }
  return double{in.quant.scale[0]} * double{scale[scale.size() == 1 ? 0 : channel]};
}

/// The smallest x in [low, high] whose result is at least `value`; high + 1 when there is none.
int64_t FirstReaching(int64_t low, int64_t high, int64_t offset, model::Multiplier factor,
                      int32_t value) {
  ++high;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (model::Requantise(static_cast<int32_t>(middle + offset), factor) >= value) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// A bias beyond the accumulator leaves a channel one value, or two next to each other: then
/// another bias and factor that step at the same sum make the same results. Kept only when every
/// sum agrees.
void FitBias(const AccumulatorRange& range, const EngineConfig& engine, int64_t& bias,
             model::Multiplier& factor) {
  const int64_t span = range.high - range.low;
  if (FitsAccumulator(range, bias, engine) || span > kMostSums || factor.shift > 0) return;
  if (std::max(std::abs(bias + range.low), std::abs(bias + range.high)) > INT32_MAX) return;
  const auto result = [](int64_t x, model::Multiplier f) {
    return model::Requantise(static_cast<int32_t>(x), f);
  };
  const int32_t first = result(bias + range.low, factor);
  const int32_t last = result(bias + range.high, factor);
  if (last - first > 1) return;
  // As large as the accumulator allows, so that the range covers as little of a step as possible.
  const int64_t limit = std::min(kMaxBias, int64_t{1} << (engine.acc_bits - 1)) - 1 - span;
  const double at = first == last ? first : first + 0.5;
  if (limit <= 0) return;
  const model::Multiplier fitted = model::ToMultiplier(std::abs(at) / static_cast<double>(limit));
  int64_t moved = first < 0 ? -limit : first > 0 ? limit : 0;
  if (first != last) {
    moved = FirstReaching(-limit - span, limit + span, 0, fitted, last) -
            FirstReaching(range.low, range.high, bias, factor, last);
  }
  if (!FitsAccumulator(range, moved, engine)) return;
  for (int64_t sum = range.low; sum <= range.high; ++sum) {
    if (result(sum + moved, fitted) != result(sum + bias, factor)) return;
  }
  bias = moved;
  factor = fitted;
}

}  // namespace

ChannelWeights::ChannelWeights(const GraphFacts& facts, int op)
    : depthwise_(facts.op(op).type == model::OpType::kDepthwiseConv2d) {
  const model::Tensor& weights = facts.graph().tensor(facts.op(op).inputs[1]);
  values_ = weights.as<int8_t>();
  channels_ = static_cast<size_t>(depthwise_ ? weights.shape.back() : weights.shape[0]);
  taps_ = values_.size() / channels_;
}

ConvParameters ParametersOf(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Graph& graph = facts.graph();
  const model::Op& conv = facts.op(op);
  const model::Tensor& in = graph.tensor(conv.inputs[0]);
  const model::Tensor& weights = graph.tensor(conv.inputs[1]);
  const model::Tensor& out = graph.tensor(conv.outputs[0]);
  const ChannelWeights values(facts, op);
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] >= 0;
  ConvParameters parameters;
  for (size_t k = 0; k < values.channels(); ++k) {
    int64_t bias = has_bias ? graph.tensor(conv.inputs[2]).as<int32_t>()[k] : 0;
    bool dead = true;
    for (size_t tap = 0; tap < values.taps(); ++tap) {
      const int8_t w = values.At(k, tap);
      bias -= int64_t{in.quant.zero_point[0]} * w;
      dead = dead && w == 0;
    }
    const model::Multiplier factor =
        model::ToMultiplier(InputScale(conv, in, weights, k) / double{out.quant.scale[0]});
    if (dead) {
      // A dead channel is one value, often made from a bias that no accumulator holds: it travels
      // rescaled already. Anything beyond +-512 is clamped to int8 all the same.
      const int32_t value = model::Requantise(static_cast<int32_t>(bias), factor);
      parameters.bias.push_back(std::clamp(value, -512, 512));
      parameters.factors.push_back(kExactCopy);
      continue;
    }
    parameters.bias.push_back(bias);
    parameters.factors.push_back(factor);
  }
  for (size_t k = 0; k < values.channels(); ++k) {
    FitBias(RangeOf(values, k), engine, parameters.bias[k], parameters.factors[k]);
  }
  return parameters;
}

AccumulatorRange RangeOf(const ChannelWeights& weights, size_t channel) {
  AccumulatorRange range;
  for (size_t tap = 0; tap < weights.taps(); ++tap) {
    const int8_t w = weights.At(channel, tap);
    range.high += w >= 0 ? 127 * w : -128 * w;
    range.low += w >= 0 ? -128 * w : 127 * w;
  }
  return range;
}

bool FitsAccumulator(const AccumulatorRange& range, int64_t bias, const EngineConfig& engine) {
  const int64_t limit = int64_t{1} << (engine.acc_bits - 1);
  return std::max(range.high, range.high + bias) < limit &&
         std::min(range.low, range.low + bias) >= -limit && bias >= -kMaxBias && bias < kMaxBias;
}

}  // namespace fragua::driver

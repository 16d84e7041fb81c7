#include "quantisation.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace fragua::golden {

PerTensor PerTensorOf(const OpContext& context, const model::Tensor& tensor) {
  const model::Quantization& q = tensor.quant;
  if (q.scale.size() != 1 || q.zero_point.size() > 1) {
    context.Refuse(fmt::format("tensor '{}' has {} scales and {} zero points, expected one of each",
                               tensor.name, q.scale.size(), q.zero_point.size()));
  }
  if (!(q.scale[0] > 0) || !std::isfinite(q.scale[0])) {
    context.Refuse(fmt::format("tensor '{}' has scale {}, expected a positive number", tensor.name,
                               q.scale[0]));
  }
  return {q.scale[0], q.zero_point.empty() ? 0 : q.zero_point[0]};
}

Int8Range RangeOf(const PerTensor& output, model::Activation activation) {
  Int8Range range;
  if (activation != model::Activation::kNone) range.low = std::max(range.low, output.zero_point);
  if (activation == model::Activation::kRelu6) {
    // Compared as float first: six may be far outside int32 when the scale is tiny.
    const float six = static_cast<float>(output.zero_point) + std::round(6.0f / output.scale);
    if (six < static_cast<float>(range.high)) range.high = static_cast<int32_t>(six);
  }
  return range;
}

FloatRange RangeOf(model::Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case model::Activation::kNone:
      return {-kInfinity, kInfinity};
    case model::Activation::kRelu:
      return {0, kInfinity};
    case model::Activation::kRelu6:
      return {0, 6};
  }
  return {-kInfinity, kInfinity};
}

std::vector<model::Multiplier> ChannelFactors(const OpContext& context, int channels) {
  const model::Tensor& weights = context.input(1);
  const double in = PerTensorOf(context, context.input(0)).scale;
  const double out = PerTensorOf(context, context.output()).scale;
  const auto& scales = weights.quant.scale;
  const bool per_channel = scales.size() == static_cast<size_t>(channels);
  if (!per_channel && scales.size() != 1) {
    context.Refuse(fmt::format("weights '{}' have {} scales, expected 1 or {}", weights.name,
                               scales.size(), channels));
  }
  for (const int32_t zero_point : weights.quant.zero_point) {
    if (zero_point == 0) continue;
    context.Refuse(fmt::format("weights '{}' have zero point {}, expected 0 (symmetric weights)",
                               weights.name, zero_point));
  }
  std::vector<model::Multiplier> factors(static_cast<size_t>(channels));
  for (size_t c = 0; c < factors.size(); ++c) {
    const double w = scales[per_channel ? c : 0];
    const double factor = in * w / out;
    if (!(factor >= 0) || !std::isfinite(factor)) {
      context.Refuse(
          fmt::format("weights '{}' have scale {} in channel {}, expected a positive "
                      "number",
                      weights.name, w, c));
    }
    factors[c] = model::ToMultiplier(factor);
  }
  return factors;
}

}  // namespace fragua::golden

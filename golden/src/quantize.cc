// QUANTIZE: real numbers to int8 or uint8, or from one quantisation to another.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

using model::DataType;

template <typename To>
void FromFloat(const OpContext& context, const PerTensor& result) {
  const std::span<const float> x = context.In<float>(0);
  const std::span<To> out = context.Out<To>();
  // Limits relative to the zero point, so that the cast below is always defined.
  const auto low = static_cast<float>(std::numeric_limits<To>::min() - result.zero_point);
  const auto high = static_cast<float>(std::numeric_limits<To>::max() - result.zero_point);
  for (size_t i = 0; i < out.size(); ++i) {
    if (std::isnan(x[i])) context.Refuse(fmt::format("value {} of the input is not a number", i));
    const float steps = std::clamp(std::round(x[i] / result.scale), low, high);
    out[i] = static_cast<To>(static_cast<int32_t>(steps) + result.zero_point);
  }
}

template <typename From, typename To>
void Rescaled(const OpContext& context, const PerTensor& result) {
  const PerTensor in = PerTensorOf(context, context.input(0));
  const model::Multiplier factor = model::ToMultiplier(double{in.scale} / double{result.scale});
  const std::span<const From> x = context.In<From>(0);
  const std::span<To> out = context.Out<To>();
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t value =
        int64_t{model::Requantise(x[i] - in.zero_point, factor)} + result.zero_point;
    out[i] = static_cast<To>(
        std::clamp<int64_t>(value, std::numeric_limits<To>::min(), std::numeric_limits<To>::max()));
  }
}

template <typename To>
void Run(const OpContext& context) {
  const PerTensor result = PerTensorOf(context, context.output());
  switch (context.input(0).type) {
    case DataType::kFloat32:
      return FromFloat<To>(context, result);
    case DataType::kInt8:
      return Rescaled<int8_t, To>(context, result);
    case DataType::kUInt8:
      return Rescaled<uint8_t, To>(context, result);
    default:
      context.Refuse(
          fmt::format("input type {} is not implemented, expected float32, int8 or uint8",
                      model::Name(context.input(0).type)));
  }
}

}  // namespace

void Quantize(const OpContext& context) {
  if (context.output().type == DataType::kInt8) return Run<int8_t>(context);
  if (context.output().type == DataType::kUInt8) return Run<uint8_t>(context);
  context.Refuse(fmt::format("output type {} is not implemented, expected int8 or uint8",
                             model::Name(context.output().type)));
}

}  // namespace fragua::golden

// ADD of two maps of one shape. Int8 brings both onto twice the larger input scale with 20 extra
// bits, adds, rescales.

#include <algorithm>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {

void Add(const OpContext& context) {
  if (context.input(0).shape != context.input(1).shape) {
    context.Refuse("operands of different shapes are not implemented");
  }
  if (context.input(0).type != context.input(1).type) {
    context.Refuse("operands of different types are not implemented");
  }
  const model::Activation activation = context.attributes().activation;
  if (context.input(0).type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    const FloatRange range = RangeOf(activation);
    const std::span<const float> a = context.In<float>(0), b = context.In<float>(1);
    const std::span<float> out = context.Out<float>();
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = std::clamp(a[i] + b[i], range.low, range.high);
    }
    return;
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  constexpr int kExtraBits = 20;
  const PerTensor qa = PerTensorOf(context, context.input(0));
  const PerTensor qb = PerTensorOf(context, context.input(1));
  const PerTensor result = PerTensorOf(context, context.output());
  const Int8Range range = RangeOf(result, activation);
  const double common = 2.0 * std::max(qa.scale, qb.scale);
  const model::Multiplier factor_a = model::ToMultiplier(qa.scale / common);
  const model::Multiplier factor_b = model::ToMultiplier(qb.scale / common);
  const model::Multiplier factor_out =
      model::ToMultiplier(common / ((1 << kExtraBits) * double{result.scale}));
  const std::span<const int8_t> a = context.In<int8_t>(0), b = context.In<int8_t>(1);
  const std::span<int8_t> out = context.Out<int8_t>();
  for (size_t i = 0; i < out.size(); ++i) {
    const int32_t wide_a = (a[i] - qa.zero_point) * (1 << kExtraBits);
    const int32_t wide_b = (b[i] - qb.zero_point) * (1 << kExtraBits);
    // Each term is at most 255 * 2^20 / 2, so the sum stays within int32.
    const int32_t sum = model::Requantise(wide_a, factor_a) + model::Requantise(wide_b, factor_b);
    out[i] = Rescale(sum, factor_out, result.zero_point, range);
  }
}

}  // namespace fragua::golden

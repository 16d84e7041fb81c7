// RELU and RELU6 as operators of their own. Int8 rescales from the input's to the output's scale;
// with equal scales that is exact.

#include <algorithm>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {

void Relu(const OpContext& context) {
  const model::Activation activation = context.op().type == model::OpType::kRelu6
                                           ? model::Activation::kRelu6
                                           : model::Activation::kRelu;
  if (context.input(0).type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    const FloatRange range = RangeOf(activation);
    const std::span<const float> x = context.In<float>(0);
    const std::span<float> out = context.Out<float>();
    for (size_t i = 0; i < out.size(); ++i) out[i] = std::clamp(x[i], range.low, range.high);
    return;
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  const PerTensor in = PerTensorOf(context, context.input(0));
  const PerTensor result = PerTensorOf(context, context.output());
  const Int8Range range = RangeOf(result, activation);
  const model::Multiplier factor = model::ToMultiplier(double{in.scale} / double{result.scale});
  const std::span<const int8_t> x = context.In<int8_t>(0);
  const std::span<int8_t> out = context.Out<int8_t>();
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = Rescale(x[i] - in.zero_point, factor, result.zero_point, range);
  }
}

}  // namespace fragua::golden

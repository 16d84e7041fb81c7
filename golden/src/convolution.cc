#include "convolution.h"

#include <fmt/format.h>

namespace fragua::golden {
namespace {

using model::DataType;

/// The bias operand, or nothing; refuses one of the wrong type or length.
template <typename T>
std::span<const T> BiasOf(const OpContext& context, DataType type, int channels) {
  if (!context.has_input(2)) return {};
  const model::Tensor& bias = context.input(2);
  if (bias.type != type || bias.elements() != channels) {
    context.Refuse(fmt::format("bias '{}' is {} x {}, expected {} x {}", bias.name, bias.elements(),
                               model::Name(bias.type), channels, model::Name(type)));
  }
  return context.In<T>(2);
}

void RequireWeightType(const OpContext& context, DataType type) {
  const model::Tensor& weights = context.input(1);
  if (weights.type == type) return;
  context.Refuse(fmt::format("weights '{}' are {}, expected {}", weights.name,
                             model::Name(weights.type), model::Name(type)));
}

}  // namespace

ConvGeometry GeometryOf(const OpContext& context) {
  const model::Attributes& a = context.attributes();
  const auto& kernel = context.input(1).shape;
  if (kernel.size() != 4) {
    context.Refuse(fmt::format("weights '{}' have {} dimensions, expected 4", context.input(1).name,
                               kernel.size()));
  }
  ConvGeometry g;
  g.in = context.Map(context.input(0));
  g.out = context.Map(context.output());
  g.kernel_h = kernel[1];
  g.kernel_w = kernel[2];
  g.stride_h = a.stride_h;
  g.stride_w = a.stride_w;
  g.dilation_h = a.dilation_h;
  g.dilation_w = a.dilation_w;
  g.pad_top = a.padding.top;
  g.pad_left = a.padding.left;
  return g;
}

Int8ConvParameters Int8Parameters(const OpContext& context, int channels, int64_t taps) {
  context.RequireTypes(DataType::kInt8, DataType::kInt8);
  RequireWeightType(context, DataType::kInt8);
  // |x - zero point| <= 255 and |w| <= 128, so below this the sum of products cannot leave int32.
  constexpr int64_t kMaxTaps = INT32_MAX / (255 * 128);
  if (taps > kMaxTaps) {
    context.Refuse(
        fmt::format("{} products per output may overflow the int32 accumulator, at most "
                    "{} are safe",
                    taps, kMaxTaps));
  }
  const PerTensor out = PerTensorOf(context, context.output());
  Int8ConvParameters p;
  p.zero_point_in = PerTensorOf(context, context.input(0)).zero_point;
  p.zero_point_out = out.zero_point;
  p.range = RangeOf(out, context.attributes().activation);
  p.factors = ChannelFactors(context, channels);
  p.bias = BiasOf<int32_t>(context, DataType::kInt32, channels);
  return p;
}

FloatConvParameters FloatParameters(const OpContext& context, int channels) {
  context.RequireTypes(DataType::kFloat32, DataType::kFloat32);
  RequireWeightType(context, DataType::kFloat32);
  return {RangeOf(context.attributes().activation),
          BiasOf<float>(context, DataType::kFloat32, channels)};
}

}  // namespace fragua::golden

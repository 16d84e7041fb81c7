// FULLY_CONNECTED: rows of the input (all but the last dimension of the weights) times weights OI.

#include <fmt/format.h>

#include "convolution.h"
#include "operators.h"

namespace fragua::golden {
namespace {

template <typename Sum, typename T, typename Parameters>
void Run(int64_t rows, int depth, int channels, const T* x, Sum zero_point, const T* weights,
         const Parameters& p, T* out) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int o = 0; o < channels; ++o) {
      Sum sum = 0;
      for (int i = 0; i < depth; ++i) {
        sum += static_cast<Sum>(weights[static_cast<int64_t>(o) * depth + i]) *
               (static_cast<Sum>(x[row * depth + i]) - zero_point);
      }
      *out++ = p.Finish(sum, o);
    }
  }
}

}  // namespace

void FullyConnected(const OpContext& context) {
  const auto& shape = context.input(1).shape;
  if (shape.size() != 2) context.Refuse("weights do not have 2 dimensions");
  const int channels = shape[0], depth = shape[1];
  const int64_t rows = context.input(0).elements() / depth;
  if (rows * depth != context.input(0).elements() ||
      rows * channels != context.output().elements()) {
    context.Refuse(fmt::format("{} input and {} output elements do not fit weights {}x{}",
                               context.input(0).elements(), context.output().elements(), channels,
                               depth));
  }
  if (context.input(0).type == model::DataType::kFloat32) {
    const FloatConvParameters p = FloatParameters(context, channels);
    Run<float>(rows, depth, channels, context.In<float>(0).data(), 0.0f,
               context.In<float>(1).data(), p, context.Out<float>().data());
    return;
  }
  Int8ConvParameters p = Int8Parameters(context, channels, depth);
  const auto& scales = context.input(1).quant.scale;
  if (scales.size() == 1) {
    // With one weight scale the reference multiplies the two input scales as floats, unlike
    // convolution.
    const float product = PerTensorOf(context, context.input(0)).scale * scales[0];
    const double out_scale = PerTensorOf(context, context.output()).scale;
    p.factors.assign(p.factors.size(), model::ToMultiplier(double{product} / out_scale));
  }
  Run<int32_t>(rows, depth, channels, context.In<int8_t>(0).data(), p.zero_point_in,
               context.In<int8_t>(1).data(), p, context.Out<int8_t>().data());
}

}  // namespace fragua::golden

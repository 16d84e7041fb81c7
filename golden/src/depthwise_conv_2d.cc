// DEPTHWISE_CONV_2D: output channel c * depth_multiplier + m sees input channel c only. Weights
// 1HWC over output channels.

#include "convolution.h"
#include "operators.h"

namespace fragua::golden {
namespace {

/// All output channels of one pixel at once, so that maps and weights are read in the order they
/// lie in memory.
template <typename T, typename Sum>
void WindowSums(const ConvGeometry& g, const T* x, Sum zero_point, const T* kernel, int oy, int ox,
                int multiplier, std::vector<Sum>& sums) {
  std::fill(sums.begin(), sums.end(), Sum{0});
  for (int ky = 0; ky < g.kernel_h; ++ky) {
    const int y = g.Row(oy, ky);
    if (!g.RowInside(y)) continue;
    for (int kx = 0; kx < g.kernel_w; ++kx) {
      const int column = g.Column(ox, kx);
      if (!g.ColumnInside(column)) continue;
      const T* pixel = x + (static_cast<int64_t>(y) * g.in.w + column) * g.in.c;
      const T* weights = kernel + (static_cast<int64_t>(ky) * g.kernel_w + kx) * g.out.c;
      Sum* sum = sums.data();
      for (int c = 0; c < g.in.c; ++c) {
        const Sum value = static_cast<Sum>(pixel[c]) - zero_point;
        for (int m = 0; m < multiplier; ++m) *sum++ += static_cast<Sum>(*weights++) * value;
      }
    }
  }
}

template <typename Sum, typename T, typename Parameters>
void Run(const ConvGeometry& g, const T* x, Sum zero_point, const T* weights, int multiplier,
         const Parameters& p, T* out) {
  std::vector<Sum> sums(static_cast<size_t>(g.out.c));
  for (int oy = 0; oy < g.out.h; ++oy) {
    for (int ox = 0; ox < g.out.w; ++ox) {
      WindowSums<T, Sum>(g, x, zero_point, weights, oy, ox, multiplier, sums);
      for (int o = 0; o < g.out.c; ++o) *out++ = p.Finish(sums[static_cast<size_t>(o)], o);
    }
  }
}

}  // namespace

void DepthwiseConv2d(const OpContext& context) {
  const ConvGeometry g = GeometryOf(context);
  const int multiplier = context.attributes().depth_multiplier;
  if (multiplier < 1 || g.in.c * multiplier != g.out.c || context.input(1).shape[3] != g.out.c) {
    context.Refuse("output channels are not input channels times the depth multiplier");
  }
  if (context.input(0).type == model::DataType::kFloat32) {
    const FloatConvParameters p = FloatParameters(context, g.out.c);
    Run<float>(g, context.In<float>(0).data(), 0.0f, context.In<float>(1).data(), multiplier, p,
               context.Out<float>().data());
    return;
  }
  const Int8ConvParameters p =
      Int8Parameters(context, g.out.c, static_cast<int64_t>(g.kernel_h) * g.kernel_w);
  Run<int32_t>(g, context.In<int8_t>(0).data(), p.zero_point_in, context.In<int8_t>(1).data(),
               multiplier, p, context.Out<int8_t>().data());
}

}  // namespace fragua::golden

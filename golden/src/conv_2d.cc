// CONV_2D: out[oy][ox][o] = finish(sum over the window of weight * (x - zero point)); padding is
// real zero and so adds nothing.

#include "convolution.h"
#include "operators.h"

namespace fragua::golden {
namespace {

template <typename T, typename Sum>
Sum WindowSum(const ConvGeometry& g, const T* x, Sum zero_point, const T* kernel, int oy, int ox) {
  Sum sum = 0;
  for (int ky = 0; ky < g.kernel_h; ++ky) {
    const int y = g.Row(oy, ky);
    if (!g.RowInside(y)) continue;
    for (int kx = 0; kx < g.kernel_w; ++kx) {
      const int column = g.Column(ox, kx);
      if (!g.ColumnInside(column)) continue;
      const T* pixel = x + (static_cast<int64_t>(y) * g.in.w + column) * g.in.c;
      const T* weights = kernel + (static_cast<int64_t>(ky) * g.kernel_w + kx) * g.in.c;
      for (int c = 0; c < g.in.c; ++c) {
        sum += static_cast<Sum>(weights[c]) * (static_cast<Sum>(pixel[c]) - zero_point);
      }
    }
  }
  return sum;
}

template <typename Sum, typename T, typename Parameters>
void Reference(const ConvGeometry& g, const T* x, Sum zero_point, const T* weights,
               const Parameters& p, T* out) {
  const int64_t taps = static_cast<int64_t>(g.kernel_h) * g.kernel_w * g.in.c;
  for (int oy = 0; oy < g.out.h; ++oy) {
    for (int ox = 0; ox < g.out.w; ++ox) {
      for (int o = 0; o < g.out.c; ++o) {
        *out++ = p.Finish(WindowSum<T, Sum>(g, x, zero_point, weights + o * taps, oy, ox), o);
      }
    }
  }
}

}  // namespace

void Conv2d(const OpContext& context) {
  const ConvGeometry g = GeometryOf(context);
  if (context.input(1).shape[3] != g.in.c) {
    context.Refuse("grouped convolution is not implemented, expected weights over all channels");
  }
  const int64_t taps = static_cast<int64_t>(g.kernel_h) * g.kernel_w * g.in.c;
  if (context.input(0).type == model::DataType::kFloat32) {
    const FloatConvParameters p = FloatParameters(context, g.out.c);
    const float* x = context.In<float>(0).data();
    const float* weights = context.In<float>(1).data();
    float* out = context.Out<float>().data();
    if (context.reference_only()) {
      Reference<float>(g, x, 0.0f, weights, p, out);
    } else {
      FastConv(g, x, weights, p, out);
    }
    return;
  }
  const Int8ConvParameters p = Int8Parameters(context, g.out.c, taps);
  const int8_t* x = context.In<int8_t>(0).data();
  const int8_t* weights = context.In<int8_t>(1).data();
  int8_t* out = context.Out<int8_t>().data();
  if (context.reference_only()) {
    Reference<int32_t>(g, x, p.zero_point_in, weights, p, out);
  } else {
    FastConv(g, x, weights, p, out);
  }
}

}  // namespace fragua::golden

// MAX_POOL_2D: the largest value of each window, channel by channel; the scale does not change.

#include <algorithm>
#include <limits>

#include "operators.h"
#include "pooling.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

template <typename T>
void Run(const OpContext& context, T low, T high) {
  const MapShape in = context.Map(context.input(0)), out = context.Map(context.output());
  const T* x = context.In<T>(0).data();
  T* result = context.Out<T>().data();
  ForEachWindow(context, in, out, [&](int oy, int ox, int y0, int y1, int x0, int x1) {
    T* pixel_out = result + (static_cast<int64_t>(oy) * out.w + ox) * out.c;
    std::fill_n(pixel_out, out.c, std::numeric_limits<T>::lowest());
    for (int y = y0; y < y1; ++y) {
      for (int column = x0; column < x1; ++column) {
        const T* pixel = x + (static_cast<int64_t>(y) * in.w + column) * in.c;
        for (int c = 0; c < in.c; ++c) pixel_out[c] = std::max(pixel_out[c], pixel[c]);
      }
    }
    for (int c = 0; c < out.c; ++c) pixel_out[c] = std::clamp(pixel_out[c], low, high);
  });
}

}  // namespace

void MaxPool2d(const OpContext& context) {
  const model::Activation activation = context.attributes().activation;
  if (context.input(0).type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    const FloatRange range = RangeOf(activation);
    return Run<float>(context, range.low, range.high);
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  const Int8Range range = RangeOf(PerTensorOf(context, context.output()), activation);
  Run<int8_t>(context, static_cast<int8_t>(range.low), static_cast<int8_t>(range.high));
}

}  // namespace fragua::golden

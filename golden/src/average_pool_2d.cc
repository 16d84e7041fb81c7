// AVERAGE_POOL_2D over the part of each window that lies in the map. Int8 averages the raw values
// (the scale does not change), to nearest, halves away from zero.

#include <algorithm>

#include "operators.h"
#include "pooling.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

int32_t Average(int32_t sum, int32_t n) { return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n; }
float Average(float sum, int32_t n) { return sum / static_cast<float>(n); }

template <typename T, typename Sum>
void Run(const OpContext& context, Sum low, Sum high) {
  const MapShape in = context.Map(context.input(0)), out = context.Map(context.output());
  const T* x = context.In<T>(0).data();
  T* result = context.Out<T>().data();
  ForEachWindow(context, in, out, [&](int oy, int ox, int y0, int y1, int x0, int x1) {
    for (int c = 0; c < in.c; ++c) {
      Sum sum = 0;
      for (int y = y0; y < y1; ++y) {
        for (int column = x0; column < x1; ++column) {
          sum += x[(static_cast<int64_t>(y) * in.w + column) * in.c + c];
        }
      }
      const Sum average = Average(sum, (y1 - y0) * (x1 - x0));
      result[(static_cast<int64_t>(oy) * out.w + ox) * out.c + c] =
          static_cast<T>(std::clamp(average, low, high));
    }
  });
}

}  // namespace

void AveragePool2d(const OpContext& context) {
  const model::Activation activation = context.attributes().activation;
  if (context.input(0).type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    const FloatRange range = RangeOf(activation);
    return Run<float, float>(context, range.low, range.high);
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  const Int8Range range = RangeOf(PerTensorOf(context, context.output()), activation);
  Run<int8_t, int32_t>(context, range.low, range.high);
}

}  // namespace fragua::golden

// MEAN over attributes.axes. Int8 keeps the precision of the sum: the division by n is inside the
// requantisation to the output's own scale.

#include <algorithm>
#include <bit>
#include <vector>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

/// Sums over the reduced axes; `n` becomes the number of values in each sum.
template <typename T, typename Sum>
std::vector<Sum> ReducedSums(const OpContext& context, int64_t* n) {
  const auto& shape = context.input(0).shape;
  const int rank = static_cast<int>(shape.size());
  std::vector<bool> reduced(shape.size(), false);
  for (int axis : context.attributes().axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) context.Refuse("a reduced axis is not an axis of the input");
    reduced[static_cast<size_t>(axis)] = true;
  }
  // Stride of each input axis in the output; 0 where the axis is summed away.
  std::vector<int64_t> stride(shape.size(), 0);
  int64_t kept = 1;
  *n = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    if (reduced[d]) {
      *n *= shape[d];
    } else {
      stride[d] = kept;
      kept *= shape[d];
    }
  }
  if (kept != context.output().elements()) context.Refuse("the output has the wrong size");
  std::vector<Sum> sums(static_cast<size_t>(kept), Sum{0});
  const std::span<const T> x = context.In<T>(0);
  std::vector<int> index(shape.size(), 0);
  int64_t target = 0;
  for (const T value : x) {
    sums[static_cast<size_t>(target)] += static_cast<Sum>(value);
    for (size_t d = shape.size(); d-- > 0;) {
      target += stride[d];
      if (++index[d] < shape[d]) break;
      target -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return sums;
}

/// The factor scale(x)/scale(out)/n, rounded as the reference does: the quotient by n is cut, not
/// rounded.
model::Multiplier MeanFactor(double scale_ratio, int64_t n) {
  model::Multiplier factor = model::ToMultiplier(scale_ratio);
  int shift = static_cast<int>(std::bit_width(static_cast<uint64_t>(n))) - 1;  // floor(log2 n)
  shift = std::min({shift, 32, 31 + factor.shift});
  factor.m = static_cast<int32_t>((int64_t{factor.m} << shift) / n);
  factor.shift -= shift;
  return factor;
}

}  // namespace

void Mean(const OpContext& context) {
  int64_t n = 1;
  if (context.input(0).type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    const std::vector<float> sums = ReducedSums<float, float>(context, &n);
    const std::span<float> out = context.Out<float>();
    for (size_t i = 0; i < sums.size(); ++i) out[i] = sums[i] / static_cast<float>(n);
    return;
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  const PerTensor in = PerTensorOf(context, context.input(0));
  const PerTensor result = PerTensorOf(context, context.output());
  const std::vector<int64_t> sums = ReducedSums<int8_t, int64_t>(context, &n);
  if (n > INT32_MAX / 255) context.Refuse("too many values in one mean for an int32 sum");
  const model::Multiplier factor = MeanFactor(double{in.scale} / double{result.scale}, n);
  const std::span<int8_t> out = context.Out<int8_t>();
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto sum = static_cast<int32_t>(sums[i] - n * in.zero_point);
    out[i] = Rescale(sum, factor, result.zero_point, Int8Range{});
  }
}

}  // namespace fragua::golden

// Operators that treat every element alike, and the sums and means over a map.

#include <algorithm>
#include <bit>
#include <cstddef>

#include "arm_portable.h"

namespace fragua::driver::portable {
namespace {
constexpr int kAddHeadroom = 20;  // both addends enter as (q - zero point) * 2^20
}  // namespace

void Add(const AddArgs& args) {
  for (int64_t i = 0; i < args.elements; ++i) {
    const int32_t a = (args.a[i] - args.a_zero_point) * (1 << kAddHeadroom);
    const int32_t b = (args.b[i] - args.b_zero_point) * (1 << kAddHeadroom);
    const int32_t sum = model::Requantise(a, args.a_factor) + model::Requantise(b, args.b_factor);
    args.output[i] = Finish(sum, args.out_factor, args.out_zero_point, args.act_min, args.act_max);
  }
}

void Rescale(const RescaleArgs& args) {
  for (int64_t i = 0; i < args.elements; ++i) {
    args.output[i] = Finish(args.input[i] - args.in_zero_point, args.factor, args.out_zero_point,
                            args.act_min, args.act_max);
  }
}

void SumMap(const SumArgs& args) {
  const int channels = args.in.channels;
  std::fill_n(args.sums, channels, 0);
  const ptrdiff_t pixels = ptrdiff_t{args.in.height} * args.in.width;
  for (ptrdiff_t p = 0; p < pixels; ++p) {
    const int8_t* x = args.input + p * channels;
    for (int i = 0; i < channels; ++i) args.sums[i] += x[i];
  }
}

void Mean(const MeanArgs& args) {
  // The division by `count` is folded into the multiplier: with count = 2^k * f, 1 <= f < 2, the
  // multiplier is divided by f (in integers, truncating) and the shift reduced by k. The two limits
  // keep the shift within what Requantise takes.
  int k = 63 - std::countl_zero(static_cast<uint64_t>(args.count));
  k = std::min({k, 32, 31 + args.factor.shift});
  const model::Multiplier mean{
      static_cast<int32_t>((static_cast<int64_t>(args.factor.m) << k) / args.count),
      args.factor.shift - k};
  const auto offset = static_cast<int32_t>(args.count * args.in_zero_point);
  for (int64_t i = 0; i < args.elements; ++i) {
    args.output[i] = Finish(args.sums[i] - offset, mean, args.out_zero_point, -128, 127);
  }
}

}  // namespace fragua::driver::portable

// Operators that treat every element alike: eight elements at a time, the last vector overlapping.

#include <algorithm>
#include <cstddef>

#include "arm_portable.h"
#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

constexpr int64_t kLanes = 8;
constexpr int kAddHeadroom = 20;  // both addends enter as (q - zero point) * 2^20

/// The same factor for all four lanes.
struct Factor {
  int32x4_t m, up, down;
  explicit Factor(model::Multiplier factor)
      : m(vdupq_n_s32(factor.m)),
        up(vdupq_n_s32(std::max(factor.shift, 0))),
        down(vdupq_n_s32(std::min(factor.shift, 0))) {}
  int32x4_t operator()(int32x4_t x) const { return Requantise(x, m, up, down); }
};

/// Eight elements minus their zero point.
inline int16x8_t Centred(const int8_t* from, int16x8_t zero) {
  return vsubq_s16(vmovl_s8(vld1_s8(from)), zero);
}

template <typename Visit>
inline void ForEachVector(int64_t elements, Visit visit) {
  for (int64_t i = 0; i < elements; i += kLanes) {
    visit(static_cast<ptrdiff_t>(std::min(i, elements - kLanes)));
  }
}

}  // namespace

void Add(const AddArgs& args) {
  if (args.elements < kLanes) {
    portable::Add(args);
    return;
  }
  const int16x8_t a_zero = vdupq_n_s16(static_cast<int16_t>(args.a_zero_point));
  const int16x8_t b_zero = vdupq_n_s16(static_cast<int16_t>(args.b_zero_point));
  const Factor a_factor(args.a_factor), b_factor(args.b_factor), out_factor(args.out_factor);
  const Finisher finish(args.out_zero_point, args.act_min, args.act_max);
  const auto sum = [&](int16x4_t a, int16x4_t b) {
    const int32x4_t x = a_factor(vshlq_n_s32(vmovl_s16(a), kAddHeadroom));
    const int32x4_t y = b_factor(vshlq_n_s32(vmovl_s16(b), kAddHeadroom));
    return out_factor(vaddq_s32(x, y));
  };
  ForEachVector(args.elements, [&](ptrdiff_t i) {
    const int16x8_t a = Centred(args.a + i, a_zero);
    const int16x8_t b = Centred(args.b + i, b_zero);
    vst1_s8(args.output + i,
            finish(sum(vget_low_s16(a), vget_low_s16(b)), sum(vget_high_s16(a), vget_high_s16(b))));
  });
}

void Rescale(const RescaleArgs& args) {
  if (args.elements < kLanes) {
    portable::Rescale(args);
    return;
  }
  const int16x8_t zero = vdupq_n_s16(static_cast<int16_t>(args.in_zero_point));
  const Factor factor(args.factor);
  const Finisher finish(args.out_zero_point, args.act_min, args.act_max);
  ForEachVector(args.elements, [&](ptrdiff_t i) {
    const int16x8_t x = Centred(args.input + i, zero);
    vst1_s8(args.output + i,
            finish(factor(vmovl_s16(vget_low_s16(x))), factor(vmovl_s16(vget_high_s16(x)))));
  });
}

}  // namespace fragua::driver::neon

// Softmax in fixed point, the steps of docs/NUMERICS.md on four elements at a time. The
// exponentials are kept between the two passes over a row.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "arm_portable.h"
#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

constexpr int kLanes = 4;
constexpr int kDiffIntegerBits = 5;
constexpr int kSumIntegerBits = 12;
constexpr int kFractionBits = 31 - kDiffIntegerBits;

/// x / 2^n to nearest, ties away from zero.
template <int n>
inline int32x4_t Divide(int32x4_t x) {
  return vrshrq_n_s32(vqaddq_s32(x, vshrq_n_s32(x, 31)), n);
}

/// exp(a) for a in [-1/4, 0), no integer bits.
inline int32x4_t ExpOfSmall(int32x4_t a) {
  const int32x4_t exp_minus_eighth = vdupq_n_s32(1895147668);
  const int32x4_t third = vdupq_n_s32(715827883);
  const int32x4_t x = vaddq_s32(a, vdupq_n_s32(1 << 28));  // + 1/8
  const int32x4_t x2 = vqrdmulhq_s32(x, x);
  const int32x4_t x3 = vqrdmulhq_s32(x2, x);
  const int32x4_t quarter_x4 = Divide<2>(vqrdmulhq_s32(x2, x2));
  const int32x4_t tail = Divide<1>(vaddq_s32(vqrdmulhq_s32(vaddq_s32(quarter_x4, x3), third), x2));
  return vqaddq_s32(exp_minus_eighth, vqrdmulhq_s32(exp_minus_eighth, vaddq_s32(x, tail)));
}

/// exp(a) for a <= 0 with kDiffIntegerBits, as a number without integer bits.
inline int32x4_t ExpOfNegative(int32x4_t a) {
  constexpr int32_t kQuarter = 1 << (kFractionBits - 2);
  const int32x4_t small = vsubq_s32(vandq_s32(a, vdupq_n_s32(kQuarter - 1)), vdupq_n_s32(kQuarter));
  const int32x4_t rest = vsubq_s32(small, a);
  int32x4_t result = ExpOfSmall(vqshlq_n_s32(small, kDiffIntegerBits));
  // exp(-2^k) for k = -2 .. 4
  constexpr int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308,
                                  39332535,   720401,     242};
  for (int i = 0; i < 7; ++i) {
    const uint32x4_t set = vtstq_s32(rest, vdupq_n_s32(1 << (kFractionBits - 2 + i)));
    result = vbslq_s32(set, vqrdmulhq_s32(result, vdupq_n_s32(kFactors[i])), result);
  }
  return vbslq_s32(vceqq_s32(a, vdupq_n_s32(0)), vdupq_n_s32(INT32_MAX), result);
}

/// Fills `exps` with the exponentials of a row (0 where the difference is too large); returns their
/// sum with kSumIntegerBits. Places beyond the row count as the smallest input.
int32_t Exponentials(const SoftmaxArgs& args, const int8_t* in, std::vector<int32_t>& exps) {
  const int32x4_t max = vdupq_n_s32(*std::max_element(in, in + args.depth));
  const int32x4_t diff_min = vdupq_n_s32(args.diff_min);
  const int32x4_t shift = vdupq_n_s32(args.left_shift);
  const int32x4_t factor = vdupq_n_s32(args.multiplier);
  int32x4_t sum = vdupq_n_s32(0);
  for (int i = 0; i < args.depth; i += kLanes) {
    int32_t q[kLanes] = {};
    const int count = std::min(kLanes, args.depth - i);
    for (int k = 0; k < count; ++k) q[k] = in[i + k];
    const int32x4_t diff = vsubq_s32(vld1q_s32(q), max);
    const int32x4_t exp = ExpOfNegative(vqrdmulhq_s32(vshlq_s32(diff, shift), factor));
    const int32x4_t index = vaddq_s32(vdupq_n_s32(i), int32x4_t{0, 1, 2, 3});
    const uint32x4_t counts =
        vandq_u32(vcgeq_s32(diff, diff_min), vcltq_s32(index, vdupq_n_s32(args.depth)));
    const int32x4_t kept = vandq_s32(exp, vreinterpretq_s32_u32(counts));
    vst1q_s32(&exps[static_cast<size_t>(i)], kept);
    sum = vaddq_s32(sum, Divide<kSumIntegerBits>(kept));
  }
  const int32x2_t half = vadd_s32(vget_low_s32(sum), vget_high_s32(sum));
  return vget_lane_s32(vpadd_s32(half, half), 0);
}

}  // namespace

void Softmax(const SoftmaxArgs& args) {
  std::vector<int32_t> exps(static_cast<size_t>((args.depth + kLanes - 1) / kLanes * kLanes));
  const Finisher finish(-128, -128, 127);
  for (int64_t r = 0; r < args.rows; ++r) {
    const int8_t* in = args.input + r * args.depth;
    int8_t* out = args.output + r * args.depth;
    const auto [scale, shift] = portable::ReciprocalOfSum(Exponentials(args, in, exps));
    if (shift > portable::kMaxSoftmaxShift) {
      std::fill_n(out, args.depth, int8_t{-128});
      continue;
    }
    const int32x4_t down = vdupq_n_s32(-shift);
    for (int i = 0; i < args.depth; i += kLanes) {
      const int32x4_t exp = vld1q_s32(&exps[static_cast<size_t>(i)]);
      const int32x4_t q = Requantise(exp, vdupq_n_s32(scale), vdupq_n_s32(0), down);
      int8_t bytes[8];
      vst1_s8(bytes, finish(q, q));
      std::copy_n(bytes, std::min(kLanes, args.depth - i), out + i);
    }
  }
}

}  // namespace fragua::driver::neon

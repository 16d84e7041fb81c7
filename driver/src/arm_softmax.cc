// Softmax in fixed point, step for step as docs/NUMERICS.md defines it. A fixed-point number with n
// integer bits is an int32 that counts units of 2^(n-31); products are the rounding doubling high
// multiplication, whose result has the integer bits of both factors together.

#include <algorithm>
#include <bit>
#include <cstdint>

#include "arm_portable.h"

namespace fragua::driver::portable {
namespace {

constexpr int kDiffIntegerBits = 5;  // of input differences
constexpr int kSumIntegerBits = 12;  // of the sum of exponentials
constexpr int32_t kOne = INT32_MAX;  // 1.0 with no integer bits, saturated

inline int32_t Multiply(int32_t a, int32_t b) {
  return model::SaturatingRoundingDoublingHighMul(a, b);
}

inline int32_t SaturatingShiftLeft(int32_t x, int bits) {
  const int64_t wide = static_cast<int64_t>(x) * (int64_t{1} << bits);
  return static_cast<int32_t>(std::clamp<int64_t>(wide, INT32_MIN, INT32_MAX));
}

/// exp(a) for a in [-1/4, 0), no integer bits: Taylor series around -1/8 up to the fourth power.
int32_t ExpOfSmall(int32_t a) {
  constexpr int32_t kExpMinusEighth = 1895147668;
  constexpr int32_t kThird = 715827883;
  const int32_t x = a + (1 << 28);  // + 1/8
  const int32_t x2 = Multiply(x, x);
  const int32_t x3 = Multiply(x2, x);
  const int32_t x4 = Multiply(x2, x2);
  const int32_t quarter_x4 = model::RoundingDivideByPot(x4, 2);
  const int32_t tail = model::RoundingDivideByPot(Multiply(quarter_x4 + x3, kThird) + x2, 1);
  const int64_t sum = static_cast<int64_t>(kExpMinusEighth) + Multiply(kExpMinusEighth, x + tail);
  return static_cast<int32_t>(std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX));
}

/// exp(a) for a <= 0 with kDiffIntegerBits, as a number without integer bits.
int32_t ExpOfNegative(int32_t a) {
  if (a == 0) return kOne;
  constexpr int kFractionBits = 31 - kDiffIntegerBits;
  constexpr int32_t kQuarter = 1 << (kFractionBits - 2);
  const int32_t small = (a & (kQuarter - 1)) - kQuarter;
  int32_t result = ExpOfSmall(SaturatingShiftLeft(small, kDiffIntegerBits));
  // What is left is a sum of powers of two from 1/4 to 16; each has its factor exp(-2^k).
  const int32_t rest = small - a;
  constexpr int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308,
                                  39332535,   720401,     242};
  for (int i = 0; i < 7; ++i) {
    if (rest & (1 << (kFractionBits - 2 + i))) result = Multiply(result, kFactors[i]);
  }
  return result;
}

/// 1 / (1 + a) for a in [0, 1], no integer bits: three Newton steps.
int32_t ReciprocalOfOnePlus(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810;        // two integer bits
  constexpr int32_t kMinus32Over17 = -1010580540;  // two integer bits
  constexpr int32_t kOneOfTwoBits = 1 << 29;
  // (1 + a) / 2, rounded; both terms are non-negative.
  const auto half = static_cast<int32_t>((static_cast<int64_t>(a) + kOne + 1) / 2);
  int32_t x = k48Over17 + Multiply(half, kMinus32Over17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = kOneOfTwoBits - Multiply(half, x);
    x += SaturatingShiftLeft(Multiply(x, error), 2);
  }
  return SaturatingShiftLeft(x, 1);  // x / 2 has one integer bit; drop it
}

struct Row {
  const SoftmaxArgs& args;
  const int8_t* in;
  int32_t max;

  bool Counts(int i) const { return in[i] - max >= args.diff_min; }
  int32_t Exp(int i) const {
    const int32_t diff = in[i] - max;
    const auto scaled = static_cast<int32_t>(static_cast<uint32_t>(diff) << args.left_shift);
    return ExpOfNegative(Multiply(scaled, args.multiplier));
  }
};

void SoftmaxRow(const SoftmaxArgs& args, const int8_t* in, int8_t* out) {
  const Row row{args, in, *std::max_element(in, in + args.depth)};
  int32_t sum = 0;
  for (int i = 0; i < args.depth; ++i) {
    if (row.Counts(i)) sum += model::RoundingDivideByPot(row.Exp(i), kSumIntegerBits);
  }
  const auto [scale, shift] = ReciprocalOfSum(sum);
  for (int i = 0; i < args.depth; ++i) {
    int32_t value = -128;
    if (row.Counts(i) && shift <= kMaxSoftmaxShift) {
      value += model::RoundingDivideByPot(Multiply(scale, row.Exp(i)), shift);
    }
    out[i] = static_cast<int8_t>(std::clamp(value, -128, 127));
  }
}

}  // namespace

SoftmaxScale ReciprocalOfSum(int32_t sum) {
  // sum = 2^(bits over unit) * (1 + fraction); the maximum itself contributes 1, so sum > 0.
  const int headroom = std::countl_zero(static_cast<uint32_t>(sum));
  const int bits_over_unit = kSumIntegerBits - headroom;
  const auto fraction =
      static_cast<int32_t>((static_cast<uint32_t>(sum) << headroom) - (uint32_t{1} << 31));
  return {ReciprocalOfOnePlus(fraction), bits_over_unit + 31 - 8};
}

void Softmax(const SoftmaxArgs& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    SoftmaxRow(args, args.input + r * args.depth, args.output + r * args.depth);
  }
}

}  // namespace fragua::driver::portable

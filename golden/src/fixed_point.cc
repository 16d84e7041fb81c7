#include "fixed_point.h"

#include <algorithm>
#include <array>
#include <bit>

#include "fragua/model/requantise.h"

namespace fragua::golden {
namespace {

using model::RoundingDivideByPot;

/// Product of Q(i) and Q(j), in Q(i + j).
int32_t Times(int32_t a, int32_t b) { return model::SaturatingRoundingDoublingHighMul(a, b); }

int32_t SaturatingShiftLeft(int32_t x, int bits) {
  const int64_t wide = int64_t{x} * (int64_t{1} << bits);
  return static_cast<int32_t>(std::clamp<int64_t>(wide, INT32_MIN, INT32_MAX));
}

/// exp(a) for a in [-1/4, 0), Q0: Taylor's series to the fourth power around -1/8.
int32_t ExpOfQuarter(int32_t a) {
  constexpr int32_t kExpOfMinusEighth = 1895147668;  // exp(-1/8) * 2^31
  constexpr int32_t kThird = 715827883;              // 2^31 / 3
  const int32_t x = a + (1 << 28);
  const int32_t x2 = Times(x, x);
  const int32_t x3 = Times(x2, x);
  const int32_t x4 = Times(x2, x2);
  // x^2/2 + x^3/6 + x^4/24, written so that one third is the only constant.
  const int32_t tail = RoundingDivideByPot(Times(RoundingDivideByPot(x4, 2) + x3, kThird) + x2, 1);
  return kExpOfMinusEighth + Times(kExpOfMinusEighth, x + tail);
}

}  // namespace

int32_t ExpOfNegative(int32_t a, int integer_bits) {
  if (a == 0) return INT32_MAX;
  // a = r - q/4 with r in [-1/4, 0): the polynomial gives exp(r), each set bit of q one factor
  // exp(-2^k).
  const int fraction_bits = 31 - integer_bits;
  const int32_t quarter = 1 << (fraction_bits - 2);
  const int32_t r = (a & (quarter - 1)) - quarter;
  const auto quarters = static_cast<uint32_t>(r - a);
  int32_t result = ExpOfQuarter(SaturatingShiftLeft(r, integer_bits));
  // exp(-2^k) * 2^31 for k = -2, -1, ... 4.
  constexpr std::array<int32_t, 7> kFactors = {1672461947, 1302514674, 790015084, 290630308,
                                               39332535,   720401,     242};
  for (int i = 0; i < integer_bits + 2; ++i) {
    if ((quarters >> (fraction_bits - 2 + i) & 1) != 0) {
      result = Times(result, kFactors[static_cast<size_t>(i)]);
    }
  }
  return result;
}

int32_t Reciprocal(int32_t x, int integer_bits, int* exponent) {
  // x = 2^exponent * (1 + f), f in [0, 1).
  const int headroom = std::countl_zero(static_cast<uint32_t>(x));
  *exponent = integer_bits - headroom;
  const auto f = static_cast<int32_t>((static_cast<uint32_t>(x) << headroom) - (1u << 31));
  // d = (1 + f)/2 in [1/2, 1); Newton's iteration for 1/d in Q2, from the best linear first guess
  // 48/17 - 32/17 d.
  constexpr int32_t k48Over17 = 1515870810, k32Over17 = 1010580540;  // Q2
  const auto d = static_cast<int32_t>((int64_t{f} + INT32_MAX + 1) / 2);
  int32_t y = k48Over17 + Times(d, -k32Over17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - Times(d, y);
    y += SaturatingShiftLeft(Times(y, error), 2);
  }
  // y = 1/d = 2/(1 + f); read as Q1 it is 1/(1 + f).
  return SaturatingShiftLeft(y, 1);
}

}  // namespace fragua::golden

#pragma once
// The one requantisation of the project (docs/NUMERICS.md): Q31 multiplier, double rounding, as the TensorFlow Lite Micro
// reference kernels do it. rtl/fr_requant_lane.sv is the same formula; golden, driver and quantiser all call this one.

#include <algorithm>
#include <cstdint>

namespace fragua::model {

/// A positive real factor as m * 2^(shift - 31), m in [2^30, 2^31) or 0; shift > 0 scales up.
struct Multiplier {
  int32_t m = 0;
  int shift = 0;
  bool operator==(const Multiplier&) const = default;
};

/// frexp and round half away from zero; factors below 2^-32 become {0, 0}, from 2^30 the largest. `factor` must be finite and >= 0.
Multiplier ToMultiplier(double factor);

/// (a*b + 2^30) >> 31, saturating in the one case that overflows (a == b == INT32_MIN).
inline int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

/// x / 2^exponent to nearest, ties away from zero; exponent 0..31.
inline int32_t RoundingDivideByPot(int32_t x, int exponent) {
  const int32_t mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/// x * m * 2^(shift - 31), rounded twice. The up-shift wraps in 32 bits, as the reference does in practice.
inline int32_t Requantise(int32_t x, Multiplier factor) {
  const int up = std::max(factor.shift, 0);
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << up);
  return RoundingDivideByPot(SaturatingRoundingDoublingHighMul(shifted, factor.m), std::max(-factor.shift, 0));
}

/// a * ma * 2^-31 + b * mb * 2^-31, both times 2^-shift: the engine's sum of two rescaled terms (docs/NUMERICS.md, "ADD on
/// the engine"). Each term is cut to 14 fractional bits before the shift, the sum rounded once, ties towards +infinity.
/// ma, mb >= 0; |a|, |b| < 2^31; shift 0..31.
inline int64_t RequantisePair(int32_t a, int32_t ma, int32_t b, int32_t mb, int shift) {
  const int64_t t = (((int64_t{a} * ma) >> 17) + ((int64_t{b} * mb) >> 17)) >> 14;
  return shift > 0 ? (t + (int64_t{1} << (shift - 1))) >> shift : t;
}

}  // namespace fragua::model

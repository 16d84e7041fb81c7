#pragma once
// The fixed-point recipe of the int8 softmax, docs/NUMERICS.md.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "fixed_point.h"
#include "fragua/model/requantise.h"

namespace fragua::golden {

/// Softmax of rows of int8 values to scale 1/256, zero point -128.
struct Int8Softmax {
  /// Integer bits of the exponential's argument, which covers (-32, 0], and of the sum, which
  /// holds up to 4095 classes at the maximum.
  static constexpr int kInputBits = 5, kSumBits = 12;

  model::Multiplier factor;  ///< from input steps to raw Q5.26
  int lowest = 0;            ///< differences below this are exp() = 0

  Int8Softmax(double beta, double scale) {
    constexpr double kLargest = 0x1p31 - 1.0;
    factor = model::ToMultiplier(std::min(beta * scale * (1 << (31 - kInputBits)), kLargest));
    const double radius = ((1 << kInputBits) - 1) * std::ldexp(1.0, 31 - kInputBits - factor.shift);
    lowest = -static_cast<int>(std::min(std::floor(radius), 256.0));
  }

  int32_t Exp(int difference) const {
    return ExpOfNegative(model::Requantise(difference, factor), kInputBits);
  }

  void Row(const int8_t* x, int depth, int8_t* out) const {
    const int largest = *std::max_element(x, x + depth);
    int32_t sum = 0;  // Q12.19
    for (int c = 0; c < depth; ++c) {
      if (x[c] - largest < lowest) continue;
      sum += model::RoundingDivideByPot(Exp(x[c] - largest), kSumBits);
    }
    int exponent = 0;
    const int32_t reciprocal = Reciprocal(sum, kSumBits, &exponent);
    for (int c = 0; c < depth; ++c) {
      if (x[c] - largest < lowest) {
        out[c] = -128;
        continue;
      }
      const int32_t share =
          model::SaturatingRoundingDoublingHighMul(reciprocal, Exp(x[c] - largest));
      // 31 fraction bits down to 8; beyond 31 places (sums from 512 up) nothing is left.
      const int places = exponent + 31 - 8;
      const int32_t q = (places > 31 ? 0 : model::RoundingDivideByPot(share, places)) - 128;
      out[c] = static_cast<int8_t>(std::clamp(q, -128, 127));
    }
  }
};

}  // namespace fragua::golden

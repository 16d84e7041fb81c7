#include "exact_factors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "arm_portable.h"

namespace fragua::driver {
namespace {

constexpr int kBytes = 256;
constexpr int kPairs = kBytes * kBytes;
constexpr int64_t kMultiplierEnd = int64_t{1} << 31;

double RealOf(model::Multiplier factor) { return std::ldexp(factor.m, factor.shift - 31); }

int32_t ByteAt(int index) { return index - 128; }

class PairSearch {
 public:
  explicit PairSearch(const AddArgs& add) : add_(add), expected_(kPairs) {
    std::vector<int8_t> a(kPairs), b(kPairs);
    for (int i = 0; i < kPairs; ++i) {
      a[static_cast<size_t>(i)] = static_cast<int8_t>(ByteAt(i / kBytes));
      b[static_cast<size_t>(i)] = static_cast<int8_t>(ByteAt(i % kBytes));
    }
    AddArgs all = add;
    all.elements = kPairs;
    all.a = a.data();
    all.b = b.data();
    all.output = expected_.data();
    portable::Add(all);
  }

  std::optional<PairFactors> Find() {
    // ADD takes both inputs to a common scale with 20 more bits, and from there to the output's.
    const double out = std::ldexp(RealOf(add_.out_factor), 20);
    const double ra = RealOf(add_.a_factor) * out;
    const double rb = RealOf(add_.b_factor) * out;
    PairFactors base;
    base.shift = 31;
    const auto fits = [&] {
      const double real = std::ldexp(std::max(ra, rb) / kPairWeight, base.shift + 31);
      return real + kMargin < static_cast<double>(kMultiplierEnd);
    };
    while (base.shift > 0 && !fits()) --base.shift;
    if (!fits()) return std::nullopt;
    base.ma = static_cast<int32_t>(std::llround(std::ldexp(ra / kPairWeight, base.shift + 31)));
    base.mb = static_cast<int32_t>(std::llround(std::ldexp(rb / kPairWeight, base.shift + 31)));
    KeepClose(ra, rb);
    for (const int32_t step : kSteps) {
      for (int32_t i = -kReach; i <= kReach; ++i) {
        for (int32_t j = -kReach; j <= kReach; ++j) {
          PairFactors candidate = base;
          candidate.ma = std::max(0, base.ma + i * step);
          candidate.mb = std::max(0, base.mb + j * step);
          if (Agrees(candidate, close_) && AgreesEverywhere(candidate)) return candidate;
        }
      }
    }
    return std::nullopt;
  }

 private:
  /// Neighbours are tried at several distances, each way so many. Where scales in simple ratios
  /// make ties, those far enough above take both signs away from zero.
  static constexpr std::array<int32_t, 7> kSteps = {1, 4, 16, 64, 256, 1024, 4096};
  static constexpr int32_t kReach = 8;
  static constexpr double kMargin = 4096.0 * kReach;

  /// Pairs near a rounding boundary: they decide first, all others are proved afterwards.
  void KeepClose(double ra, double rb) {
    constexpr double kNear = 1.0 / 2048;
    for (int i = 0; i < kPairs; ++i) {
      const double sum = (ByteAt(i / kBytes) - add_.a_zero_point) * ra +
                         (ByteAt(i % kBytes) - add_.b_zero_point) * rb;
      if (std::abs(sum - std::floor(sum) - 0.5) < kNear) close_.push_back(i);
    }
  }

  bool Equal(const PairFactors& f, int pair) const {
    const int32_t a = kPairWeight * (ByteAt(pair / kBytes) - add_.a_zero_point);
    const int32_t b = kPairWeight * (ByteAt(pair % kBytes) - add_.b_zero_point);
    const int64_t sum = model::RequantisePair(a, f.ma, b, f.mb, f.shift) + add_.out_zero_point;
    return std::clamp<int64_t>(sum, add_.act_min, add_.act_max) ==
           expected_[static_cast<size_t>(pair)];
  }
  bool Agrees(const PairFactors& f, const std::vector<int>& pairs) const {
    return std::all_of(pairs.begin(), pairs.end(), [&](int pair) { return Equal(f, pair); });
  }
  bool AgreesEverywhere(const PairFactors& f) const {
    for (int pair = 0; pair < kPairs; ++pair) {
      if (!Equal(f, pair)) return false;
    }
    return true;
  }

  AddArgs add_;
  std::vector<int8_t> expected_;
  std::vector<int> close_;
};

}  // namespace

std::optional<PairFactors> FindPairFactors(const AddArgs& add) { return PairSearch(add).Find(); }

std::optional<model::Multiplier> FindAverageFactor(int count, int32_t act_min, int32_t act_max) {
  // A little more than 1 / count: what lies half way between two results goes away from zero.
  const int64_t above = kMultiplierEnd / count + 1;
  const model::Multiplier factor{static_cast<int32_t>(std::min(above, kMultiplierEnd - 1)), 0};
  for (int32_t sum = -128 * count; sum <= 127 * count; ++sum) {
    const int32_t average = std::clamp(portable::Average(sum, count), act_min, act_max);
    if (std::clamp(model::Requantise(sum, factor), act_min, act_max) != average) {
      return std::nullopt;
    }
  }
  return factor;
}

}  // namespace fragua::driver

// The constants with which the engine's rounding equals ADD's and AVERAGE_POOL_2D's: how often they
// exist, and that "found" means equal for every input.

#include "exact_factors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace fragua::driver {
namespace {

AddArgs AddOf(float a, float b, float out, int za, int zb, int zo) {
  const double common = 2.0 * std::max(a, b);
  AddArgs args;
  args.a_factor = model::ToMultiplier(a / common);
  args.b_factor = model::ToMultiplier(b / common);
  args.out_factor = model::ToMultiplier(common / ((1 << 20) * double{out}));
  args.a_zero_point = za;
  args.b_zero_point = zb;
  args.out_zero_point = zo;
  return args;
}

/// ADD as docs/NUMERICS.md writes it down.
int32_t ReferenceAdd(const AddArgs& f, int a, int b) {
  const int32_t sum = model::Requantise((a - f.a_zero_point) * (1 << 20), f.a_factor) +
                      model::Requantise((b - f.b_zero_point) * (1 << 20), f.b_factor);
  return std::clamp(model::Requantise(sum, f.out_factor) + f.out_zero_point, f.act_min, f.act_max);
}

int Differences(const AddArgs& add, const PairFactors& f) {
  int differences = 0;
  for (int a = -128; a < 128; ++a) {
    for (int b = -128; b < 128; ++b) {
      const int64_t sum =
          model::RequantisePair(kPairWeight * (a - add.a_zero_point), f.ma,
                                kPairWeight * (b - add.b_zero_point), f.mb, f.shift);
      const int64_t q = std::clamp<int64_t>(sum + add.out_zero_point, add.act_min, add.act_max);
      differences += q != ReferenceAdd(add, a, b) ? 1 : 0;
    }
  }
  return differences;
}

uint32_t Seed() {
  const char* text = std::getenv("FRAGUA_SEED");
  return text == nullptr ? 1 : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

TEST(ExactFactors, AlmostEveryAddHasThemAndTheyAreExact) {
  const uint32_t seed = Seed();
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> ratio(-2.0f, 2.0f);
  std::uniform_int_distribution<int> zero(-128, 127);
  constexpr int kRounds = 200;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const float out = 0.05f;
    AddArgs add = AddOf(out * std::exp2(ratio(random)), out * std::exp2(ratio(random)), out,
                        zero(random), zero(random), zero(random));
    if (round % 3 == 0) add.act_min = add.out_zero_point;
    const auto factors = FindPairFactors(add);
    if (!factors) continue;
    ++found;
    ASSERT_EQ(Differences(add, *factors), 0) << "round " << round << ", FRAGUA_SEED=" << seed;
  }
  std::cout << found << " of " << kRounds << " ADDs have exact factors\n";
  EXPECT_GE(found, kRounds * 9 / 10) << "FRAGUA_SEED=" << seed;
}

TEST(ExactFactors, ScalesInRatiosOfTwoMakeTiesAndAreExactToo) {
  for (const float a : {0.25f, 0.5f, 1.0f, 2.0f}) {
    for (const float b : {0.25f, 0.5f, 1.0f, 2.0f}) {
      const AddArgs add = AddOf(a, b, 1.0f, -128, 3, 0);
      const auto factors = FindPairFactors(add);
      ASSERT_TRUE(factors.has_value()) << a << " " << b;
      EXPECT_EQ(Differences(add, *factors), 0) << a << " " << b;
    }
  }
}

// a / 3 is cut on its way, so that ties go up or down by what a's last third was.
TEST(ExactFactors, TiesBehindARatioOfThreeHaveNone) {
  EXPECT_FALSE(FindPairFactors(AddOf(1.0f, 1.5f, 1.0f, -128, 3, 0)).has_value());
}

TEST(ExactFactors, FarFromThemResultsDiffer) {
  const AddArgs add = AddOf(0.03117f, 0.04733f, 0.05191f, 3, -7, 11);
  auto factors = FindPairFactors(add);
  ASSERT_TRUE(factors.has_value());
  factors->ma += 1 << 14;  // a 2^-16th of it
  EXPECT_GT(Differences(add, *factors), 0);
}

TEST(ExactFactors, AnAddThatScalesUpTooFarHasNone) {
  EXPECT_FALSE(FindPairFactors(AddOf(70.0f, 1.0f, 1.0f, 0, 0, 0)).has_value());
}

TEST(ExactFactors, EveryAverageOfAKernelIsExact) {
  for (int count = 1; count <= 15 * 15; ++count) {
    const auto factor = FindAverageFactor(count, -128, 127);
    ASSERT_TRUE(factor.has_value()) << count;
    for (int32_t sum = -128 * count; sum <= 127 * count; ++sum) {
      const int32_t average =
          sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;  // docs/NUMERICS.md
      ASSERT_EQ(model::Requantise(sum, *factor), average) << sum << " / " << count;
    }
  }
}

}  // namespace
}  // namespace fragua::driver

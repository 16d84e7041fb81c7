#include "fragua/model/requantise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "test_graphs.h"

namespace fragua::model {
namespace {

TEST(Requantise, MultiplierOfWorkedFactors) {
  EXPECT_EQ(ToMultiplier(0.0), (Multiplier{0, 0}));
  EXPECT_EQ(ToMultiplier(1.0), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(ToMultiplier(0.5), (Multiplier{1 << 30, 0}));
  EXPECT_EQ(ToMultiplier(0.75), (Multiplier{3 << 29, 0}));
  EXPECT_EQ(ToMultiplier(3.0), (Multiplier{3 << 29, 2}));
  // 0.1 = 0.8 * 2^-3, and 0.8 * 2^31 = 1717986918.4.
  EXPECT_EQ(ToMultiplier(0.1), (Multiplier{1717986918, -3}));
}

TEST(Requantise, MultiplierThatRoundsUpToTwoBecomesTheNextPower) {
  EXPECT_EQ(ToMultiplier(std::nextafter(1.0, 0.0)), (Multiplier{1 << 30, 1}));
  // Exactly half a step away from zero: (2^31 - 1/2) / 2^31.
  EXPECT_EQ(ToMultiplier(1.0 - 0x1p-32), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(ToMultiplier(1.0 - 0x1.1p-32), (Multiplier{INT32_MAX, 0}));
}

TEST(Requantise, MultiplierAtTheEndsOfTheRange) {
  EXPECT_EQ(ToMultiplier(0x1p-32), (Multiplier{1 << 30, -31}));
  EXPECT_EQ(ToMultiplier(0x1p-33), (Multiplier{0, 0}));
  EXPECT_EQ(ToMultiplier(0x1.8p29), (Multiplier{3 << 29, 30}));
  EXPECT_EQ(ToMultiplier(0x1p30), (Multiplier{INT32_MAX, 30}));
}

TEST(RequantiseDeathTest, MultiplierOfNonsenseIsACallerBug) {
  EXPECT_DEATH(ToMultiplier(-1.0), "does not hold");
  EXPECT_DEATH(ToMultiplier(NAN), "does not hold");
  EXPECT_DEATH(ToMultiplier(INFINITY), "does not hold");
}

TEST(Requantise, HighMulRoundsHalfUpAndSaturatesOnce) {
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(1, 1 << 30), 1);   // 0.5 -> 1
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(-1, 1 << 30), 0);  // -0.5 -> 0
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(-3, 1 << 30), -1);
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(INT32_MIN, INT32_MAX), -INT32_MAX);
}

TEST(Requantise, DivideRoundsTiesAwayFromZero) {
  EXPECT_EQ(RoundingDivideByPot(5, 1), 3);
  EXPECT_EQ(RoundingDivideByPot(-5, 1), -3);
  EXPECT_EQ(RoundingDivideByPot(4, 3), 1);
  EXPECT_EQ(RoundingDivideByPot(-4, 3), -1);
  EXPECT_EQ(RoundingDivideByPot(3, 3), 0);
  EXPECT_EQ(RoundingDivideByPot(7, 0), 7);
  EXPECT_EQ(RoundingDivideByPot(INT32_MAX, 31), 1);
  EXPECT_EQ(RoundingDivideByPot(INT32_MIN, 31), -1);
}

TEST(Requantise, DoubleRoundingIsNotSingleRounding) {
  // 10 * 0.0498 = 0.498 would round to 0; but 7.968 sixteenths round to 8 first, and 8/16 rounds
  // up.
  EXPECT_EQ(Requantise(10, ToMultiplier(0.0498)), 1);
  EXPECT_EQ(Requantise(-10, ToMultiplier(0.0498)), -1);
}

TEST(Requantise, StaysWithinOneOfTheRealProduct) {
  const uint32_t seed = SeedOr(20240611);
  SCOPED_TRACE(::testing::Message() << "FRAGUA_SEED=" << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const auto x = static_cast<int32_t>(random() % (1u << 25)) - (1 << 24);
    const double factor = std::ldexp(0.5 + static_cast<double>(random() % 1000) / 2000.0,
                                     -static_cast<int>(random() % 20));
    const double exact = x * factor;
    ASSERT_NEAR(Requantise(x, ToMultiplier(factor)), exact, 1.01) << x << " * " << factor;
  }
}

}  // namespace
}  // namespace fragua::model

#include "fragua/model/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "fragua/model/error.h"

namespace fragua::model {
namespace {

constexpr uint32_t kSeed = 77;

std::vector<float> Random(size_t count, float low, float high) {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(count);
  for (float& v : values) v = value(random);
  return values;
}

TEST(Histogram, DoesNotDependOnTheOrder) {
  std::vector<float> values = Random(5000, -3.0F, 40.0F);
  values.push_back(0.0F);
  Histogram forward, backward, left, right;
  for (size_t i = 0; i < values.size(); ++i) {
    forward.Add(values[i]);
    backward.Add(values[values.size() - 1 - i]);
    (i % 3 == 0 ? left : right).Add(values[i]);
  }
  left.Merge(right);
  EXPECT_EQ(forward.count(), 5000);  // zero is not counted
  EXPECT_EQ(forward.limit(), 64.0);
  EXPECT_TRUE(std::ranges::equal(forward.bins(), backward.bins()));
  EXPECT_TRUE(std::ranges::equal(forward.bins(), left.bins()));
}

TEST(ChooseRange, CutsOutliersAndKeepsZero) {
  Histogram histogram;
  std::mt19937 random(kSeed);
  std::normal_distribution<float> bell(0.0F, 1.0F);
  Range seen;
  for (int i = 0; i < 100000; ++i) {
    const float value = i == 500 ? 100.0F : std::abs(bell(random));
    seen.max = std::max<double>(seen.max, value);
    histogram.Add(value);
  }
  EXPECT_EQ(ChooseRange(seen, histogram, RangeMethod::kMinMax, 100).max, 100.0);
  EXPECT_EQ(ChooseRange(seen, histogram, RangeMethod::kPercentile, 100).max, 100.0);
  EXPECT_NEAR(ChooseRange(seen, histogram, RangeMethod::kPercentile, 99).max, 2.576, 0.1);
  const Range entropy = ChooseRange(seen, histogram, RangeMethod::kEntropy, 0);
  EXPECT_LT(entropy.max, 10.0);
  EXPECT_GT(entropy.max, 2.0);
  EXPECT_EQ(entropy.min, 0.0);
  // (100 - t)^2 + 100000 * (t / 255)^2 / 12 is least at t = 100 / (1 + 100000 / 12 / 255^2).
  EXPECT_NEAR(ChooseRange(seen, histogram, RangeMethod::kMeanSquaredError, 0).max, 88.64, 1.0);
}

TEST(ChooseRange, KeepsAllOfAnEvenSpread) {
  Histogram histogram;
  for (const float value : Random(100000, -1.0F, 1.0F)) histogram.Add(value);
  for (const RangeMethod method :
       {RangeMethod::kEntropy, RangeMethod::kMeanSquaredError, RangeMethod::kPercentile}) {
    const Range range = ChooseRange({-1, 1}, histogram, method, 99.999);
    EXPECT_NEAR(range.min, -1.0, 0.02);
    EXPECT_NEAR(range.max, 1.0, 0.02);
  }
}

TEST(ParseRangeMethod, KnowsItsNames) {
  EXPECT_EQ(ParseRangeMethod("minmax"), RangeMethod::kMinMax);
  EXPECT_EQ(ParseRangeMethod("percentile"), RangeMethod::kPercentile);
  EXPECT_EQ(ParseRangeMethod("entropy"), RangeMethod::kEntropy);
  EXPECT_EQ(ParseRangeMethod("mse"), RangeMethod::kMeanSquaredError);
  EXPECT_THROW(ParseRangeMethod("max"), Error);
}

}  // namespace
}  // namespace fragua::model

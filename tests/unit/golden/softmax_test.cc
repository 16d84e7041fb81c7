#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "../../../golden/src/fixed_point.h"
#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;

TEST(FixedPoint, ExpFollowsTheRealFunction) {
  // The remainder of the series is at most (1/8)^5 / 5! = 2.6e-7.
  EXPECT_EQ(ExpOfNegative(0, 5), INT32_MAX);
  EXPECT_EQ(ExpOfNegative(0, 0), INT32_MAX);
  for (int i = 0; i < 4000; ++i) {
    const int32_t a = -1 - i * 536871;  // over the whole of (-32, 0)
    EXPECT_NEAR(ExpOfNegative(a, 5) / 0x1p31, std::exp(a / 0x1p26), 3e-7) << a;
  }
  for (int i = 0; i < 1000; ++i) {
    const int32_t a = -1 - i * 2147483;
    EXPECT_NEAR(ExpOfNegative(a, 0) / 0x1p31, std::exp(a / 0x1p31), 3e-7) << a;
  }
}

TEST(FixedPoint, ExpMultipliesByTheNearestPowersOfE) {
  // Just below -2^k in Q5 only one factor exp(-2^k) is left: every bit of it shows. Computed apart,
  // from round(exp(-2^k) * 2^31).
  const int32_t expected[] = {1672461539, 1302514356, 790014891, 290630237, 39332525, 720401, 242};
  for (int k = -2; k <= 4; ++k) {
    EXPECT_EQ(ExpOfNegative(-(1 << (26 + k)) - 1, 5), expected[k + 2]) << k;
  }
}

TEST(FixedPoint, ReciprocalFollowsTheRealFunction) {
  for (const double x : {1.0, 1.0001, 1.5, 1.9999, 2.0, 3.0, 10.0, 1000.0, 4095.9, 0.3}) {
    int exponent = 0;
    const auto raw = static_cast<int32_t>(std::lround(x * 0x1p19));
    const int32_t result = Reciprocal(raw, 12, &exponent);
    EXPECT_NEAR(std::ldexp(result / 0x1p31, -exponent) * (raw / 0x1p19), 1.0, 1e-8) << x;
    EXPECT_GE(result, 1 << 30) << x;
  }
}

OneOp Int8Softmax(int rows, int classes, float scale, float beta) {
  OneOp op(OpType::kSoftmax, {Map({rows, classes}, Q(scale, 7))},
           Map({rows, classes}, Q(1.0f / 256, -128)));
  op.attributes().beta = beta;
  return op;
}

TEST(Softmax, SharesOfEqualValues) {
  EXPECT_THAT(Int8Softmax(1, 4, 0.1f, 1).Int8({{3, 3, 3, 3}}), ElementsAre(-64, -64, -64, -64));
  EXPECT_THAT(Int8Softmax(1, 1, 0.1f, 1).Int8({{-5}}), ElementsAre(127));  // 1 saturates
}

TEST(Softmax, ManyEqualClassesShareTheLastBit) {
  // 256/511 is just above one half of a step, 256/513 just below; from 512 on the last shift
  // exceeds 31.
  for (const auto& [classes, expected] :
       {std::pair{511, -127}, {513, -128}, {1000, -128}, {4000, -128}}) {
    const std::vector<int8_t> x(static_cast<size_t>(classes), 9);
    EXPECT_THAT(Int8Softmax(1, classes, 0.1f, 1).Int8({x}), ::testing::Each(expected)) << classes;
  }
}

TEST(Softmax, CutsWhatIsFarBelowTheMaximum) {
  // Differences beyond 31 are exp() = 0 by definition.
  EXPECT_THAT(Int8Softmax(1, 3, 1, 1).Int8({{-128, 127, 90}}), ElementsAre(-128, 127, -128));
}

TEST(Softmax, Int8FollowsTheRealFunctionRowByRow) {
  std::mt19937 random(5);
  for (const float scale : {0.01f, 0.05f, 0.17f, 0.9f}) {
    for (const float beta : {1.0f, 0.5f}) {
      const int rows = 3, classes = 10;
      const auto x = RandomIntegers<int8_t>(random, rows * classes, -128, 127);
      const auto q = Int8Softmax(rows, classes, scale, beta).Int8({x});
      for (int r = 0; r < rows; ++r) {
        double sum = 0;
        for (int c = 0; c < classes; ++c)
          sum += std::exp(double{scale} * beta * x[r * classes + c]);
        for (int c = 0; c < classes; ++c) {
          const double real = std::exp(double{scale} * beta * x[r * classes + c]) / sum;
          EXPECT_NEAR(q[r * classes + c] + 128, std::min(real * 256, 255.0), 0.51)
              << "scale " << scale << " beta " << beta << " row " << r << " class " << c;
        }
      }
    }
  }
}

TEST(Softmax, Float) {
  OneOp op(OpType::kSoftmax, {Map({2, 2})}, Map({2, 2}));
  op.attributes().beta = 2;
  const auto y = op.Float({{1000, 1000, 0, std::log(3.0f)}});
  EXPECT_FLOAT_EQ(y[0], 0.5f);
  EXPECT_FLOAT_EQ(y[1], 0.5f);
  EXPECT_FLOAT_EQ(y[2], 0.1f);  // 1 / (1 + 3^2)
  EXPECT_FLOAT_EQ(y[3], 0.9f);
}

TEST(Softmax, RefusesWhatTheRecipeDoesNotCover) {
  OneOp scale = Int8Softmax(1, 2, 0.1f, 1);
  scale.graph.tensor(1).quant = Q(0.01f, -128);
  EXPECT_THROW(scale.Int8({{0, 1}}), Error);
  EXPECT_THROW(Int8Softmax(1, 2, 0.1f, 0).Int8({{0, 1}}), Error);
  EXPECT_THROW(Int8Softmax(1, 5000, 0.1f, 1).Int8({std::vector<int8_t>(5000)}), Error);
}

}  // namespace
}  // namespace fragua::golden

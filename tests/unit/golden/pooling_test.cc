#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

OneOp Pool(OpType type, std::vector<int> in, std::vector<int> out, int window, int stride,
           Quantization quant = {}) {
  OneOp op(type, {Map(std::move(in), quant)}, Map(std::move(out), quant));
  op.attributes().filter_h = op.attributes().filter_w = window;
  op.attributes().stride_h = op.attributes().stride_w = stride;
  return op;
}

TEST(MaxPool2d, KeepsChannelsApart) {
  OneOp op = Pool(OpType::kMaxPool2d, {1, 2, 2, 2}, {1, 1, 1, 2}, 2, 2, Q(1, 0));
  EXPECT_THAT(op.Int8({{-128, 5, -7, 6, -3, -9, -100, 127}}), ElementsAre(-3, 127));
}

TEST(MaxPool2d, IgnoresPadding) {
  // All values are below real zero and below the zero point: a padded zero would win.
  OneOp op = Pool(OpType::kMaxPool2d, {1, 2, 2, 1}, {1, 2, 2, 1}, 3, 1, Q(1, 10));
  op.attributes().padding = {1, 1, 1, 1};
  EXPECT_THAT(op.Int8({{-8, -7, -6, -5}}), ElementsAre(-5, -5, -5, -5));
}

TEST(MaxPool2d, CutsCeilModeWindowsAtTheMap) {
  // 3x3 window, stride 2 over 4x4 in ceil mode: the second window of each axis has 2 of 3 rows or
  // columns.
  OneOp op = Pool(OpType::kMaxPool2d, {1, 4, 4, 1}, {1, 2, 2, 1}, 3, 2);
  op.attributes().padding = {0, 0, 1, 1};
  EXPECT_THAT(op.Float({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}),
              ElementsAre(10, 11, 14, 15));
}

TEST(MaxPool2d, FusedActivation) {
  OneOp op = Pool(OpType::kMaxPool2d, {1, 1, 3, 1}, {1, 1, 3, 1}, 1, 1, Q(0.5f, 2));
  op.attributes().activation = Activation::kRelu6;
  EXPECT_THAT(op.Int8({{-4, 3, 90}}), ElementsAre(2, 3, 14));
}

TEST(AveragePool2d, RoundsHalvesAwayFromZeroOnRawValues) {
  OneOp op = Pool(OpType::kAveragePool2d, {1, 2, 2, 3}, {1, 1, 1, 3}, 2, 2, Q(1, 50));
  // Sums 6, -6, 5 over 4.
  EXPECT_THAT(op.Int8({{1, -1, 1, 1, -1, 1, 2, -2, 1, 2, -2, 2}}), ElementsAre(2, -2, 1));
}

TEST(AveragePool2d, DividesByTheValuesInsideTheMap) {
  OneOp op = Pool(OpType::kAveragePool2d, {1, 2, 2, 1}, {1, 2, 2, 1}, 3, 2, Q(1, 0));
  op.attributes().padding = {1, 1, 2, 2};
  op.attributes().stride_h = op.attributes().stride_w = 2;
  EXPECT_THAT(op.Int8({{10, 20, 30, 41}}), ElementsAre(25, 31, 36, 41));
  OneOp real = Pool(OpType::kAveragePool2d, {1, 1, 3, 1}, {1, 1, 2, 1}, 2, 2);
  real.attributes().padding = {0, 0, 1, 1};
  EXPECT_THAT(real.Float({{1, 2, 5}}), ElementsAre(1.5f, 5));
}

TEST(Pooling, RefusesWindowsOutsideTheMap) {
  OneOp op = Pool(OpType::kMaxPool2d, {1, 2, 2, 1}, {1, 1, 3, 1}, 1, 1, Q(1, 0));
  EXPECT_THROW(op.Int8({{1, 2, 3, 4}}), Error);
}

TEST(Mean, DividesInsideTheRequantisation) {
  // Sum of (x - 1) over four pixels: 3 + 5 + 7 + 9 = 24, mean 6, output scale half the input's: 12.
  OneOp op(OpType::kMean, {Map({1, 2, 2, 1}, Q(1, 1))}, Map({1, 1}, Q(0.5f, -3)));
  op.attributes().axes = {1, 2};
  EXPECT_THAT(op.Int8({{4, 6, 8, 10}}), ElementsAre(9));
  // Finer steps than the input's survive: mean 6.25 becomes 12.5, away from zero.
  EXPECT_THAT(op.Int8({{4, 6, 8, 11}}), ElementsAre(10));
}

TEST(Mean, CutsTheQuotientOfTheMultiplier) {
  // Scale ratio 3.5 is m = 7 * 2^28, two up; over n = 5: (m << 2) / 5 = 1503238553.6, cut. Five
  // times that is just under 3.5 * 2^31 and rounds to 3; the rounded quotient would give 4.
  OneOp op(OpType::kMean, {Map({1, 5, 1, 1}, Q(3.5f, 0))}, Map({1, 1, 1, 1}, Q(1, 0)));
  op.attributes().axes = {-3};
  op.attributes().keep_dims = true;
  EXPECT_THAT(op.Int8({{1, 1, 1, 1, 1}}), ElementsAre(3));
}

TEST(Mean, ReducesAnyAxes) {
  std::vector<float> x(2 * 3 * 4);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  OneOp rows(OpType::kMean, {Map({1, 2, 3, 4})}, Map({1, 3, 4}));
  rows.attributes().axes = {1};
  EXPECT_THAT(rows.Float({x}), ElementsAre(6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17));
  OneOp last(OpType::kMean, {Map({1, 2, 3, 4})}, Map({1, 2, 1, 1}));
  last.attributes().axes = {3, 2};
  EXPECT_THAT(last.Float({x}), ElementsAre(5.5f, 17.5f));
  OneOp wrong(OpType::kMean, {Map({1, 2, 3, 4})}, Map({1, 2}));
  wrong.attributes().axes = {4};
  EXPECT_THROW(wrong.Float({x}), Error);
}

}  // namespace
}  // namespace fragua::golden

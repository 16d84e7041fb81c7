#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Add, BringsBothOperandsToOneScale) {
  // (a - 1) * 0.5 + (b + 2) * 0.25, in steps of 0.5, + 3.
  OneOp op(OpType::kAdd, {Map({1, 1, 1, 4}, Q(0.5f, 1)), Map({1, 1, 1, 4}, Q(0.25f, -2))},
           Map({1, 1, 1, 4}, Q(0.5f, 3)));
  // Real sums 2 + 1 = 3, 0 + 0, -1 + 0.75 = -0.25 (half a step, away from zero), 60 + 30.
  EXPECT_THAT(op.Int8({{5, 1, -1, 121}, {2, -2, 1, 118}}), ElementsAre(9, 3, 2, 127));
  op.attributes().activation = Activation::kRelu;
  EXPECT_THAT(op.Int8({{5, 1, -100, 0}, {2, -2, 0, -2}}), ElementsAre(9, 3, 3, 3));
}

TEST(Add, RoundsHalvesAwayFromZero) {
  // Equal scales, output scale doubled: half steps appear in the final division.
  OneOp op(OpType::kAdd, {Map({1, 1, 1, 3}, Q(1, 0)), Map({1, 1, 1, 3}, Q(1, 0))},
           Map({1, 1, 1, 3}, Q(2, 0)));
  EXPECT_THAT(op.Int8({{1, -1, 3}, {0, 0, 0}}), ElementsAre(1, -1, 2));
}

TEST(Add, Float) {
  OneOp op(OpType::kAdd, {Map({1, 3}), Map({1, 3})}, Map({1, 3}));
  op.attributes().activation = Activation::kRelu6;
  EXPECT_THAT(op.Float({{1, -2, 5}, {0.5f, 1, 5}}), ElementsAre(1.5f, 0, 6));
  OneOp broadcast(OpType::kAdd, {Map({1, 3}), Map({1, 1})}, Map({1, 3}));
  EXPECT_THROW(broadcast.Float({{1, 2, 3}, {1}}), Error);
}

TEST(Relu, RescalesToTheOutput) {
  OneOp same(OpType::kRelu, {Map({1, 4}, Q(0.1f, -5))}, Map({1, 4}, Q(0.1f, -5)));
  EXPECT_THAT(same.Int8({{-128, -5, -4, 127}}), ElementsAre(-5, -5, -4, 127));
  OneOp other(OpType::kRelu, {Map({1, 4}, Q(0.5f, 0))}, Map({1, 4}, Q(0.25f, -128)));
  EXPECT_THAT(other.Int8({{-1, 0, 1, 127}}), ElementsAre(-128, -128, -126, 126));
  OneOp six(OpType::kRelu6, {Map({1, 4}, Q(0.5f, 0))}, Map({1, 4}, Q(0.25f, -128)));
  EXPECT_THAT(six.Int8({{-1, 1, 12, 127}}), ElementsAre(-128, -126, -104, -104));
  OneOp real(OpType::kRelu6, {Map({1, 3})}, Map({1, 3}));
  EXPECT_THAT(real.Float({{-1, 2, 7}}), ElementsAre(0, 2, 6));
}

TEST(Quantize, RoundsFloatsHalfAwayFromZeroAndSaturates) {
  OneOp op(OpType::kQuantize, {Map({1, 7})}, Map({1, 7}, Q(0.5f, 10)));
  const auto q = op.Run<int8_t, float>({{0, 0.25f, -0.25f, 0.24f, 1e9f, -1e9f, INFINITY}});
  EXPECT_THAT(std::vector<int>(q.begin(), q.end()), ElementsAre(10, 11, 9, 10, 127, -128, 127));
  OneOp nan(OpType::kQuantize, {Map({1, 1})}, Map({1, 1}, Q(1, 0)));
  EXPECT_THROW((nan.Run<int8_t, float>({{NAN}})), Error);
}

TEST(Quantize, ChangesScaleAndType) {
  OneOp op(OpType::kQuantize, {Map({1, 3}, Q(1, 2))}, Map({1, 3}, Q(2, -1)));
  // (x - 2) / 2 - 1; 3/2 rounds up, -1/2 rounds up to 0.
  EXPECT_THAT(op.Int8({{5, 1, 127}}), ElementsAre(1, -1, 62));
  OneOp from_unsigned(OpType::kQuantize, {Map({1, 3}, Q(1, 128))}, Map({1, 3}, Q(1, 0)));
  from_unsigned.graph.tensor(0).type = DataType::kUInt8;
  const auto q = from_unsigned.Run<int8_t, uint8_t>({{0, 128, 255}});
  EXPECT_THAT(std::vector<int>(q.begin(), q.end()), ElementsAre(-128, 0, 127));
  OneOp to_unsigned(OpType::kQuantize, {Map({1, 2}, Q(1, -128))}, Map({1, 2}, Q(1, 0)));
  to_unsigned.graph.tensor(1).type = DataType::kUInt8;
  EXPECT_THAT((to_unsigned.Run<uint8_t, int8_t>({{-128, 127}})), ElementsAre(0, 255));
}

TEST(Dequantize, IsTheDefinition) {
  OneOp op(OpType::kDequantize, {Map({1, 3}, Q(0.5f, -3))}, Map({1, 3}));
  EXPECT_THAT((op.Run<float, int8_t>({{-3, -128, 127}})), ElementsAre(0, -62.5f, 65));
  op.graph.tensor(0).type = DataType::kUInt8;
  EXPECT_THAT((op.Run<float, uint8_t>({{0, 255, 1}})), ElementsAre(1.5f, 129, 2));
  op.graph.tensor(0).type = DataType::kInt32;
  EXPECT_THROW((op.Run<float, int32_t>({{0, 1, 2}})), Error);
}

}  // namespace
}  // namespace fragua::golden

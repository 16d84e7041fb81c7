#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;

TEST(Concatenation, AlongChannels) {
  OneOp op(OpType::kConcatenation,
           {Map({1, 1, 2, 1}, Q(1, 0)), Map({1, 1, 2, 3}, Q(1, 0)), Map({1, 1, 2, 1}, Q(1, 0))},
           Map({1, 1, 2, 5}, Q(1, 0)));
  op.attributes().axis = 3;
  EXPECT_THAT(op.Int8({{1, 2}, {10, 11, 12, 20, 21, 22}, {3, 4}}),
              ElementsAre(1, 10, 11, 12, 3, 2, 20, 21, 22, 4));
  op.attributes().axis = -1;
  EXPECT_THAT(op.Int8({{1, 2}, {10, 11, 12, 20, 21, 22}, {3, 4}}),
              ElementsAre(1, 10, 11, 12, 3, 2, 20, 21, 22, 4));
}

TEST(Concatenation, AlongRowsInFloat) {
  OneOp op(OpType::kConcatenation, {Map({1, 1, 2, 1}), Map({1, 2, 2, 1})}, Map({1, 3, 2, 1}));
  op.attributes().axis = 1;
  EXPECT_THAT(op.Float({{1, 2}, {3, 4, 5, 6}}), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Concatenation, RefusesInputsOfAnotherScaleOrSize) {
  OneOp scale(OpType::kConcatenation, {Map({1, 2}, Q(1, 0)), Map({1, 2}, Q(2, 0))},
              Map({1, 4}, Q(1, 0)));
  scale.attributes().axis = 1;
  EXPECT_THROW(scale.Int8({{1, 2}, {3, 4}}), Error);
  OneOp large(OpType::kConcatenation, {Map({1, 2}), Map({1, 2})}, Map({1, 3}));
  large.attributes().axis = 1;
  EXPECT_THROW(large.Float({{1, 2}, {3, 4}}), Error);
  OneOp small(OpType::kConcatenation, {Map({1, 2}), Map({1, 2})}, Map({1, 5}));
  small.attributes().axis = 1;
  EXPECT_THROW(small.Float({{1, 2}, {3, 4}}), Error);
}

TEST(Pad, FillsWithRealZero) {
  OneOp op(OpType::kPad, {Map({1, 1, 2, 2}, Q(1, -9))}, Map({1, 2, 4, 2}, Q(1, -9)));
  op.attributes().pads = {{0, 0}, {1, 0}, {2, 0}, {0, 0}};
  EXPECT_THAT(op.Int8({{1, 2, 3, 4}}),
              ElementsAre(-9, -9, -9, -9, -9, -9, -9, -9, -9, -9, -9, -9, 1, 2, 3, 4));
  OneOp real(OpType::kPad, {Map({1, 2, 1, 1})}, Map({1, 3, 1, 3}));
  real.attributes().pads = {{0, 0}, {0, 1}, {0, 0}, {1, 1}};
  EXPECT_THAT(real.Float({{1, 2}}), ElementsAre(0, 1, 0, 0, 2, 0, 0, 0, 0));
  real.attributes().pads = {{0, 0}, {0, 1}, {0, 0}, {1, 0}};
  EXPECT_THROW(real.Float({{1, 2}}), Error);
}

TEST(Reshape, KeepsTheBytes) {
  OneOp op(OpType::kReshape, {Map({1, 2, 3, 1}, Q(1, 0))}, Map({1, 6}, Q(1, 0)));
  EXPECT_THAT(op.Int8({{1, 2, 3, 4, 5, 6}}), ElementsAre(1, 2, 3, 4, 5, 6));
  OneOp wrong(OpType::kReshape, {Map({1, 6}, Q(1, 0))}, Map({1, 5}, Q(1, 0)));
  EXPECT_THROW(wrong.Int8({{1, 2, 3, 4, 5, 6}}), Error);
}

TEST(Transpose, MovesAxes) {
  // NCHW 1x2x2x3 to NHWC.
  OneOp op(OpType::kTranspose, {Map({1, 2, 2, 3}, Q(1, 0))}, Map({1, 2, 3, 2}, Q(1, 0)));
  op.attributes().axes = {0, 2, 3, 1};
  EXPECT_THAT(op.Int8({{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}}),
              ElementsAre(1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16));
  OneOp matrix(OpType::kTranspose, {Map({2, 3})}, Map({3, 2}));
  matrix.attributes().axes = {1, 0};
  EXPECT_THAT(matrix.Float({{1, 2, 3, 4, 5, 6}}), ElementsAre(1, 4, 2, 5, 3, 6));
  matrix.attributes().axes = {1, 1};
  EXPECT_THROW(matrix.Float({{1, 2, 3, 4, 5, 6}}), Error);
}

}  // namespace
}  // namespace fragua::golden

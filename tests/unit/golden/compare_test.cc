#include "fragua/golden/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

TEST(Compare, EqualBytesAreNoMismatch) {
  const Bytes bytes = ToBytes<int8_t>({1, 2, 3, 4});
  EXPECT_FALSE(Compare("op", Map({1, 2, 1, 2}, Q(1, 0)), bytes, bytes));
}

TEST(Compare, LocatesTheFirstDifferenceAndCountsAll) {
  Tensor tensor = Map({1, 2, 3, 4}, Q(1, 0));
  tensor.name = "map";
  std::vector<int8_t> expected(24, 5), got(24, 5);
  got[(1 * 3 + 2) * 4 + 1] = -6;
  got[23] = 0;
  const auto mismatch = Compare("fire2/squeeze1x1", tensor, ToBytes(expected), ToBytes(got));
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->row, 1);
  EXPECT_EQ(mismatch->column, 2);
  EXPECT_EQ(mismatch->channel, 1);
  EXPECT_EQ(mismatch->expected, 5);
  EXPECT_EQ(mismatch->got, -6);
  EXPECT_EQ(mismatch->count, 2);
  EXPECT_EQ(mismatch->elements, 24);
  EXPECT_EQ(Describe(*mismatch),
            "fire2/squeeze1x1: tensor 'map', row 1, column 2, channel 1: expected 5, got -6 (2 of "
            "24 elements differ)");
}

TEST(Compare, VectorsHaveOnlyChannels) {
  const auto mismatch =
      Compare("op", Map({1, 3}, Q(1, 0)), ToBytes<int8_t>({1, 2, 3}), ToBytes<int8_t>({1, 2, 4}));
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->row, 0);
  EXPECT_EQ(mismatch->column, 0);
  EXPECT_EQ(mismatch->channel, 2);
}

TEST(Compare, FloatsAreComparedAsBytes) {
  const auto mismatch =
      Compare("op", Map({1, 1, 1, 2}), ToBytes<float>({0.0f, 1.5f}), ToBytes<float>({-0.0f, 1.5f}));
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->channel, 0);
  EXPECT_EQ(mismatch->count, 1);
  Tensor sums = Map({1, 2});
  sums.type = DataType::kInt32;
  const auto integer =
      Compare("op", sums, ToBytes<int32_t>({1, 1 << 30}), ToBytes<int32_t>({1, -(1 << 30)}));
  ASSERT_TRUE(integer);
  EXPECT_EQ(integer->expected, 1 << 30);
  EXPECT_EQ(integer->got, -(1 << 30));
}

TEST(Compare, AWrongSizeIsAFailedCheck) {
  const Tensor tensor = Map({1, 4}, Q(1, 0));
  try {
    Compare("op", tensor, ToBytes<int8_t>({1, 2, 3, 4}), ToBytes<int8_t>({1, 2, 3}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheck);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("expected 4 bytes and got 3"));
  }
}

}  // namespace
}  // namespace fragua::golden

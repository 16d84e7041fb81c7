#include "doctor/difference_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace fragua::driver {
namespace {

using testing::HasSubstr;

class DifferencePatternTest : public testing::Test {
 protected:
  DifferencePatternTest() : expected_(4096) {
    std::mt19937 random(5);
    for (uint8_t& byte : expected_) byte = static_cast<uint8_t>(random());
    got_ = expected_;
  }
  DifferencePattern Describe() const { return DescribeDifferences(expected_, got_); }

  std::vector<uint8_t> expected_, got_;
};

TEST_F(DifferencePatternTest, EqualBytesAreNone) {
  EXPECT_EQ(Describe().kind, DifferenceKind::kNone);
  EXPECT_EQ(Describe().text, "");
}

TEST_F(DifferencePatternTest, UpperHalvesOfWords) {
  for (size_t i = 0; i < got_.size(); ++i) got_[i] = i % 8 < 4 ? got_[i] : 0;
  EXPECT_EQ(Describe().kind, DifferenceKind::kUpperHalves);
  EXPECT_THAT(Describe().text, HasSubstr("the upper half of 512 of 512"));
}

TEST_F(DifferencePatternTest, UpperHalvesThatRepeatTheLowerOnes) {
  for (size_t i = 0; i < got_.size(); ++i) got_[i] = expected_[i - i % 8 + i % 4];
  EXPECT_EQ(Describe().kind, DifferenceKind::kUpperHalves);
}

TEST_F(DifferencePatternTest, LowerHalvesOfWords) {
  for (size_t i = 0; i < got_.size(); ++i) got_[i] = i % 8 >= 4 ? got_[i] : 0x55;
  EXPECT_EQ(Describe().kind, DifferenceKind::kLowerHalves);
  EXPECT_THAT(Describe().text, HasSubstr("lower half"));
}

TEST_F(DifferencePatternTest, HalfOfTheWordsWithWrongUpperHalvesIsNotTheWidth) {
  for (size_t i = 0; i < got_.size() / 2; ++i) got_[i] = i % 8 < 4 ? got_[i] : 0;
  EXPECT_EQ(Describe().kind, DifferenceKind::kScattered);
}

TEST_F(DifferencePatternTest, StuckLines) {
  for (size_t i = 0; i < got_.size(); ++i) {
    if (i % 8 == 5) got_[i] &= 0x7D;
  }
  EXPECT_EQ(Describe().kind, DifferenceKind::kLanes);
  EXPECT_THAT(Describe().text, HasSubstr("bits 0x0000820000000000"));
}

TEST_F(DifferencePatternTest, WholeCacheLines) {
  for (size_t i = 0; i < got_.size(); ++i) got_[i] = i / 32 % 7 == 2 ? 0 : got_[i];
  EXPECT_EQ(Describe().kind, DifferenceKind::kLines);
  EXPECT_THAT(Describe().text, HasSubstr("32 bytes are wrong, 18 of 128"));
}

TEST_F(DifferencePatternTest, OneByteIsNamed) {
  expected_[1000] = 0x12;
  got_[1000] = 0x34;
  EXPECT_EQ(Describe().kind, DifferenceKind::kScattered);
  EXPECT_EQ(Describe().text, "1 of 4096 bytes differ, the first at 1000: 0x34 instead of 0x12");
}

TEST_F(DifferencePatternTest, EverythingWrong) {
  for (uint8_t& byte : got_) byte = static_cast<uint8_t>(~byte);
  EXPECT_EQ(Describe().kind, DifferenceKind::kScattered);
  EXPECT_THAT(Describe().text, HasSubstr("4096 of 4096"));
}

}  // namespace
}  // namespace fragua::driver

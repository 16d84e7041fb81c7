#include "tap_assembler.h"

#include <gtest/gtest.h>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

using sim::TapWord;

// One convolution of 2 x 1 pixels and 20 channels: two K-blocks of 16, made by one command with
// tag 5.
class TapAssemblerTest : public ::testing::Test {
 protected:
  TapAssemblerTest() {
    graph_.tensors.resize(2);
    graph_.tensors[1].shape = {1, 1, 2, 20};
    graph_.tensors[1].type = model::DataType::kInt8;
    graph_.ops.resize(1);
    graph_.ops[0].outputs = {1};
    plan_.engine.pk = 16;
    plan_.tensor_layouts.resize(2);
    plan_.tensor_layouts[1] = driver::DenseLayout(1, 2, 20, 16);
    driver::Program program;
    program.commands.resize(1);
    program.first_tag = 5;
    program.tile_of_command = {0};
    driver::Tile tile;
    tile.tag = 5;
    tile.conv_op = 0;
    tile.blocks = 2;
    tile.rows = 1;
    tile.cols = 2;
    program.tiles = {tile};
    plan_.programs = {program};
  }
  static TapWord Word(uint32_t tag, uint8_t first) {
    uint64_t data = 0;
    for (uint64_t i = 0; i < 8; ++i) data |= (first + i) << (8 * i);
    return {tag, TapWord::Stage::kRequantised, data, 1000 + uint64_t{first}};
  }
  model::Graph graph_;
  driver::Plan plan_;
};

TEST_F(TapAssemblerTest, PutsWordsWhereTheirChannelsBelong) {
  TapAssembler tap(graph_, plan_, true);
  for (uint8_t word = 0; word < 8; ++word) {
    EXPECT_EQ(tap.Tensor(1).empty(), word < 7)
        << int{word};  // 20 channels: the last block's second word holds nothing
    if (word == 7) break;
    tap.Add(Word(5, static_cast<uint8_t>(8 * word)));
  }
  // Order: block, pixel, half. Block 0: words 0..3, block 1: words 4..7; channel 17 of pixel 1 is
  // in word 6.
  ASSERT_EQ(tap.Tensor(1).size(), 40U);
  EXPECT_EQ(tap.Tensor(1)[0], 0);
  EXPECT_EQ(tap.Tensor(1)[9], 9);
  EXPECT_EQ(tap.Tensor(1)[20], 16);
  EXPECT_EQ(tap.Tensor(1)[20 + 17], 6 * 8 + 1);
  const auto origin = tap.OriginOf(1, 0, 1, 17);
  ASSERT_TRUE(origin.has_value());
  EXPECT_EQ(origin->tag, 5U);
  EXPECT_EQ(origin->cycle, 1000U + 48U);
  EXPECT_EQ(tap.DescribeTile(origin->tag), "rows 0..0, channels 0..31");
}

TEST_F(TapAssemblerTest, RefusesUnknownTagsAndExtraWords) {
  TapAssembler tap(graph_, plan_, false);
  EXPECT_THROW(tap.Add(Word(4, 0)), Error);
  for (int i = 0; i < 8; ++i) tap.Add(Word(5, 0));
  EXPECT_THROW(tap.Add(Word(5, 0)), Error);
}

}  // namespace
}  // namespace fragua::app

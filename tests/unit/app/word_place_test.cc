#include "word_place.h"

#include <gtest/gtest.h>

namespace fragua::app {
namespace {

namespace c = driver::regs::compute;
using Stage = sim::TapWord::Stage;

// A convolution of 4 x 3 pixels and 20 channels with a 2x2 pool behind it, PK 16. Command 5 makes
// rows 2..3 of both K-blocks, the pool's row 1. Command 6 is plain and goes to the store stream.
class WordPlaceTest : public testing::Test {
 protected:
  WordPlaceTest() {
    graph_.tensors.resize(4);
    graph_.ops.resize(3);
    const std::vector<std::vector<int>> shapes = {
        {1, 4, 3, 8}, {1, 4, 3, 20}, {1, 2, 1, 20}, {1, 2, 2, 16}};
    for (size_t i = 0; i < shapes.size(); ++i) graph_.tensors[i].shape = shapes[i];
    for (int i = 0; i < 3; ++i) {
      graph_.ops[static_cast<size_t>(i)].inputs = {i};
      graph_.ops[static_cast<size_t>(i)].outputs = {i + 1};
    }
    plan_.engine.pk = 16;
    plan_.tensor_layouts = {driver::DenseLayout(4, 3, 8, 16), driver::DenseLayout(4, 3, 20, 16),
                            driver::DenseLayout(2, 1, 20, 16), driver::DenseLayout(2, 2, 16, 16)};
    driver::Program program;
    program.first_tag = 5;
    program.commands.resize(2);
    program.commands[0].Set(driver::regs::header::kTag, 5).Set(c::kKblocks, 2);
    program.commands[0].Set(c::kOutRows, 2).Set(c::kOutCols, 3);
    program.commands[1].Set(driver::regs::header::kTag, 6).Set(c::kKblocks, 1);
    program.commands[1].Set(c::kOutRows, 2).Set(c::kOutCols, 2);
    program.tile_of_command = {0, 1};
    program.op_of_command = {0, 2};
    program.tiles.resize(2);
    driver::Tile& pooled = program.tiles[0];
    pooled.tag = 5;
    pooled.conv_op = 0;
    pooled.pool_op = 1;
    pooled.destination = driver::Tile::Destination::kActivation;
    pooled.blocks = 2;
    pooled.first_row = 2;
    pooled.rows = 2;
    pooled.cols = 3;
    pooled.first_pooled_row = 1;
    pooled.pooled_rows = 1;
    pooled.pooled_cols = 1;
    driver::Tile& plain = program.tiles[1];
    plain.tag = 6;
    plain.conv_op = 2;
    plain.destination = driver::Tile::Destination::kStore;
    plain.blocks = 1;
    plain.rows = plain.cols = 2;
    plan_.programs = {program};
    for (uint64_t i = 0; i < 4; ++i) log_.OnWord({5, Stage::kWritten, i, 0});
    for (uint64_t i = 0; i < 8; ++i) log_.OnWord({6, Stage::kWritten, i, 0});
    for (uint32_t i = 0; i < 4; ++i) log_.OnResult({5, false, i, i, 0});
    for (uint32_t i = 0; i < 10; ++i) log_.OnStore({7, i == 3 || i == 4, i, i, 0});
  }
  WordPlace Find(Boundary boundary, uint32_t tag, int64_t index) {
    Divergence divergence;
    divergence.boundary = boundary;
    divergence.tag = tag;
    divergence.index = index;
    const auto place = Locate(graph_, plan_, log_, divergence);
    EXPECT_TRUE(place.has_value());
    return place.value_or(WordPlace{});
  }
  model::Graph graph_;
  driver::Plan plan_;
  EngineLog log_;
};

TEST_F(WordPlaceTest, ARequantisedWordIsEightChannelsOfOnePixel) {
  // In the order block (of 12 words), row, column, half.
  const WordPlace place = Find(Boundary::kRequantised, 5, 12 + 2 * 4 + 1);
  EXPECT_EQ(place.op, 0);
  EXPECT_EQ(place.tensor, 1);
  EXPECT_EQ(place.row, 3);
  EXPECT_EQ(place.column, 1);
  EXPECT_EQ(place.channels[0], -1);  // slots 24..31 of 20 channels
  EXPECT_EQ(place.pixel, (sim::PixelId{5, 1, 1, 1}));
  EXPECT_EQ(place.first_slot, 8);
  EXPECT_EQ(place.tile, "rows 2..3, channels 0..31");
  EXPECT_EQ(Find(Boundary::kRequantised, 5, 12).channels[3], 19);
  EXPECT_EQ(Find(Boundary::kRequantised, 5, 12).channels[4], -1);
}

TEST_F(WordPlaceTest, BehindThePoolItIsThePools) {
  const WordPlace place = Find(Boundary::kWritten, 5, 2);
  EXPECT_EQ(place.op, 1);
  EXPECT_EQ(place.tensor, 2);
  EXPECT_EQ(place.row, 1);
  EXPECT_EQ(place.column, 0);
  EXPECT_EQ(place.channels[0], 16);
  // Word 3 of all results is word 3 of the command.
  EXPECT_EQ(Find(Boundary::kPlaced, 5, 1).channels[0], 8);
}

TEST_F(WordPlaceTest, AStoredWordIsTheNthOfTheStream) {
  // Words 3 and 4 are a stamp; word 6 is the stream's fifth.
  const WordPlace place = Find(Boundary::kStored, 7, 6);
  EXPECT_EQ(place.op, 2);
  EXPECT_EQ(place.row, 1);
  EXPECT_EQ(place.column, 0);
  EXPECT_EQ(place.channels[0], 0);
  Divergence stamp;
  stamp.boundary = Boundary::kStored;
  stamp.index = 3;
  EXPECT_FALSE(Locate(graph_, plan_, log_, stamp).has_value());
}

TEST_F(WordPlaceTest, ALoadedWordIsNoResult) {
  EXPECT_FALSE(Locate(graph_, plan_, log_, Divergence{}).has_value());
  EXPECT_EQ(OpOf(plan_, 6), 2);
  EXPECT_EQ(OpOf(plan_, 9), -1);
}

}  // namespace
}  // namespace fragua::app

// The order of a pixel's array steps against docs/ENGINE.md, "Function", written out as its loops.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fragua/sim/observation.h"

namespace fragua::sim {
namespace {

namespace c = driver::regs::compute;

struct Fields {
  int src_base = 40, row_start = 6, pitch = 3, ring = 27, block_pitch = 90, group_step = 7;
  int in_rows = 5, in_cols = 4, iy0 = -1, ix0 = -2, out_rows = 3, out_cols = 2;
  int kernel_h = 3, kernel_w = 2, stride_h = 2, stride_w = 1, words = 3;
  int weight_base = 1000, kblock_words = 60, kblocks = 2, packed = 0, pair = 0;
};

driver::regs::Command CommandOf(const Fields& f) {
  driver::regs::Command command;
  command.Set(c::kSrcBase, f.src_base).Set(c::kSrcRowStart, f.row_start);
  command.Set(c::kSrcRowPitch, f.pitch).Set(c::kSrcRing, f.ring);
  command.Set(c::kSrcBlockPitch, f.block_pitch).Set(c::kSrcGroupStep, f.group_step);
  command.Set(c::kInRows, f.in_rows).Set(c::kInCols, f.in_cols);
  command.Set(c::kIy0, f.iy0).Set(c::kIx0, f.ix0);
  command.Set(c::kOutRows, f.out_rows).Set(c::kOutCols, f.out_cols);
  command.Set(c::kKernelH, f.kernel_h).Set(c::kKernelW, f.kernel_w);
  command.Set(c::kStrideH, f.stride_h).Set(c::kStrideW, f.stride_w);
  command.Set(c::kChannelWords, f.words).Set(c::kWeightBase, f.weight_base);
  command.Set(c::kKblockWords, f.kblock_words).Set(c::kKblocks, f.kblocks);
  command.Set(c::kSrcPacked, f.packed).Set(c::kPair, f.pair);
  return command;
}

driver::EngineConfig Engine(int pc, int pk) {
  driver::EngineConfig engine;
  engine.pc = pc;
  engine.pk = pk;
  engine.weight_words = 1024;
  return engine;
}

/// The page, line by line.
std::vector<StepPlace> ThePage(const Fields& f, const driver::EngineConfig& engine, int kb, int oy,
                               int ox) {
  const int pc = engine.pc;
  std::vector<StepPlace> steps;
  const int wbase = f.weight_base + kb * f.kblock_words;
  int w = wbase + 8 / pc;
  for (int ky = 0; ky < f.kernel_h; ++ky) {
    for (int kx = 0; kx < f.kernel_w; ++kx) {
      const int iy = f.iy0 + oy * f.stride_h + ky;
      const int ix = f.ix0 + ox * f.stride_w + kx;
      const int row = (f.row_start + (oy * f.stride_h + ky) * f.pitch) % f.ring;
      for (int c8 = 0; c8 < f.words; ++c8) {
        const int ppx = f.packed != 0 ? 1 : engine.pk / 8;
        const int addr =
            f.src_base + kb * f.group_step + (c8 / ppx) * f.block_pitch + row + ix * ppx + c8 % ppx;
        for (int sub = 0; sub <= 8 / pc - 1; ++sub) {
          const bool inside = 0 <= iy && iy < f.in_rows && 0 <= ix && ix < f.in_cols;
          steps.push_back({ky, kx, c8, sub, iy, ix, !inside, addr, w % engine.weight_words});
          ++w;
        }
      }
    }
  }
  return steps;
}

void ExpectThePage(const Fields& f, const driver::EngineConfig& engine) {
  const driver::regs::Command command = CommandOf(f);
  const ComputeShape shape = ShapeOf(command, engine);
  EXPECT_EQ(shape.kblocks, f.kblocks);
  EXPECT_EQ(shape.rows, f.out_rows);
  EXPECT_EQ(shape.columns, f.out_cols);
  for (int kb = 0; kb < f.kblocks; ++kb) {
    for (int oy = 0; oy < f.out_rows; ++oy) {
      for (int ox = 0; ox < f.out_cols; ++ox) {
        const auto page = ThePage(f, engine, kb, oy, ox);
        ASSERT_EQ(static_cast<size_t>(shape.steps), page.size());
        for (int n = 0; n < shape.steps; ++n) {
          SCOPED_TRACE(testing::Message() << "kb " << kb << " oy " << oy << " ox " << ox << " step "
                                          << n << " pc " << engine.pc);
          const StepPlace place = PlaceOf(command, engine, kb, oy, ox, n);
          const StepPlace& want = page[static_cast<size_t>(n)];
          ASSERT_EQ(place.ky, want.ky);
          ASSERT_EQ(place.kx, want.kx);
          ASSERT_EQ(place.word, want.word);
          ASSERT_EQ(place.sub, want.sub);
          ASSERT_EQ(place.row, want.row);
          ASSERT_EQ(place.column, want.column);
          ASSERT_EQ(place.padding, want.padding);
          if (!want.padding) {
            ASSERT_EQ(place.address, want.address);
          }
          ASSERT_EQ(place.weight_address, want.weight_address);
        }
      }
    }
  }
}

TEST(StepsTest, AreThoseOfThePageForEveryArray) {
  for (const int pc : {2, 4, 8}) {
    for (const int pk : {8, 16, 32}) ExpectThePage({}, Engine(pc, pk));
  }
}

TEST(StepsTest, AreThoseOfThePageForAPackedImage) {
  Fields f;
  f.packed = 1;
  f.words = 1;
  ExpectThePage(f, Engine(8, 16));
  ExpectThePage(f, Engine(2, 32));
}

TEST(StepsTest, AreThoseOfThePageForRandomCommands) {
  constexpr unsigned kSeed = 11;
  std::mt19937 random(kSeed);
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << kSeed << " round " << round);
    Fields f;
    f.src_base = pick(0, 4000);
    f.stride_h = pick(1, 4);
    f.stride_w = pick(1, 4);
    f.pitch = pick(1, 50);
    f.ring = f.pitch * pick(f.stride_h, 9);
    f.row_start = pick(0, f.ring - 1);
    f.block_pitch = pick(0, 500);
    f.iy0 = pick(-4, 3);
    f.ix0 = pick(-4, 3);
    f.in_rows = pick(1, 12);
    f.in_cols = pick(1, 12);
    f.kernel_h = pick(1, 5);
    f.kernel_w = pick(1, 5);
    f.words = pick(1, 8);
    f.weight_base = pick(0, 1023);
    f.kblock_words = pick(1, 1000);
    ExpectThePage(f, Engine(1 << pick(1, 3), 8 << pick(0, 2)));
  }
}

TEST(StepsTest, APairsPixelIsOneWord) {
  Fields f;
  f.pair = 1;
  EXPECT_EQ(ShapeOf(CommandOf(f), Engine(8, 32)).words_per_pixel, 1);
  EXPECT_TRUE(ShapeOf(CommandOf(f), Engine(8, 32)).pair);
  f.pair = 0;
  EXPECT_EQ(ShapeOf(CommandOf(f), Engine(8, 32)).words_per_pixel, 4);
}

}  // namespace
}  // namespace fragua::sim

// fr_compute on maps that lie anywhere: cut from much larger ones, with rows, channel blocks and
// groups that follow each other backwards. All offsets are of 16 bits and wrap there.

#include "support/compute_scenario.h"

namespace fragua::rtltest {
namespace {

using Scenario = ComputeScenario;

constexpr int kRing = 65535;  // the longest: row offsets do not wrap before it

int Sixteen(int64_t value) { return static_cast<int>(value & 0xFFFF); }

int64_t Random16(Random& random, int64_t most) {
  return random.Range(0, static_cast<uint32_t>(most));
}

// The same words of the source, as a part of a larger map: where there is no padding, any number of
// rows and columns may lie before and behind.
void CutFromLarger(regs::Command& c, const Layer& layer, int per_pixel, Random& random) {
  const int64_t before_rows = layer.pad_top == 0 ? Random16(random, 32700) : 0;
  const int64_t before_cols = layer.pad_left == 0 ? Random16(random, 32700) : 0;
  const int64_t rows = c.Get(compute::kInRows) + before_rows;
  const int64_t cols = c.Get(compute::kInCols) + before_cols;
  c.Set(compute::kInRows, layer.pad_bottom == 0 ? rows + Random16(random, 65535 - rows) : rows)
      .Set(compute::kInCols, layer.pad_right == 0 ? cols + Random16(random, 65535 - cols) : cols)
      .Set(compute::kIy0, c.Get(compute::kIy0) + before_rows)
      .Set(compute::kIx0, c.Get(compute::kIx0) + before_cols)
      .Set(compute::kSrcBase, Sixteen(c.Get(compute::kSrcBase) - before_cols * per_pixel));
}

// The `lines` rows of a source or a destination from the last to the first, in the same words.
void TurnRows(regs::Command& c, const regs::Field& base, const regs::Field& start,
              const regs::Field& pitch, const regs::Field& ring, int64_t lines, Random& random) {
  const int64_t back = (lines - 1) * c.Get(pitch);
  const int64_t above = Random16(random, kRing - 1 - back);  // of the lowest row's offset
  c.Set(base, Sixteen(c.Get(base) - above))
      .Set(start, above + back)
      .Set(pitch, kRing - c.Get(pitch))
      .Set(ring, kRing);
}

// `count` steps of `step` from the last to the first, in the same words.
void TurnSteps(regs::Command& c, const regs::Field& base, const regs::Field& step, int64_t count) {
  c.Set(base, Sixteen(c.Get(base) + (count - 1) * c.Get(step))).Set(step, Sixteen(-c.Get(step)));
}

TEST(ComputePlacesTest, MapsLieAnywhere) {
  Scenario scenario(Seed(41));
  Random& random = scenario.random;
  int ran = 0, turned = 0, turned_results = 0;
  for (int attempt = 0; attempt < 400; ++attempt) {
    Layer layer = RandomLayer(random);
    layer.ring_slots = 0;
    layer.pool_first = true;  // what the line buffer has held before is another test's matter
    layer.pool_row_phase = 0;
    if (!Fits(layer)) continue;
    const int from = random.Chance(70) ? Scenario::kAct : Scenario::kSqueeze;
    const int to = static_cast<int>(random.Range(0, 2));
    regs::Command c;
    try {
      c = scenario.Build(layer, from, to);
    } catch (const std::out_of_range&) {
      continue;  // too large for this shape's buffers
    }
    const int per_pixel = layer.packed ? 1 : scenario.ppx();
    CutFromLarger(c, layer, per_pixel, random);
    TurnSteps(c, compute::kSrcBase, compute::kSrcBlockPitch,
              (layer.channel_words + per_pixel - 1) / per_pixel);
    if (layer.grouped) TurnSteps(c, compute::kSrcBase, compute::kSrcGroupStep, layer.kblocks);
    if (layer.stride_h == 1) {  // a step of rows must not be longer than the ring
      TurnRows(c, compute::kSrcBase, compute::kSrcRowStart, compute::kSrcRowPitch,
               compute::kSrcRing, layer.rows - 1 + layer.kernel_h, random);
      ++turned;
    }
    const bool pooled = layer.pool_mode == 1 || layer.pool_mode == 2;
    const int rows = pooled ? layer.rows / 2 + 1 : layer.pool_mode == 3 ? 1 : layer.rows;
    if (to != Scenario::kStream &&
        c.Get(compute::kDstRing) >= rows * c.Get(compute::kDstRowPitch)) {
      TurnSteps(c, compute::kDstBase, compute::kDstBlockPitch, layer.kblocks);
      TurnRows(c, compute::kDstBase, compute::kDstRowStart, compute::kDstRowPitch,
               compute::kDstRing, rows, random);
      ++turned_results;
    }
    scenario.Send(c);
    scenario.Finish("layer " + std::to_string(attempt));
    if (::testing::Test::HasFailure()) return;
    ++ran;
  }
  EXPECT_GE(ran, 50);
  EXPECT_GE(turned, 25);
  EXPECT_GE(turned_results, 10);
  scenario.CompareBuffers("maps anywhere");
}

}  // namespace
}  // namespace fragua::rtltest

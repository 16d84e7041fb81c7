// fr_compute: pooling of maps cut at any row against the window definition.

#include <algorithm>
#include <vector>

#include "support/compute_scenario.h"

namespace fragua::rtltest {
namespace {

using Scenario = ComputeScenario;

// Maxima over the windows of a whole map; map[y][x] is a pixel of `ppx` words.
using Map = std::vector<std::vector<std::vector<uint64_t>>>;

uint64_t MaxBytes(uint64_t a, uint64_t b) {
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) {
    out |= uint64_t{static_cast<uint8_t>(std::max(ByteOf(a, i), ByteOf(b, i)))} << (8 * i);
  }
  return out;
}

struct PoolCase {
  int mode, pad_top, pad_left;
  bool ceil;
};

class PoolCutMaps : public ::testing::TestWithParam<PoolCase> {};

TEST_P(PoolCutMaps, EqualTheWindowDefinition) {
  const auto [mode, pad_top, pad_left, ceil] = GetParam();
  const int size = mode == 1 ? 3 : 2;
  const auto Windows = [&](int length, int pad) {
    const int rest = length + pad - size;
    const int count = rest < 0 ? 0 : (ceil ? (rest + 1) / 2 : rest / 2) + 1;
    return count;
  };
  Scenario scenario(Seed(29));
  const int ppx = scenario.ppx();
  int maps = 0;
  for (int round = 0; round < 40; ++round) {
    const int height = static_cast<int>(scenario.random.Range(1, 9));
    const int width = static_cast<int>(scenario.random.Range(1, 9));
    const int out_rows = Windows(height, pad_top);
    // A row narrower than a window still has the window that its last column ends.
    const int out_cols = std::max(1, Windows(width, pad_left));
    if (out_rows == 0) continue;
    Layer layer{.channel_words = 1,
                .rows = height,
                .cols = width,
                .kblocks = static_cast<int>(scenario.random.Range(1, 2))};
    layer.pool_mode = mode;
    layer.pool_pad_left = pad_left;
    layer.pool_cols = out_cols;
    regs::Command whole;
    try {
      whole = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
    } catch (const std::out_of_range&) {
      continue;
    }
    ++maps;
    // The map without pooling.
    ComputeReference plain = scenario.reference;
    plain.requantised.clear();
    plain.Run(regs::Command(whole).Set(compute::kPoolMode, 0));
    // Cut at any rows.
    std::vector<int> cuts{0};
    while (cuts.back() < height) {
      cuts.push_back(std::min(height, cuts.back() + static_cast<int>(scenario.random.Range(1, 4))));
    }
    std::vector<uint64_t> expected;
    for (size_t s = 0; s + 1 < cuts.size(); ++s) {
      const int first = cuts[s];
      const int last = cuts[s + 1] - 1;
      regs::Command part = whole;
      const int64_t ring = whole.Get(compute::kSrcRing);
      part.Set(compute::kOutRows, last - first + 1)
          .Set(compute::kIy0, first)
          .Set(compute::kSrcRowStart,
               (whole.Get(compute::kSrcRowStart) + first * whole.Get(compute::kSrcRowPitch)) % ring)
          .Set(compute::kPoolRowPhase, (first + pad_top) % 2)
          .Set(compute::kPoolFirst, first == 0)
          .Set(compute::kPoolLast, ceil && last == height - 1);
      scenario.Send(part);
      for (int kb = 0; kb < layer.kblocks; ++kb) {
        for (int j = 0; j < out_rows; ++j) {
          const int top = std::max(0, 2 * j - pad_top);
          const int bottom = std::min(height - 1, 2 * j - pad_top + size - 1);
          if (bottom < first || bottom > last) continue;  // leaves with its last row
          for (int i = 0; i < out_cols; ++i) {
            for (int w = 0; w < ppx; ++w) {
              uint64_t best = 0x8080808080808080u;
              for (int y = top; y <= bottom; ++y) {
                for (int x = std::max(0, 2 * i - pad_left);
                     x <= std::min(width - 1, 2 * i - pad_left + size - 1); ++x) {
                  const size_t at = static_cast<size_t>(((kb * height + y) * width + x) * ppx + w);
                  best = MaxBytes(best, plain.requantised[at]);
                }
              }
              expected.push_back(best);
            }
          }
        }
      }
    }
    const std::string name = std::to_string(height) + "x" + std::to_string(width) + " in " +
                             std::to_string(cuts.size() - 1) + " parts";
    scenario.bench.Drain(20000);
    ASSERT_EQ(scenario.bench.stream, expected) << name;
    scenario.Finish(name);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(maps, 10);
}

INSTANTIATE_TEST_SUITE_P(ComputeControlTest, PoolCutMaps,
                         ::testing::Values(PoolCase{1, 0, 0, true}, PoolCase{1, 0, 0, false},
                                           PoolCase{1, 1, 1, true}, PoolCase{1, 1, 1, false},
                                           PoolCase{1, 0, 1, true}, PoolCase{2, 0, 0, true},
                                           PoolCase{2, 0, 0, false}));

}  // namespace
}  // namespace fragua::rtltest

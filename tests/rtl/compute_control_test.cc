// fr_compute: tokens, errors, halt and reset, blocked output, cycle counts, and pooling of cut maps
// against the window definition.

#include "support/compute_scenario.h"

namespace fragua::rtltest {
namespace {

using Scenario = ComputeScenario;

constexpr int kParts = 8 / FRAGUA_PC;
constexpr int kSpacing = FRAGUA_PK / FRAGUA_LANES;

// Channel words that keep the array busy at every pixel.
constexpr int kFullWords = kSpacing > 2 * kParts ? kSpacing / kParts : 2;

TEST(ComputeControlTest, SteadyStateHasNoBubbles) {
  Scenario scenario(Seed(21));
  const Layer layer{.channel_words = kFullWords, .rows = 4, .cols = 11, .kblocks = 3};
  scenario.Send(scenario.Build(layer, Scenario::kAct, Scenario::kStream));
  scenario.bench.events = {};
  scenario.bench.first_step_cycle = 0;
  scenario.Finish("steady state");
  const int64_t steps = int64_t{4} * 11 * 3 * kFullWords * kParts;
  const auto& events = scenario.bench.events;
  EXPECT_EQ(events.step, steps);
  EXPECT_EQ(events.wait_requant, 0);
  EXPECT_EQ(events.wait_output, 0);
  EXPECT_EQ(scenario.bench.last_step_cycle - scenario.bench.first_step_cycle + 1,
            static_cast<uint64_t>(steps + 2 * kParts));
}

// docs/ENGINE.md, "Timing of COMPUTE".
TEST(ComputeControlTest, ResultsTokensAndDrainTakeTheirStatedTime) {
  if (FRAGUA_PC != 8 || FRAGUA_LANES != 8) GTEST_SKIP() << "stated for PC 8, LANES 8";
  Scenario scenario(Seed(30));
  const Layer layer{.channel_words = kFullWords, .rows = 2, .cols = 4};
  regs::Command first = scenario.Build(layer, Scenario::kAct, Scenario::kSqueeze);
  first.Set(regs::header::kPost, regs::kTokenCl);
  scenario.Send(first);
  scenario.Send(scenario.Build(layer, Scenario::kAct, Scenario::kStream, true));
  auto& bench = scenario.bench;
  bench.events = {};
  const int64_t steps = int64_t{8} * kFullWords;
  uint64_t last_step = 0;
  while (bench.events.step <= steps) {
    if (bench.events.step == steps && last_step == 0) last_step = bench.last_step_cycle;
    bench.Cycle();
  }
  // Events are seen one cycle late, the post one cycle after the write.
  EXPECT_EQ(bench.post_cycles.at(0) - last_step, 27u + FRAGUA_PK / 8);
  EXPECT_EQ(bench.last_step_cycle - last_step, 31u + FRAGUA_PK / 8);
  scenario.Finish("drain");
}

TEST(ComputeControlTest, CommandsFollowWithoutDeadCycles) {
  Scenario scenario(Seed(22));
  const Layer layer{.channel_words = kFullWords, .rows = 3, .cols = 6};
  const regs::Command first = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  const regs::Command second = scenario.Build(layer, Scenario::kSqueeze, Scenario::kStream);
  scenario.Send(first);
  scenario.Send(second);
  scenario.bench.first_step_cycle = 0;
  scenario.Finish("two commands");
  const int64_t steps = int64_t{2} * 3 * 6 * kFullWords * kParts;
  EXPECT_EQ(scenario.bench.last_step_cycle - scenario.bench.first_step_cycle + 1,
            static_cast<uint64_t>(steps + kParts));
}

TEST(ComputeControlTest, ShortPixelsWaitForTheLanes) {
  Scenario scenario(Seed(23));
  const Layer layer{.channel_words = 1, .rows = 3, .cols = 9};
  scenario.Send(scenario.Build(layer, Scenario::kAct, Scenario::kStream));
  scenario.bench.events = {};
  scenario.Finish("one word per pixel");
  EXPECT_EQ(scenario.bench.events.step, 27 * kParts);
  EXPECT_EQ(scenario.bench.events.wait_requant, 26 * std::max(0, kSpacing - kParts));
}

TEST(ComputeControlTest, BlockedStreamHoldsTheArrayAndLosesNothing) {
  Scenario scenario(Seed(24));
  const Layer layer{.channel_words = kFullWords, .rows = 4, .cols = 12, .kblocks = 2};
  regs::Command command = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  command.Set(regs::header::kFlags, compute::kFlagStamp);
  scenario.Send(command);
  scenario.bench.events = {};
  scenario.bench.ready_percent = 0;
  for (int i = 0; i < 1500; ++i) scenario.bench.Cycle();
  EXPECT_TRUE(scenario.bench.stream.empty());
  EXPECT_GT(scenario.bench.events.wait_output, 700);
  const int64_t held = scenario.bench.events.step;
  for (int i = 0; i < 50; ++i) scenario.bench.Cycle();
  EXPECT_EQ(scenario.bench.events.step, held);
  scenario.bench.ready_percent = 100;
  scenario.Finish("after a blocked stream");
}

TEST(ComputeControlTest, TokensAreTakenOnceAndTogether) {
  Scenario scenario(Seed(25));
  const Layer layer{.channel_words = 2, .rows = 2, .cols = 3};
  regs::Command command = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  command.Set(regs::header::kWait, regs::kTokenLcw | regs::kTokenLca)
      .Set(regs::header::kPost, regs::kTokenCl);
  scenario.Send(command);
  auto& bench = scenario.bench;
  bench.events = {};
  for (int i = 0; i < 50; ++i) bench.Cycle();
  EXPECT_GT(bench.events.wait_weights, 40);
  EXPECT_EQ(bench.events.wait_act, 0);
  bench.tokens[0] = 2;
  for (int i = 0; i < 50; ++i) bench.Cycle();
  EXPECT_GT(bench.events.wait_act, 40);
  EXPECT_EQ(bench.taken[0], 0);
  EXPECT_EQ(bench.events.step, 0);
  EXPECT_TRUE(bench.post_cycles.empty());
  bench.tokens[1] = 1;
  scenario.Finish("with tokens");
  EXPECT_EQ(bench.taken[0], 1);
  EXPECT_EQ(bench.taken[1], 1);
  EXPECT_EQ(bench.tokens[0], 1);
}

TEST(ComputeControlTest, DrainWaitsForTheResultsItReads) {
  Scenario scenario(Seed(26));
  for (int round = 0; round < 8; ++round) {
    // The second command reads the word that the first one writes last.
    Layer layer{.channel_words = FRAGUA_PK / 8, .rows = 1, .cols = 4};
    regs::Command first = scenario.Build(layer, Scenario::kAct, Scenario::kSqueeze);
    regs::Command second = scenario.Build(layer, Scenario::kSqueeze, Scenario::kStream, true);
    second.Set(compute::kSrcBase, first.Get(compute::kDstBase))
        .Set(compute::kSrcRowStart, first.Get(compute::kDstRowStart))
        .Set(compute::kSrcRing, 65535);
    scenario.Send(first);
    scenario.Send(second);
    scenario.Finish("a command that reads the one before, round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

TEST(ComputeControlTest, BadShapesStopWithTheirTag) {
  struct Case {
    const regs::Field& field;
    int64_t value;
  };
  const Case cases[] = {{compute::kOutRows, 0},
                        {compute::kOutCols, 0},
                        {compute::kKernelH, 0},
                        {compute::kKernelW, 0},
                        {compute::kStrideH, 0},
                        {compute::kStrideW, 0},
                        {compute::kChannelWords, 0},
                        {compute::kKblocks, 0},
                        {compute::kKblockWords, FRAGUA_WEIGHT_WORDS + 1},
                        {compute::kDstSelect, 3},
                        {compute::kPoolMode, 4}};
  Scenario scenario(Seed(27));
  const Layer layer{.channel_words = 2, .rows = 2, .cols = 3};
  const regs::Command good = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  for (const auto& [field, value] : cases) {
    regs::Command bad = good;
    bad.Set(field, value).Set(regs::header::kTag, 0xBAD00000u + static_cast<uint32_t>(value));
    auto& bench = scenario.bench;
    bench.commands.push_back(bad);
    bench.events = {};
    for (int i = 0; i < 40; ++i) bench.Cycle();
    EXPECT_EQ(bench.model().error_valid_o, 1) << field.name;
    EXPECT_EQ(bench.model().error_code_o, static_cast<int>(regs::ErrorCode::kBadShape));
    EXPECT_EQ(bench.model().error_tag_o, 0xBAD00000u + static_cast<uint32_t>(value));
    EXPECT_EQ(bench.events.step, 0) << field.name;
    bench.Reset();
    EXPECT_EQ(bench.model().error_valid_o, 0) << field.name;
  }
  scenario.Send(good);
  scenario.Finish("a good command after bad ones");
}

TEST(ComputeControlTest, HaltStopsStepsAndResetClearsEverythingButMemories) {
  Scenario scenario(Seed(28));
  const Layer layer{.channel_words = 2, .rows = 4, .cols = 9, .kblocks = 2};
  regs::Command command = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  command.Set(regs::header::kFlags, compute::kFlagStamp).Set(regs::header::kPost, regs::kTokenCl);
  auto& bench = scenario.bench;
  for (int cut : {3, 7, 20, 35, 60, 130}) {
    bench.commands.push_back(command);
    bench.commands.push_back(command);
    bench.ready_percent = cut % 2 == 0 ? 100 : 30;
    for (int i = 0; i < cut; ++i) bench.Cycle();
    bench.model().halt_i = 1;
    bench.Cycle();
    bench.Cycle();
    bench.events = {};
    for (int i = 0; i < 20; ++i) bench.Cycle();
    EXPECT_EQ(bench.events.step, 0) << "halted after " << cut;
    bench.commands.clear();
    bench.model().cmd_valid_i = 0;
    bench.Reset();
    bench.model().halt_i = 0;
    bench.Forget();
    EXPECT_EQ(bench.model().busy_o, 0);
    bench.ready_percent = 100;
    scenario.Send(command);
    scenario.Finish("after a halt at cycle " + std::to_string(cut));
    if (HasFatalFailure()) return;
  }
}

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

// fr_compute against the plain reference: layer kinds, the ends of its numbers, random layers back
// to back.

#include <utility>

#include "support/compute_layer_table.h"
#include "support/compute_scenario.h"

namespace fragua::rtltest {
namespace {

using Scenario = ComputeScenario;

TEST(ComputeTest, BuffersReadBackWhatWasLoaded) {
  Scenario scenario(Seed(11));
  scenario.CompareBuffers("after loading");
}

TEST(ComputeTest, EveryLayerKindFromEverySourceToEveryDestination) {
  Scenario scenario(Seed(12));
  int ran = 0;
  for (const auto& [name, layer] : LayerTable()) {
    if (!Fits(layer)) continue;
    for (int from : {Scenario::kAct, Scenario::kSqueeze}) {
      for (int to : {Scenario::kAct, Scenario::kSqueeze, Scenario::kStream}) {
        try {
          scenario.Send(scenario.Build(layer, from, to));
        } catch (const std::out_of_range&) {
          continue;  // too large for this shape's buffers
        }
        ++ran;
        scenario.Finish(std::string(name) + " from " + std::to_string(from) + " to " +
                        std::to_string(to));
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GE(ran, 50);
  scenario.CompareBuffers("all layer kinds");
}

TEST(ComputeTest, SumsReachTheEndsOfTheAccumulator) {
  Scenario scenario(Seed(14));
  const ComputeShape& shape = scenario.shape;
  const int64_t limit = (int64_t{1} << (shape.acc_bits - 1)) - 1;
  const int parts = shape.param_words();
  const int tap_words = static_cast<int>(
      std::min<int64_t>({limit / (8 * 127 * 128), shape.weight_words / parts - 1, 255}));
  for (int act : {-128, 127}) {
    for (int weight : {-127, 127}) {
      const int64_t sum = int64_t{tap_words} * 8 * act * weight;
      const int64_t room = std::min(limit - std::abs(sum), (int64_t{1} << 26) - 1);
      for (int64_t bias : {sum < 0 ? -room : room, sum < 0 ? room : -room, int64_t{0}}) {
        const std::pair<uint64_t, int> factors[] = {{0x7fffffff, 0},
                                                    {uint64_t{1} << 30, shape.acc_bits - 9},
                                                    {0x5a5a5a5b, shape.acc_bits - 8},
                                                    {0x7fffffff, 31}};
        for (const auto& [m, shift] : factors) {
          regs::Command c = scenario.BuildConstant(tap_words, act, weight, bias, m, shift);
          scenario.Send(c.Set(compute::kActMin, -128).Set(compute::kActMax, 127));
        }
      }
    }
  }
  if (limit - int64_t{tap_words} * 8 * 127 * 128 < int64_t{1} << 26) {
    EXPECT_EQ(scenario.reference.largest_sum, limit);  // else the bias does not reach so far
  }
  scenario.Finish("ends of the accumulator");
}

// Row offsets as far as they reach in a buffer of 65536 words; the base brings the words back into
// this one.
TEST(ComputeTest, RowOffsetsHaveSixteenBits) {
  Scenario scenario(Seed(16));
  const Layer layer{.kernel_h = 2, .channel_words = 2, .rows = 3, .cols = 4, .kblocks = 2};
  for (const auto& [from, to] : {std::pair{Scenario::kAct, Scenario::kSqueeze},
                                 {Scenario::kSqueeze, Scenario::kAct},
                                 {Scenario::kAct, Scenario::kAct}}) {
    for (const int offset : {0x9000, 0xf000}) {
      regs::Command c = scenario.Build(layer, from, to);
      c.Set(compute::kSrcBase, (c.Get(compute::kSrcBase) - offset) & 0xffff)
          .Set(compute::kSrcRowStart, offset)
          .Set(compute::kSrcRing, 0xffff)
          .Set(compute::kDstBase, (c.Get(compute::kDstBase) - offset) & 0xffff)
          .Set(compute::kDstRowStart, offset)
          .Set(compute::kDstRing, 0xffff);
      scenario.Send(c);
      scenario.Finish("offset " + std::to_string(offset));
      if (HasFatalFailure()) return;
    }
  }
  scenario.CompareBuffers("large row offsets");
}

// Maps of as many rows, columns and K-blocks as the fields can say, nearly all of them padding.
TEST(ComputeTest, MapsAreAsLargeAsTheirFieldsSay) {
  Scenario scenario(Seed(19));
  constexpr int kMost = 65535;
  constexpr int kBefore = 1000;  // padded rows or columns before the three that are there
  constexpr int kAfter = kMost - kBefore - 3;
  const Layer layers[] = {
      {.pad_left = kBefore, .pad_right = kAfter, .channel_words = 1, .rows = 1, .cols = kMost},
      {.pad_top = kBefore,
       .pad_bottom = kAfter,
       .channel_words = 1,
       .rows = kMost,
       .cols = 1,
       .ring_slots = 1},
      {.channel_words = 1, .rows = 1, .cols = 2, .kblocks = 255}};
  const ComputeShape& shape = scenario.shape;
  for (const Layer& layer : layers) {
    // 255 K-blocks of one tap have more weights than some shapes hold.
    if (layer.kblocks * 2 * shape.param_words() > shape.weight_words) continue;
    // As many windows as there can be are counted, too, though nothing is pooled.
    scenario.Send(
        scenario.Build(layer, Scenario::kAct, Scenario::kStream).Set(compute::kPoolCols, kMost));
    scenario.Finish(std::to_string(layer.rows) + "x" + std::to_string(layer.cols) + "x" +
                    std::to_string(layer.kblocks));
    if (HasFatalFailure()) return;
  }
}

// Products a hair below and a hair above every value at which the result changes: less than 2^-14
// of a step of the first rounding away, where a random product hardly ever falls.
TEST(ComputeTest, RoundingChangesExactlyWhereItShould) {
  Scenario scenario(Seed(15));
  const int64_t one = int64_t{1} << 31;
  int below = 0;
  for (int shift = 0; shift <= 16; ++shift) {
    for (int result : {0, 1, -1, 2, -2, 5, -6, 60, -61, 120, -121}) {
      const int64_t tie = (int64_t{result} << shift) + (shift > 0 ? int64_t{1} << (shift - 1) : 0);
      for (const int64_t t : {tie - 1, tie, tie + 1}) {
        if (t == 0 || std::abs(t) >= 1 << 16) continue;  // x has to stay below 2^17
        const int64_t x = t + t / 2 + (t > 0 ? 1 : -1);
        // x * m + 2^30 is the last value before t * 2^31 that this x can make, then the first that
        // is not before.
        const int64_t last = t * one - 1 - (int64_t{1} << 30);
        const int64_t m = x > 0 ? last / x : (last + x + 1) / x;
        for (const int64_t factor : {m, x > 0 ? m + 1 : m - 1}) {
          if (factor < one / 2 || factor >= one) continue;
          const int64_t short_of = t * one - (x * factor + (int64_t{1} << 30));
          ASSERT_LE(std::abs(short_of), 1 << 17) << "t " << t << ", shift " << shift;
          below += short_of > 0 ? 1 : 0;
          regs::Command c =
              scenario.BuildConstant(1, 0, 0, x, static_cast<uint64_t>(factor), shift);
          scenario.Send(c.Set(compute::kActMin, -128).Set(compute::kActMax, 127));
        }
      }
    }
    scenario.Finish("ties of shift " + std::to_string(shift));
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(below, 300);
}

struct Conditions {
  int ready_percent, load_percent, command_percent;
};

class RandomCommands : public ::testing::TestWithParam<Conditions> {};

TEST_P(RandomCommands, BackToBackMatchTheReference) {
  const uint32_t seed = Seed(1300);
  for (uint32_t round = 0; round < 4; ++round) {
    Scenario scenario(seed + round);
    scenario.bench.ready_percent = GetParam().ready_percent;
    scenario.bench.load_percent = GetParam().load_percent;
    scenario.bench.command_percent = GetParam().command_percent;
    // The line buffer is only reachable by pooling: give it known words.
    Layer fill{
        .channel_words = 1,
        .rows = 1,
        .cols = FRAGUA_POOL_WORDS / (FRAGUA_PK / 8) * 2 + 1,  // the last column is in no window
        .pool_mode = 2,
        .pool_first = true};
    fill.pool_cols = fill.cols / 2;
    fill.ring_slots = 1;
    fill.pad_left = fill.cols - 1;
    scenario.Send(scenario.Build(fill, Scenario::kAct, Scenario::kStream));
    scenario.bench.token_percent = 10;
    std::array<int64_t, 2> expected_taken{};
    for (int batch = 0; batch < 12; ++batch) {
      int queued = 0;
      int steps = 0;
      const int wanted = static_cast<int>(scenario.random.Range(1, 9));
      for (int attempt = 0; attempt < 100 && queued < wanted && steps < 4000; ++attempt) {
        const Layer layer = RandomLayer(scenario.random);
        if (!Fits(layer)) continue;
        const bool drain = scenario.random.Chance(25);
        const int from = scenario.random.Chance(70) ? Scenario::kAct : Scenario::kSqueeze;
        int to = static_cast<int>(scenario.random.Range(0, 2));
        if (drain && to == from) to = Scenario::kStream;
        regs::Command command;
        try {
          command = scenario.Build(layer, from, to, drain, scenario.random.Chance(10));
        } catch (const std::out_of_range&) {
          continue;
        }
        int64_t flags = command.Get(regs::header::kFlags);
        if (scenario.random.Chance(25)) flags |= compute::kFlagStamp;
        command.Set(regs::header::kFlags, flags);
        if (scenario.random.Chance(50)) command.Set(regs::header::kPost, regs::kTokenCl);
        if (scenario.random.Chance(30)) {
          const uint32_t wait = scenario.random.Range(1, 3);
          command.Set(regs::header::kWait, wait);
          for (uint32_t bit : {0u, 1u}) expected_taken[bit] += (wait >> bit) & 1;
        }
        scenario.Send(command);
        ++queued;
        steps += layer.kernel_h * layer.kernel_w * layer.channel_words * layer.rows * layer.cols *
                 layer.kblocks;
        // Loads go to their own quarter while results are written.
        for (int i = 0; i < 40; ++i) {
          const int at = static_cast<int>(
              scenario.random.Range(static_cast<uint32_t>(scenario.shape.act_words * 3 / 4),
                                    static_cast<uint32_t>(scenario.shape.act_words - 1)));
          const uint64_t word = scenario.SomeWord();
          scenario.bench.loads.push_back({static_cast<uint16_t>(at), word});
          scenario.pending_loads.push_back({static_cast<uint16_t>(at), word});
        }
      }
      scenario.Finish("round " + std::to_string(round) + " batch " + std::to_string(batch));
      EXPECT_EQ(scenario.bench.taken, expected_taken);
      if (HasFatalFailure()) return;
    }
    scenario.CompareBuffers("round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(ComputeTest, RandomCommands,
                         ::testing::Values(Conditions{100, 100, 100}, Conditions{60, 50, 100},
                                           Conditions{15, 100, 30}));

}  // namespace
}  // namespace fragua::rtltest

// fr_compute: tokens, errors, halt and reset, blocked output, cycle counts.

#include "support/compute_scenario.h"

namespace fragua::rtltest {
namespace {

using Scenario = ComputeScenario;

constexpr int kParts = 8 / FRAGUA_PC;
constexpr int kSpacing = FRAGUA_PK / FRAGUA_LANES;

constexpr int kQueueWords = 64;  // of the result queue
constexpr int kStageWords = 4;   // words that leave it for the pooling and writing stages

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
  // Every word that the queue has is lent, and the stages behind it are full; the next pixel waits
  // with its last step.
  constexpr int kPixelSteps = kFullWords * kParts;
  EXPECT_EQ(held % kPixelSteps, kPixelSteps - 1);
  EXPECT_EQ(held / kPixelSteps * (FRAGUA_PK / 8), kQueueWords + kStageWords);
  for (int i = 0; i < 50; ++i) scenario.bench.Cycle();
  EXPECT_EQ(scenario.bench.events.step, held);
  scenario.bench.ready_percent = 100;
  scenario.Finish("after a blocked stream");
}

// More commands than the result side takes, none of them with as many results as the queue of
// results holds.
TEST(ComputeControlTest, CommandsWaitForTheResultsOfThoseBefore) {
  Scenario scenario(Seed(31));
  constexpr int kCommands = 12;
  for (int i = 0; i < kCommands; ++i) {
    scenario.Send(scenario.Build({.channel_words = 1, .rows = 1, .cols = 1}, Scenario::kAct,
                                 Scenario::kStream));
  }
  auto& bench = scenario.bench;
  bench.ready_percent = 0;
  bench.events = {};
  for (int i = 0; i < 500; ++i) bench.Cycle();
  const int64_t begun = bench.events.step / kParts;
  EXPECT_GE(begun, 5);
  // It is not the room for results that they wait for.
  EXPECT_LE(begun * (FRAGUA_PK / 8), kQueueWords / 2);
  EXPECT_FALSE(bench.commands.empty());
  EXPECT_GT(bench.events.wait_output, 300);
  bench.ready_percent = 100;
  scenario.Finish("commands behind a blocked stream");
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
                        {compute::kKblockWords, 0xAAAA},
                        {compute::kKblockWords, 0xFFFF},
                        {compute::kDstSelect, 3},
                        {compute::kPoolMode, 4},
                        {compute::kPoolMode, 7},
                        {compute::kPair, 1}};  // of three columns
  Scenario scenario(Seed(27));
  const Layer layer{.channel_words = 2, .rows = 2, .cols = 3};
  const regs::Command good = scenario.Build(layer, Scenario::kAct, Scenario::kStream);
  for (const auto& [field, value] : cases) {
    regs::Command bad = good;
    const auto tag = scenario.random.Half();
    bad.Set(field, value).Set(regs::header::kTag, tag);
    auto& bench = scenario.bench;
    bench.commands.push_back(bad);
    bench.events = {};
    for (int i = 0; i < 40; ++i) bench.Cycle();
    EXPECT_EQ(bench.model().error_valid_o, 1) << field.name;
    EXPECT_EQ(bench.model().error_code_o, static_cast<int>(regs::ErrorCode::kBadShape));
    EXPECT_EQ(bench.model().error_tag_o, tag);
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

}  // namespace
}  // namespace fragua::rtltest

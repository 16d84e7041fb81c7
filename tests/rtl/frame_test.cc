// The engine's frame around a stand-in compute unit: commands, tokens, data paths and counters over
// buses that stall.

#include "support/frame_bench.h"

namespace fragua::rtltest {
namespace {

TEST_P(FrameTest, CopiesActivationsOfEveryShape) {
  uint32_t value = 0;
  for (const auto& [words, runs] :
       {std::pair{1u, 1u}, {1u, 7u}, {15u, 3u}, {16u, 1u}, {17u, 5u}, {200u, 2u}}) {
    CopyThrough(words, runs, false, ++value);
    if (HasFatalFailure()) return;
  }
}

TEST_P(FrameTest, CopiesWeightsAndWrapsInTheirBuffer) {
  uint32_t value = 100;
  for (const auto& [words, runs] : {std::pair{16u, 1u}, {16u, 5u}, {64u, 4u}}) {
    CopyThrough(words, runs, true, ++value);
    if (HasFatalFailure()) return;
  }
}

TEST_P(FrameTest, CountsAddUpAndBeatsAreThoseOfTheBus) {
  CopyThrough(200, 2, false, 1);
  uint32_t sum = 0;
  for (uint32_t offset = regs::kRegCountCompute; offset <= regs::kRegCountIdle; offset += 4) {
    sum += engine_.Read(offset);
  }
  EXPECT_EQ(engine_.Read(regs::kRegCountCycles), sum);
  EXPECT_EQ(engine_.Read(regs::kRegCountCompute), 400u);
  EXPECT_EQ(engine_.Read(regs::kRegCountReadBeats), 400u + 4 * 8);
  EXPECT_EQ(engine_.Read(regs::kRegCountReadBeats), engine_.memory.read_beats());
  EXPECT_EQ(engine_.Read(regs::kRegCountWriteBeats), 400u);
}

// Two buffers in turn: tokens in both directions, more commands than the ring and the queues hold.
TEST_P(FrameTest, PipelinesManyTilesThroughTokens) {
  constexpr uint32_t kTiles = 24;
  constexpr uint32_t kWords = 60;
  std::vector<regs::Command> commands;
  for (uint32_t t = 0; t < kTiles; ++t) {
    regs::Command load = Load(kSource + t * kWords * 8, 0, kWords, 1, false, (t % 2) * kWords, 0);
    if (t >= 2) load = Wait(load, regs::kTokenCl);
    commands.push_back(Post(load, regs::kTokenLca));
    commands.push_back(Post(Wait(Echo((t % 2) * kWords, kWords), regs::kTokenLca), regs::kTokenCl));
    commands.push_back(Store(kTarget + t * kWords * 8, 0, kWords, 1));
  }
  commands.push_back(Signal(77));
  engine_.Submit(commands);
  ASSERT_TRUE(engine_.WaitIrq(200000));
  for (uint32_t i = 0; i < kTiles * kWords; ++i) {
    ASSERT_EQ(engine_.memory.Word(kTarget + 8 * i), engine_.memory.Word(kSource + 8 * i))
        << "tile " << i / kWords << " word " << i % kWords << ", seed " << seed_;
  }
  EXPECT_EQ(engine_.Read(regs::kRegHead), commands.size());
}

// A load that waits for SL reads back what the store before it wrote.
TEST_P(FrameTest, StoreIsInMemoryBeforeItsTokenIsGiven) {
  engine_.Submit(
      {Post(Load(kSource, 0, 100, 1, false, 0, 0), regs::kTokenLca),
       Wait(Echo(0, 100), regs::kTokenLca), Post(Store(kTarget, 0, 100, 1), regs::kTokenSl),
       Post(Wait(Load(kTarget, 0, 100, 1, false, 300, 0), regs::kTokenSl), regs::kTokenLca),
       Wait(Echo(300, 100), regs::kTokenLca), Store(kTarget + 0x2000, 0, 100, 1), Signal(5)});
  ASSERT_TRUE(engine_.WaitIrq(200000));
  for (uint32_t i = 0; i < 100; ++i) {
    ASSERT_EQ(engine_.memory.Word(kTarget + 0x2000 + 8 * i), engine_.memory.Word(kSource + 8 * i))
        << i;
  }
}

TEST_P(FrameTest, NothingIsFetchedWhileDisabled) {
  engine_.Write(regs::kRegControl, 0);
  engine_.Submit({Signal(3)});
  engine_.Run(300);
  EXPECT_EQ(engine_.Read(regs::kRegHead), 0u);
  EXPECT_EQ(engine_.Read(regs::kRegStatus), 0u);
  engine_.Write(regs::kRegControl, regs::kControlEnable.mask());
  EXPECT_TRUE(engine_.WaitIrq(3000));
  EXPECT_EQ(engine_.Read(regs::kRegSequence), 3u);
}

// One command alone on its way through queue and unit: the engine is busy without a gap, then no
// more.
TEST_P(FrameTest, IsBusyFromTheDoorbellToTheEnd) {
  for (const regs::Command& command :
       {Load(kSource, 0, 1, 1, false, 0, 0), Load(kSource, 0, 40, 2, false, 0, 40),
        Store(kTarget, 0, 1, 1), Signal(9), Echo(0, 1)}) {
    int rises = 0;
    bool busy = false;
    engine_.on_cycle = [&] {
      rises += engine_.bench->tap_busy_o && !busy ? 1 : 0;
      busy = engine_.bench->tap_busy_o != 0;
    };
    engine_.Submit({command});
    engine_.Run(3000);
    if (command.Get(regs::header::kOpcode) == static_cast<int64_t>(regs::Opcode::kStore)) {
      EXPECT_TRUE(busy) << "a store whose data have not come";
      engine_.Submit({Echo(0, 1)});
      engine_.Run(3000);
    }
    EXPECT_EQ(rises, 1) << "opcode " << command.Get(regs::header::kOpcode);
    EXPECT_FALSE(busy) << "opcode " << command.Get(regs::header::kOpcode);
    engine_.on_cycle = nullptr;
  }
}

INSTANTIATE_TEST_SUITE_P(Buses, FrameTest,
                         ::testing::Values("ideal", "slow", "stalling", "crawling"),
                         [](const auto& bus) { return bus.param; });

}  // namespace
}  // namespace fragua::rtltest

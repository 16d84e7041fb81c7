// The engine's frame around a stand-in compute unit that streams what LOAD has put into a buffer:
// commands, tokens, data paths, counters, faults and soft reset over buses that stall.

#include <map>

#include "support/engine_bench.h"

namespace fragua::rtltest {
namespace {

constexpr uint32_t kSource = EngineBench::kBase + 0x10000;
constexpr uint32_t kTarget = EngineBench::kBase + 0x80000;
constexpr uint32_t kSlices = 16;  // 64-bit words per weight word of the 8x16 array

regs::Command Echo(uint32_t from, uint32_t words, bool weights = false) {
  return regs::MakeCommand(regs::Opcode::kCompute)
      .Set(regs::compute::kSrcBase, from)
      .Set(regs::compute::kOutCols, words)
      .Set(regs::compute::kSrcSelect, weights ? 1 : 0);
}

const std::map<std::string, AxiStalls> kBuses = {
    {"ideal", {}},
    {"slow", {.latency_min = 20, .latency_max = 40}},
    {"stalling", {50, 50, 50, 50, 1, 60}},
    {"crawling", {90, 90, 90, 90, 1, 10}},
};

class FrameTest : public ::testing::TestWithParam<std::string> {
 protected:
  FrameTest() : seed_(Seed(11)), random_(seed_), engine_(seed_) {
    engine_.memory.stalls = kBuses.at(GetParam());
    for (uint32_t a = kSource; a < kSource + 0x40000; a += 8)
      engine_.memory.Word(a) = random_.Word();
    engine_.Configure();
  }
  void TearDown() override {
    for (const std::string& complaint : engine_.memory.complaints()) {
      ADD_FAILURE() << complaint << ", seed " << seed_;
    }
  }
  void ExpectIdle() {
    for (int i = 0; i < 50 && regs::kStatusBusy.Get(engine_.Read(regs::kRegStatus)); ++i) {
    }
    EXPECT_EQ(engine_.Read(regs::kRegStatus), 0u);
  }
  // The bus falls silent, with every burst ended; the error stays and is told once.
  void ExpectStopped() {
    engine_.Run(2500);
    EXPECT_EQ(engine_.memory.reads_in_flight() + engine_.memory.writes_in_flight(), 0u);
    const uint64_t beats = engine_.memory.read_beats() + engine_.memory.write_beats();
    const uint32_t code = engine_.Read(regs::kRegErrorCode);
    const uint32_t head = engine_.Read(regs::kRegHead);
    engine_.Write(regs::kRegIrqStatus, regs::kIrqStatusError.mask());
    engine_.Run(200);
    EXPECT_EQ(engine_.memory.read_beats() + engine_.memory.write_beats(), beats);
    EXPECT_EQ(engine_.Read(regs::kRegErrorCode), code);
    EXPECT_EQ(engine_.Read(regs::kRegHead), head);
    EXPECT_FALSE(engine_.bench->irq_o);
  }
  // DDR -> buffer -> stream -> DDR, 2-D on both ends; returns whether every byte arrived.
  void CopyThrough(uint32_t run_words, uint32_t runs, bool weights, uint32_t value) {
    const uint32_t from_stride = (run_words + 5) * 8;
    const uint32_t to_stride = (run_words + 3) * 8;
    const uint32_t words = run_words * runs;
    const uint32_t from = kSource + 8 * random_.Range(0, 20);
    const uint32_t to = kTarget + 8 * random_.Range(0, 20);
    const uint32_t token = weights ? regs::kTokenLcw : regs::kTokenLca;
    const uint32_t place = weights ? 500 : 100;  // near the end of the weight buffer: it wraps
    for (uint32_t a = kTarget; a < kTarget + 0x10000; a += 8) engine_.memory.Word(a) = 0;
    engine_.Submit({Post(Load(from, from_stride, run_words, runs, weights, place,
                              weights ? run_words / kSlices : run_words),
                         token),
                    Wait(Echo(place, words, weights), token), Store(to, to_stride, run_words, runs),
                    Signal(value)});
    ASSERT_TRUE(engine_.WaitIrq(200000)) << "no completion, seed " << seed_;
    EXPECT_EQ(engine_.Read(regs::kRegSequence), value);
    EXPECT_EQ(engine_.Read(regs::kRegIrqStatus), regs::kIrqStatusDone.mask());
    engine_.Write(regs::kRegIrqStatus, regs::kIrqStatusDone.mask());
    EXPECT_FALSE(engine_.bench->irq_o);
    ExpectIdle();
    for (uint32_t r = 0; r < runs; ++r) {
      for (uint32_t w = 0; w < run_words; ++w) {
        ASSERT_EQ(engine_.memory.Word(to + r * to_stride + 8 * w),
                  engine_.memory.Word(from + r * from_stride + 8 * w))
            << "run " << r << " word " << w << " of " << run_words << "x" << runs << ", seed "
            << seed_;
      }
      ASSERT_EQ(engine_.memory.Word(to + r * to_stride + 8 * run_words), 0u)
          << "wrote beyond its run";
    }
  }

  uint32_t seed_;
  Random random_;
  EngineBench engine_;
};

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

struct Fault {
  std::string name;
  std::vector<regs::Command> commands;
  regs::ErrorCode code;
  uint32_t tag;
  uint32_t address;
  std::function<void(EngineBench&)> arrange;
};

std::vector<Fault> Faults() {
  using regs::ErrorCode;
  const auto none = [](EngineBench&) {};
  const regs::Command good = Post(Load(kSource, 0, 40, 1, false, 0, 0), regs::kTokenLca);
  const uint32_t below = EngineBench::kBase - 128;
  const uint32_t limit = EngineBench::kBase + EngineBench::kBytes;
  std::vector<Fault> faults;
  faults.push_back({"opcode",
                    {Tag(regs::Command().Set(regs::header::kOpcode, 0x7F), 9)},
                    ErrorCode::kIllegalOpcode,
                    9,
                    0,
                    none});
  faults.push_back({"load waits for a token of another unit",
                    {Tag(Wait(good, regs::kTokenLcw), 3)},
                    ErrorCode::kBadShape,
                    3,
                    0,
                    none});
  faults.push_back({"load of no words",
                    {Tag(Load(kSource, 0, 0, 1, false, 0, 0), 4)},
                    ErrorCode::kBadShape,
                    4,
                    0,
                    none});
  faults.push_back({"load of no runs",
                    {Tag(Load(kSource, 0, 1, 0, false, 0, 0), 5)},
                    ErrorCode::kBadShape,
                    5,
                    0,
                    none});
  faults.push_back({"load beyond the buffer",
                    {Tag(Load(kSource, 0, 101, 1, false, 12700, 0), 6)},
                    ErrorCode::kBadShape,
                    6,
                    0,
                    none});
  faults.push_back({"second run beyond the buffer",
                    {Tag(Load(kSource, 0, 10, 2, false, 12700, 91), 6)},
                    ErrorCode::kBadShape,
                    6,
                    0,
                    none});
  faults.push_back({"weights not whole",
                    {Tag(Load(kSource, 0, 17, 1, true, 0, 0), 7)},
                    ErrorCode::kBadShape,
                    7,
                    0,
                    none});
  faults.push_back({"weights beyond the buffer",
                    {Tag(Load(kSource, 0, 16, 1, true, 512, 0), 7)},
                    ErrorCode::kBadShape,
                    7,
                    0,
                    none});
  faults.push_back(
      {"store of no words", {Tag(Store(kTarget, 0, 0, 1), 8)}, ErrorCode::kBadShape, 8, 0, none});
  faults.push_back({"compute refuses", {Tag(Echo(0, 0), 21)}, ErrorCode::kBadShape, 21, 0, none});
  faults.push_back({"load misaligned",
                    {Tag(Load(kSource + 4, 0, 1, 1, false, 0, 0), 10)},
                    ErrorCode::kMisaligned,
                    10,
                    kSource + 4,
                    none});
  faults.push_back({"load stride misaligned",
                    {Tag(Load(kSource, 12, 1, 2, false, 0, 0), 10)},
                    ErrorCode::kMisaligned,
                    10,
                    kSource,
                    none});
  faults.push_back({"store misaligned",
                    {Tag(Store(kTarget + 2, 0, 1, 1), 12)},
                    ErrorCode::kMisaligned,
                    12,
                    kTarget + 2,
                    none});
  faults.push_back({"ring misaligned",
                    {good},
                    ErrorCode::kMisaligned,
                    ~0u,
                    EngineBench::kRing + 8,
                    [](EngineBench& e) { e.Write(regs::kRegRingBase, EngineBench::kRing + 8); }});
  faults.push_back({"ring of no size", {good}, ErrorCode::kBadShape, ~0u, 0, [](EngineBench& e) {
                      e.Write(regs::kRegRingSize, 0);
                    }});
  faults.push_back({"load below the window",
                    {Tag(Load(below, 0, 20, 1, false, 0, 0), 13)},
                    ErrorCode::kOutOfWindow,
                    13,
                    below,
                    none});
  faults.push_back({"load over the limit",
                    {Tag(Load(limit - 64, 0, 20, 1, false, 0, 0), 14)},
                    ErrorCode::kOutOfWindow,
                    14,
                    limit,
                    none});
  faults.push_back({"store over the limit",
                    {good, Wait(Echo(0, 40), regs::kTokenLca), Tag(Store(limit - 8, 0, 2, 1), 15)},
                    ErrorCode::kOutOfWindow,
                    15,
                    limit,
                    none});
  faults.push_back(
      {"ring outside the window",
       {good},
       ErrorCode::kOutOfWindow,
       ~0u,
       EngineBench::kRing,
       [](EngineBench& e) { e.Write(regs::kRegWindowBase, EngineBench::kRing + 0x1000); }});
  faults.push_back({"bad read answer",
                    {Tag(good, 16)},
                    ErrorCode::kReadResponse,
                    16,
                    kSource + 128,
                    [](EngineBench& e) { e.memory.bad_reads = {kSource + 136}; }});
  faults.push_back({"bad fetch answer",
                    {good},
                    ErrorCode::kReadResponse,
                    ~0u,
                    EngineBench::kRing,
                    [](EngineBench& e) { e.memory.bad_reads = {EngineBench::kRing + 16}; }});
  faults.push_back({"bad write answer",
                    {good, Wait(Echo(0, 40), regs::kTokenLca), Tag(Store(kTarget, 0, 40, 1), 17)},
                    ErrorCode::kWriteResponse,
                    17,
                    kTarget + 128,
                    [](EngineBench& e) { e.memory.bad_writes = {kTarget + 128}; }});
  faults.push_back({"token that never comes",
                    {Wait(Echo(0, 4), regs::kTokenLcw)},
                    ErrorCode::kWatchdog,
                    ~0u,
                    0,
                    none});
  faults.push_back(
      {"store without results", {Store(kTarget, 0, 4, 1)}, ErrorCode::kWatchdog, ~0u, 0, none});
  return faults;
}

TEST_P(FrameTest, StopsAtEveryFaultAndWorksAfterSoftReset) {
  uint32_t value = 0;
  for (const Fault& fault : Faults()) {
    SCOPED_TRACE(fault.name);
    ASSERT_TRUE(engine_.SoftReset());  // the ring begins at its first slot
    engine_.Configure();
    fault.arrange(engine_);
    std::vector<regs::Command> commands = fault.commands;
    // Work for a long time, which must not be begun (or not be gone on with) after the error.
    for (int i = 0; i < 3; ++i) commands.push_back(Load(kSource, 0, 5000, 1, false, 100, 0));
    engine_.Submit(commands);
    ASSERT_TRUE(engine_.WaitIrq(400000)) << "no error, seed " << seed_;
    EXPECT_EQ(engine_.Read(regs::kRegIrqStatus), regs::kIrqStatusError.mask());
    EXPECT_EQ(regs::kStatusError.Get(engine_.Read(regs::kRegStatus)), 1u);
    EXPECT_EQ(regs::Name(static_cast<regs::ErrorCode>(engine_.Read(regs::kRegErrorCode))),
              regs::Name(fault.code));
    EXPECT_EQ(engine_.Read(regs::kRegErrorTag), fault.tag);
    EXPECT_EQ(engine_.Read(regs::kRegErrorAddr), fault.address);
    ExpectStopped();
    ASSERT_TRUE(engine_.SoftReset()) << "seed " << seed_;
    EXPECT_EQ(engine_.memory.reads_in_flight() + engine_.memory.writes_in_flight(), 0u);
    for (uint32_t offset :
         {regs::kRegErrorCode, regs::kRegErrorAddr, regs::kRegHead, regs::kRegTail,
          regs::kRegSequence, regs::kRegIrqStatus, regs::kRegCountCycles, regs::kRegStatus}) {
      EXPECT_EQ(engine_.Read(offset), 0u) << "register " << offset;
    }
    engine_.memory.bad_reads.clear();
    engine_.memory.bad_writes.clear();
    engine_.Configure();
    CopyThrough(33, 2, false, ++value);
    if (HasFatalFailure()) return;
  }
}

TEST_P(FrameTest, TokenOverflowIsCaught) {
  std::vector<regs::Command> commands(256,
                                      Post(Load(kSource, 0, 1, 1, false, 0, 0), regs::kTokenLca));
  engine_.Submit(commands);
  ASSERT_TRUE(engine_.WaitIrq(200000));
  EXPECT_EQ(engine_.Read(regs::kRegErrorCode),
            static_cast<uint32_t>(regs::ErrorCode::kTokenOverflow));
}

TEST_P(FrameTest, DeadBusEndsInTheWatchdogAndIsNeverReset) {
  engine_.Submit({Load(kSource, 0, 200, 1, false, 0, 0)});
  engine_.Run(60);
  engine_.memory.dead = true;
  if (!engine_.bench->irq_o) {
    ASSERT_TRUE(engine_.WaitIrq(8000));
    EXPECT_EQ(engine_.Read(regs::kRegErrorCode), static_cast<uint32_t>(regs::ErrorCode::kWatchdog));
    EXPECT_FALSE(engine_.SoftReset());
    engine_.memory.dead = false;  // the bus comes back: what was begun is finished
    engine_.Run(3000);
    EXPECT_EQ(regs::kStatusInReset.Get(engine_.Read(regs::kRegStatus)), 1u);
  }
}

TEST_P(FrameTest, SoftResetInMidTransferLeavesNothingBehind) {
  uint32_t value = 0;
  for (int after : {5, 40, 90, 150, 233, 400}) {
    engine_.Submit({Post(Load(kSource, 0, 200, 1, false, 0, 0), regs::kTokenLca | regs::kTokenLcw),
                    Post(Wait(Echo(0, 190), regs::kTokenLca), regs::kTokenCl),
                    Store(kTarget, 0, 150, 1), Store(kTarget + 4096, 0, 40, 1), Signal(1000)});
    engine_.Run(after);
    ASSERT_TRUE(engine_.SoftReset()) << after;
    EXPECT_EQ(engine_.memory.reads_in_flight() + engine_.memory.writes_in_flight(), 0u);
    engine_.Configure();
    CopyThrough(33, 2, false, ++value);
    if (HasFatalFailure()) return;
  }
}

TEST_P(FrameTest, ASoftResetCalledOffTooEarlyStillResets) {
  engine_.Submit({Post(Load(kSource, 0, 2000, 1, false, 0, 0), regs::kTokenLca),
                  Wait(Echo(0, 1900), regs::kTokenLca), Store(kTarget, 0, 1900, 1)});
  engine_.Run(200);
  engine_.Write(regs::kRegControl, regs::kControlSoftReset.mask());
  engine_.Write(regs::kRegControl, 0);
  engine_.Run(2500);
  EXPECT_EQ(engine_.Read(regs::kRegStatus), 0u);
  EXPECT_EQ(engine_.Read(regs::kRegHead), 0u);
  EXPECT_EQ(engine_.memory.reads_in_flight() + engine_.memory.writes_in_flight(), 0u);
  ASSERT_TRUE(engine_.SoftReset());  // so that the bench, too, begins to count again
  engine_.Configure();
  CopyThrough(33, 2, false, 1);
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

INSTANTIATE_TEST_SUITE_P(Buses, FrameTest,
                         ::testing::Values("ideal", "slow", "stalling", "crawling"),
                         [](const auto& bus) { return bus.param; });

}  // namespace
}  // namespace fragua::rtltest

// The engine's frame around a stand-in compute unit: every fault stops it in its defined state, and
// a soft reset leaves nothing behind.

#include <functional>
#include <string>
#include <vector>

#include "support/frame_bench.h"

namespace fragua::rtltest {
namespace {

using FrameFaultsTest = FrameTest;

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

TEST_P(FrameFaultsTest, StopsAtEveryFaultAndWorksAfterSoftReset) {
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

TEST_P(FrameFaultsTest, TokenOverflowIsCaught) {
  std::vector<regs::Command> commands(256,
                                      Post(Load(kSource, 0, 1, 1, false, 0, 0), regs::kTokenLca));
  engine_.Submit(commands);
  ASSERT_TRUE(engine_.WaitIrq(200000));
  EXPECT_EQ(engine_.Read(regs::kRegErrorCode),
            static_cast<uint32_t>(regs::ErrorCode::kTokenOverflow));
}

TEST_P(FrameFaultsTest, DeadBusEndsInTheWatchdogAndIsNeverReset) {
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

TEST_P(FrameFaultsTest, SoftResetInMidTransferLeavesNothingBehind) {
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

TEST_P(FrameFaultsTest, ASoftResetCalledOffTooEarlyStillResets) {
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

INSTANTIATE_TEST_SUITE_P(Buses, FrameFaultsTest,
                         ::testing::Values("ideal", "slow", "stalling", "crawling"),
                         [](const auto& bus) { return bus.param; });

}  // namespace
}  // namespace fragua::rtltest

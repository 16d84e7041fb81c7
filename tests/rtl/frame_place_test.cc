// The engine's frame wherever a host may put it: any window, any ring in it, any patience, any
// value of a SIGNAL; and errors that name any address and any command.

#include <string>
#include <vector>

#include "Vfr_engine___024root.h"
#include "support/frame_bench.h"

namespace fragua::rtltest {
namespace {

struct Expected {
  regs::ErrorCode code;
  uint32_t address;
  uint32_t tag = ~0u;
};

class FramePlaceTest : public ::testing::Test {
 protected:
  FramePlaceTest() : seed_(Seed(17)), random_(seed_) {}

  // Outside the window, a multiple of `unit`.
  uint32_t AnyOutside(const EnginePlace& place, uint32_t unit) {
    for (;;) {
      const uint32_t address = random_.Half() / unit * unit;
      if (address < place.base || address - place.base >= place.bytes) return address;
    }
  }
  EnginePlace AnyPlace() {
    EnginePlace place;
    place.bytes = 0x1000 * random_.Range(16, 64);
    place.base = 0x1000 * random_.Range(0, 0xFFFFF - place.bytes / 0x1000);
    place.ring_log2 = random_.Range(1, 8);
    place.ring = place.base + 64 * random_.Range(0, 0x7FFF / 64);
    place.watchdog = random_.Half() | 0x1000;
    return place;
  }

  // Brings about one of the errors, with the address and the command that the registers name.
  Expected Provoke(int which, EngineBench& engine) {
    using regs::ErrorCode;
    const EnginePlace& place = engine.place;
    const uint32_t odd = random_.Half() | random_.Range(1, 7);
    const uint32_t outside = AnyOutside(place, 64);
    const uint32_t inside = place.base + 0x9000 + 8 * random_.Range(0, 500);
    const uint32_t tag = random_.Half();
    const regs::Command good =
        Post(Load(place.base + 0x8000, 0, 2, 1, false, 0, 0), regs::kTokenLca);
    switch (which) {
      case 0:
        engine.Submit({Tag(Load(odd, 0, 1, 1, false, 0, 0), tag)});
        return {ErrorCode::kMisaligned, odd, tag};
      case 1:
        engine.Submit({Tag(Load(outside, 0, 1, 1, false, 0, 0), tag)});
        return {ErrorCode::kOutOfWindow, outside, tag};
      case 2:
        engine.Submit({Tag(Store(odd, 0, 1, 1), tag)});
        return {ErrorCode::kMisaligned, odd, tag};
      case 3:
        engine.Submit({good, Wait(Echo(0, 2), regs::kTokenLca), Tag(Store(outside, 0, 2, 1), tag)});
        return {ErrorCode::kOutOfWindow, outside, tag};
      case 4:
        engine.Write(regs::kRegRingBase, odd);
        engine.Submit({good});
        return {ErrorCode::kMisaligned, odd};
      case 5:
        engine.Write(regs::kRegRingBase, outside);
        // The doorbell alone: where the ring is now there is no memory.
        engine.Write(regs::kRegTail, engine.Read(regs::kRegHead) + 1);
        // What is asked for is the slot of the next command.
        return {ErrorCode::kOutOfWindow,
                outside + 64 * (engine.Read(regs::kRegHead) % (1u << place.ring_log2))};
      case 6:
        engine.Write(regs::kRegTail, random_.Half() | 0x10000);
        return {ErrorCode::kBadShape, 0};
      case 7:
        engine.memory.bad_reads = {inside};
        engine.Submit({Tag(Load(inside, 0, 1, 1, false, 0, 0), tag)});
        return {ErrorCode::kReadResponse, inside, tag};
      case 8:
        engine.memory.bad_writes = {inside};
        engine.Submit({good, Wait(Echo(0, 1), regs::kTokenLca), Tag(Store(inside, 0, 1, 1), tag)});
        return {ErrorCode::kWriteResponse, inside, tag};
      case 9:
        engine.Submit({Tag(Echo(0, 0), tag)});
        return {ErrorCode::kBadShape, 0, tag};
      case 10:
        engine.Submit({Tag(regs::Command().Set(regs::header::kOpcode, 0x7F), tag)});
        return {ErrorCode::kIllegalOpcode, 0, tag};
      default:
        engine.Write(regs::kRegRingSize, random_.Half() | 0x20);
        engine.Submit({good});
        return {ErrorCode::kBadShape, 0};
    }
  }
  static constexpr int kErrors = 12;

  uint32_t seed_;
  Random random_;
};

TEST_F(FramePlaceTest, WorksInAnyWindowAndNamesAnyAddress) {
  for (int round = 0; round < 16 * kErrors; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + ", FRAGUA_SEED=" + std::to_string(seed_));
    EngineBench engine(seed_ + static_cast<uint32_t>(round), AnyPlace());
    const uint32_t from = engine.place.base + 0xC000;
    const uint32_t to = engine.place.base + 0xD000 + 8 * random_.Range(0, 200);
    const uint32_t value = random_.Half();
    for (uint32_t i = 0; i < 40; ++i) engine.memory.Word(from + 8 * i) = random_.Word();
    engine.Configure();
    engine.Submit({Post(Load(from, 0, 40, 1, false, 0, 0), regs::kTokenLca),
                   Wait(Echo(0, 40), regs::kTokenLca), Store(to, 0, 40, 1), Signal(value)});
    ASSERT_TRUE(engine.WaitIrq(3000));
    EXPECT_EQ(engine.Read(regs::kRegSequence), value);
    for (uint32_t i = 0; i < 40; ++i) {
      ASSERT_EQ(engine.memory.Word(to + 8 * i), engine.memory.Word(from + 8 * i)) << "word " << i;
    }
    engine.Write(regs::kRegIrqStatus, regs::kIrqStatusDone.mask());
    ASSERT_EQ(regs::kStatusError.Get(engine.Read(regs::kRegStatus)), 0u);

    const Expected expected = Provoke(round % kErrors, engine);
    ASSERT_TRUE(engine.WaitIrq(3000));
    EXPECT_EQ(regs::Name(static_cast<regs::ErrorCode>(engine.Read(regs::kRegErrorCode))),
              regs::Name(expected.code));
    EXPECT_EQ(engine.Read(regs::kRegErrorAddr), expected.address);
    EXPECT_EQ(engine.Read(regs::kRegErrorTag), expected.tag);
    engine.Run(300);
    ASSERT_EQ(engine.memory.reads_in_flight() + engine.memory.writes_in_flight(), 0u);
    EXPECT_TRUE(engine.memory.complaints().empty()) << engine.memory.complaints().front();

    // The board's own reset forgets everything, the registers' contents too.
    engine.bench.Reset();
    EXPECT_FALSE(engine.bench->irq_o);
    for (const auto& [offset, reset] : {std::pair{regs::kRegStatus, 0u},
                                        {regs::kRegErrorCode, 0u},
                                        {regs::kRegErrorAddr, 0u},
                                        {regs::kRegHead, 0u},
                                        {regs::kRegSequence, 0u},
                                        {regs::kRegCountCycles, 0u},
                                        {regs::kRegRingBase, regs::kRegRingBaseReset},
                                        {regs::kRegWindowLimit, regs::kRegWindowLimitReset},
                                        {regs::kRegWatchdog, regs::kRegWatchdogReset}}) {
      EXPECT_EQ(engine.Read(offset), reset) << "register " << offset;
    }
  }
}

// HEAD and TAIL count commands since the reset, however many.
TEST_F(FramePlaceTest, HeadAndTailHaveThirtyTwoBits) {
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + ", FRAGUA_SEED=" + std::to_string(seed_));
    EngineBench engine(seed_);
    const uint32_t first = round == 0 ? 0xFFFFFFFE : random_.Half();
    engine.Configure();
    engine.Write(regs::kRegControl, 0);
    engine.SetCommands(first);
    auto& root = *engine.bench->rootp;
    root.fr_engine__DOT__u_commands__DOT__u_fetch__DOT__head_q = first;
    root.fr_engine__DOT__u_commands__DOT__u_fetch__DOT__asked_q = first;
    engine.Write(regs::kRegControl, regs::kControlEnable.mask());
    EXPECT_EQ(engine.Read(regs::kRegHead), first);
    engine.Submit(
        {Load(kSource, 0, 1, 1, false, 0, 0), Load(kSource, 0, 1, 1, false, 8, 0), Signal(5)});
    ASSERT_TRUE(engine.WaitIrq(3000));
    EXPECT_EQ(engine.Read(regs::kRegHead), first + 3);
    EXPECT_EQ(engine.Read(regs::kRegErrorCode), 0u);
  }
}

// Runs as long and as far apart as the activation buffer lets them be.
TEST_F(FramePlaceTest, RunsFillTheBuffer) {
  EngineBench engine(seed_);
  constexpr uint32_t kBuffer = 12800;  // words of this engine
  for (uint32_t i = 0; i < kBuffer; ++i) engine.memory.Word(kSource + 8 * i) = random_.Word();
  engine.place.watchdog = 20000;
  engine.Configure();
  engine.Submit({Load(kSource, 0, kBuffer, 1, false, 0, 0),
                 Load(kSource, 16, 2, 2, false, 5, kBuffer - 7),
                 Post(Load(kSource, 16, 2, 3, false, 8200, (kBuffer - 8202) / 2), regs::kTokenLca),
                 Wait(Echo(kBuffer - 4, 4), regs::kTokenLca), Store(kTarget, 0, 4, 1), Signal(1)});
  ASSERT_TRUE(engine.WaitIrq(40000));
  EXPECT_EQ(engine.Read(regs::kRegErrorCode), 0u);
  // The last runs of the second and of the third load end with the buffer.
  for (const auto& [at, from] :
       {std::pair{0u, kBuffer - 4}, {1u, kBuffer - 3}, {2u, 4u}, {3u, 5u}}) {
    EXPECT_EQ(engine.memory.Word(kTarget + 8 * at), engine.memory.Word(kSource + 8 * from)) << at;
  }
}

// Offsets without a register and bytes that no strobe names change nothing in the whole engine.
TEST_F(FramePlaceTest, RegistersAreWhereTheyAre) {
  EngineBench engine(seed_);
  engine.Configure();
  for (int round = 0; round < 200; ++round) {
    const uint32_t offset = random_.Range(0x100, 0xFFF);
    engine.Write(offset, random_.Half());
    EXPECT_EQ(engine.Read(offset), 0u) << "offset " << offset << ", seed " << seed_;
    const uint32_t old = engine.Read(regs::kRegRingBase);
    const uint32_t strobes = random_.Range(0, 15);
    const uint32_t fresh = random_.Half();
    engine.Write(regs::kRegRingBase + random_.Range(0, 3), fresh, strobes);
    uint32_t mask = 0;
    for (uint32_t b = 0; b < 4; ++b) mask |= (strobes >> b & 1) * (0xFFu << (8 * b));
    EXPECT_EQ(engine.Read(regs::kRegRingBase + random_.Range(0, 3)), (old & ~mask) | (fresh & mask))
        << "strobes " << strobes << ", seed " << seed_;
  }
  EXPECT_EQ(engine.Read(regs::kRegStatus), 0u);
}

// Results for which no STORE has come yet wait in the FIFO, and when that is full in the unit.
TEST_F(FramePlaceTest, ResultsWaitForTheirStore) {
  constexpr uint32_t kWords = 1500;
  EngineBench engine(seed_);
  for (uint32_t i = 0; i < kWords; ++i) engine.memory.Word(kSource + 8 * i) = random_.Word();
  engine.Configure();
  engine.Submit({Post(Load(kSource, 0, kWords, 1, false, 0, 0), regs::kTokenLca),
                 Wait(Echo(0, kWords), regs::kTokenLca)});
  engine.Run(4000);
  EXPECT_EQ(engine.memory.write_beats(), 0u);
  EXPECT_GT(engine.Read(regs::kRegCountWaitOutput), 1000u);
  const uint32_t through = engine.Read(regs::kRegCountCompute);
  EXPECT_GE(through, 1024u);
  EXPECT_LT(through, 1040u);
  engine.Submit({Store(kTarget, 0, kWords, 1), Signal(1)});
  ASSERT_TRUE(engine.WaitIrq(5000));
  for (uint32_t i = 0; i < kWords; ++i) {
    ASSERT_EQ(engine.memory.Word(kTarget + 8 * i), engine.memory.Word(kSource + 8 * i)) << i;
  }
}

}  // namespace
}  // namespace fragua::rtltest

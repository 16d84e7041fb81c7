// fr_regs behind AXI4-Lite: any order of address and data, back-pressure, strobes, w1c, read-only,
// the register map.

#include "support/regs_bench.h"

namespace fragua::rtltest {
namespace {

TEST_F(RegsTest, TellsWhatTheEngineIs) {
  EXPECT_EQ(Read(regs::kRegId), regs::kRegIdReset);
  EXPECT_EQ(Read(regs::kRegVersion), regs::kVersionValue);
  EXPECT_EQ(Read(regs::kRegAbiHash), regs::kAbiHashValue);
  const uint32_t caps = Read(regs::kRegCapsArray);
  EXPECT_EQ(regs::kCapsArrayPc.Get(caps), 4u);
  EXPECT_EQ(regs::kCapsArrayPk.Get(caps), 8u);
  EXPECT_EQ(regs::kCapsArrayLanes.Get(caps), 2u);
  EXPECT_EQ(regs::kCapsArrayAccBits.Get(caps), 27u);
  EXPECT_EQ(Read(regs::kRegCapsAct), 111u);
  EXPECT_EQ(Read(regs::kRegCapsSqueeze), 222u);
  EXPECT_EQ(Read(regs::kRegCapsWeight), 256u);
  EXPECT_EQ(Read(regs::kRegCapsPool), 444u);
}

TEST_F(RegsTest, HasTheDocumentedResetValues) {
  ExpectResetValues();
  for (uint32_t offset = 0; offset < 0x100; offset += 4) Write(offset, 0xA5A5A5A5);
  Pulse(bench_->sequence_valid_i);
  bench_.Reset();
  EXPECT_FALSE(bench_->irq_o);
  ExpectResetValues();
}

TEST_F(RegsTest, WritesInAnyOrderOfAddressAndData) {
  uint32_t value = 0x12345678;
  for (int address_after : {0, 1, 4}) {
    for (int data_after : {0, 1, 4}) {
      for (int answer_after : {0, 1, 5}) {
        value = value * 1664525 + 1013904223;
        Write(regs::kRegRingBase, value, address_after, data_after, answer_after);
        EXPECT_EQ(Read(regs::kRegRingBase, answer_after), value)
            << "address after " << address_after << ", data after " << data_after;
      }
    }
  }
}

// The next address may come while the answer to the last write is still waiting.
TEST_F(RegsTest, KeepsTheNextWriteWhileTheAnswerWaits) {
  auto& m = *bench_;
  m.s_axi_awaddr = regs::kRegRingBase;
  m.s_axi_wdata = 1;
  m.s_axi_wstrb = 0xF;
  m.s_axi_awvalid = m.s_axi_wvalid = 1;
  Tick();
  m.s_axi_awvalid = m.s_axi_wvalid = 0;
  Tick();
  m.s_axi_awaddr = regs::kRegWatchdog;
  m.s_axi_wdata = 2;
  m.s_axi_awvalid = m.s_axi_wvalid = 1;
  Tick();
  m.s_axi_awvalid = m.s_axi_wvalid = 0;
  for (int i = 0; i < 5; ++i) Tick();
  EXPECT_NE(m.watchdog_o, 2u) << "executed before the first answer was taken";
  int answers = 0;
  m.s_axi_bready = 1;
  for (int i = 0; i < 10; ++i) {
    bench_.Settle();
    answers += m.s_axi_bvalid;
    Tick();
  }
  m.s_axi_bready = 0;
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(m.ring_base_o, 1u);
  EXPECT_EQ(m.watchdog_o, 2u);
}

TEST_F(RegsTest, HonoursByteStrobes) {
  Write(regs::kRegRingBase, 0x11223344);
  Write(regs::kRegRingBase, 0xAABBCCDD, 0, 0, 0, 0b0101);
  EXPECT_EQ(Read(regs::kRegRingBase), 0x11BB33DDu);
  Write(regs::kRegRingBase, 0xFFFFFFFF, 0, 0, 0, 0);
  EXPECT_EQ(Read(regs::kRegRingBase), 0x11BB33DDu);
}

TEST_F(RegsTest, KeepsOnlyTheBitsThatAre) {
  Write(regs::kRegControl, 0xFFFFFFFF);
  EXPECT_EQ(Read(regs::kRegControl), regs::kControlEnable.mask() | regs::kControlSoftReset.mask());
  Write(regs::kRegWindowBase, 0xFFFFFFFF);
  EXPECT_EQ(Read(regs::kRegWindowBase), 0xFFFFF000u);
  EXPECT_EQ(bench_->window_base_o, 0xFFFFFu);
  Write(regs::kRegIrqEnable, 0xFFFFFFFF);
  EXPECT_EQ(Read(regs::kRegIrqEnable), 3u);
}

TEST_F(RegsTest, HoldsAnyValueAndTellsTheEngine) {
  const uint32_t seed = Seed(13);
  Random random(seed);
  auto& m = *bench_;
  for (int round = 0; round < 40; ++round) {
    const uint32_t base = random.Half(), size = random.Half(), tail = random.Half(),
                   first = random.Half(), limit = random.Half(), patience = random.Half();
    Write(regs::kRegRingBase, base);
    Write(regs::kRegRingSize, size);
    Write(regs::kRegTail, tail);
    Write(regs::kRegWindowBase, first);
    Write(regs::kRegWindowLimit, limit);
    Write(regs::kRegWatchdog, patience);
    EXPECT_EQ(m.ring_base_o, base) << "seed " << seed;
    EXPECT_EQ(m.ring_size_o, size) << "seed " << seed;
    EXPECT_EQ(m.tail_o, tail) << "seed " << seed;
    EXPECT_EQ(m.window_base_o, first >> 12) << "seed " << seed;
    EXPECT_EQ(m.window_limit_o, limit >> 12) << "seed " << seed;
    EXPECT_EQ(m.watchdog_o, patience) << "seed " << seed;
    EXPECT_EQ(Read(regs::kRegRingBase), base);
    EXPECT_EQ(Read(regs::kRegRingSize), size);
    EXPECT_EQ(Read(regs::kRegTail), tail);
    EXPECT_EQ(Read(regs::kRegWindowBase), first & 0xFFFFF000);
    EXPECT_EQ(Read(regs::kRegWindowLimit), limit & 0xFFFFF000);
    EXPECT_EQ(Read(regs::kRegWatchdog), patience);
  }
}

TEST_F(RegsTest, ShowsWhateverTheEngineSays) {
  const uint32_t seed = Seed(14);
  Random random(seed);
  auto& m = *bench_;
  for (int round = 0; round < 40; ++round) {
    m.error_code_i = static_cast<uint8_t>(random.Half());
    m.error_tag_i = random.Half();
    m.error_addr_i = random.Half();
    m.head_i = random.Half();
    for (int w = 0; w < 16; ++w) m.stamp_i[w] = random.Half();
    const uint32_t value = random.Half();
    m.sequence_i = value;
    Pulse(m.sequence_valid_i);
    m.sequence_i = ~value;
    EXPECT_EQ(Read(regs::kRegErrorCode), m.error_code_i) << "seed " << seed;
    EXPECT_EQ(Read(regs::kRegErrorTag), m.error_tag_i) << "seed " << seed;
    EXPECT_EQ(Read(regs::kRegErrorAddr), m.error_addr_i) << "seed " << seed;
    EXPECT_EQ(Read(regs::kRegHead), m.head_i) << "seed " << seed;
    EXPECT_EQ(Read(regs::kRegSequence), value) << "seed " << seed;
    for (uint32_t i = 0; i < 10; ++i) {
      EXPECT_EQ(Read(regs::kRegCountCycles + 4 * i), m.stamp_i[regs::stamp::kCyclesWord + i])
          << "counter " << i << ", seed " << seed;
    }
  }
}

TEST_F(RegsTest, ReadOnlyAndUnusedOffsetsIgnoreWrites) {
  bench_->head_i = 55;
  bench_->error_tag_i = 66;
  for (uint32_t offset = 0; offset < 0x100; offset += 4) {
    switch (offset) {
      case regs::kRegControl:
      case regs::kRegRingBase:
      case regs::kRegRingSize:
      case regs::kRegTail:
      case regs::kRegIrqEnable:
      case regs::kRegWindowBase:
      case regs::kRegWindowLimit:
      case regs::kRegWatchdog:
        continue;
      default:
        break;
    }
    const uint32_t before = Read(offset);
    Write(offset, ~before);
    EXPECT_EQ(Read(offset), before) << "offset " << offset;
  }
  EXPECT_EQ(Read(regs::kRegHead), 55u);
  EXPECT_EQ(Read(regs::kRegErrorTag), 66u);
  EXPECT_EQ(Read(0x3C), 0u);
  EXPECT_EQ(Read(0xFFC), 0u);
  Random random(Seed(15));
  for (int i = 0; i < 200; ++i) {
    const uint32_t offset = random.Range(0x100, 0xFFF);
    Write(offset, random.Half());
    EXPECT_EQ(Read(offset), 0u) << "offset " << offset;
  }
  // A register is a word: the lower address bits do not matter.
  Write(regs::kRegWatchdog + 3, 0x12345678);
  EXPECT_EQ(Read(regs::kRegWatchdog + 1), 0x12345678u);
  Write(0x800 + regs::kRegRingBase, 7);
  EXPECT_EQ(Read(regs::kRegRingBase), 0u) << "upper address bits were ignored";
}

TEST_F(RegsTest, ShowsEveryCounter) {
  const uint32_t offsets[] = {regs::kRegCountCycles,      regs::kRegCountCompute,
                              regs::kRegCountWaitWeights, regs::kRegCountWaitActivations,
                              regs::kRegCountWaitOutput,  regs::kRegCountWaitRequant,
                              regs::kRegCountOverhead,    regs::kRegCountIdle,
                              regs::kRegCountReadBeats,   regs::kRegCountWriteBeats};
  const int words[] = {regs::stamp::kCyclesWord,      regs::stamp::kComputeWord,
                       regs::stamp::kWaitWeightsWord, regs::stamp::kWaitActivationsWord,
                       regs::stamp::kWaitOutputWord,  regs::stamp::kWaitRequantWord,
                       regs::stamp::kOverheadWord,    regs::stamp::kIdleWord,
                       regs::stamp::kReadBeatsWord,   regs::stamp::kWriteBeatsWord};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Read(offsets[i]), 1000u + words[i]) << i;
  EXPECT_EQ(Read(regs::kRegCountWriteBeats + 4), 0u);
}

TEST_F(RegsTest, ShowsStatusBits) {
  bench_->busy_i = 1;
  EXPECT_EQ(Read(regs::kRegStatus), regs::kStatusBusy.mask());
  bench_->busy_i = 0;
  bench_->error_i = 1;
  EXPECT_EQ(Read(regs::kRegStatus), regs::kStatusError.mask());
  bench_->error_i = 0;
  bench_->in_reset_i = 1;
  EXPECT_EQ(Read(regs::kRegStatus), regs::kStatusInReset.mask());
}

TEST_F(RegsTest, InterruptsArePendingUntilCleared) {
  auto& m = *bench_;
  m.sequence_i = 42;
  Pulse(m.sequence_valid_i);
  m.sequence_i = 0;
  EXPECT_EQ(Read(regs::kRegSequence), 42u);
  EXPECT_EQ(Read(regs::kRegIrqStatus), regs::kIrqStatusDone.mask());
  EXPECT_FALSE(m.irq_o) << "not enabled";
  Write(regs::kRegIrqEnable, regs::kIrqEnableError.mask());
  EXPECT_FALSE(m.irq_o) << "another cause is enabled";
  Write(regs::kRegIrqEnable, regs::kIrqEnableDone.mask());
  EXPECT_TRUE(m.irq_o);
  Write(regs::kRegIrqStatus, regs::kIrqStatusError.mask());
  EXPECT_TRUE(m.irq_o) << "cleared by the other bit";
  Pulse(m.error_pulse_i);
  EXPECT_EQ(Read(regs::kRegIrqStatus), 3u);
  Write(regs::kRegIrqStatus, regs::kIrqStatusDone.mask());
  EXPECT_FALSE(m.irq_o);
  EXPECT_EQ(Read(regs::kRegIrqStatus), regs::kIrqStatusError.mask());
}

TEST_F(RegsTest, ACauseThatArisesWhileItIsClearedStays) {
  auto& m = *bench_;
  for (int pulse_at = 0; pulse_at < 2; ++pulse_at) {
    Pulse(m.sequence_valid_i);
    for (int cycle = 0; cycle < 4; ++cycle) {  // the write is executed in cycle 1
      m.s_axi_awaddr = regs::kRegIrqStatus;
      m.s_axi_wdata = regs::kIrqStatusDone.mask();
      m.s_axi_wstrb = 0xF;
      m.s_axi_awvalid = m.s_axi_wvalid = cycle == 0;
      m.s_axi_bready = 1;
      m.sequence_valid_i = cycle == pulse_at;
      Tick();
    }
    m.s_axi_bready = m.sequence_valid_i = 0;
    EXPECT_EQ(Read(regs::kRegIrqStatus), pulse_at == 0 ? 0u : regs::kIrqStatusDone.mask());
  }
}

TEST_F(RegsTest, SoftResetForgetsProgressAndKeepsConfiguration) {
  auto& m = *bench_;
  Write(regs::kRegRingBase, 0x10001000);
  Write(regs::kRegTail, 9);
  m.sequence_i = 8;
  Pulse(m.sequence_valid_i);
  m.in_reset_i = 1;
  Tick();
  Write(regs::kRegTail, 10);
  EXPECT_EQ(m.tail_o, 0u) << "doorbell during reset";
  m.in_reset_i = 0;
  EXPECT_EQ(Read(regs::kRegTail), 0u);
  EXPECT_EQ(Read(regs::kRegSequence), 0u);
  EXPECT_EQ(Read(regs::kRegIrqStatus), 0u);
  EXPECT_EQ(Read(regs::kRegRingBase), 0x10001000u);
}

}  // namespace
}  // namespace fragua::rtltest

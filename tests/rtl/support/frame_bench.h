#pragma once
// The engine's frame around a stand-in compute unit that streams what LOAD has put into a buffer,
// on buses of several kinds.

#include <map>
#include <string>

#include "support/engine_bench.h"

namespace fragua::rtltest {

inline constexpr uint32_t kSource = EngineBench::kBase + 0x10000;
inline constexpr uint32_t kTarget = EngineBench::kBase + 0x80000;
inline constexpr uint32_t kSlices = 16;  // 64-bit words per weight word of the 8x16 array

inline regs::Command Echo(uint32_t from, uint32_t words, bool weights = false) {
  return regs::MakeCommand(regs::Opcode::kCompute)
      .Set(regs::compute::kSrcBase, from)
      .Set(regs::compute::kOutCols, words)
      .Set(regs::compute::kSrcSelect, weights ? 1 : 0);
}

inline const std::map<std::string, AxiStalls> kBuses = {
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

}  // namespace fragua::rtltest

// fr_counters alone: every cycle to its cause, every beat, in all 32 bits.

#include <array>

#include "Vfr_counters.h"
#include "Vfr_counters___024root.h"
#include "support/bench.h"
#include "support/engine_commands.h"

namespace fragua::rtltest {
namespace {

constexpr uint32_t kHalf = 0x80000000;

class CountersTest : public ::testing::Test {
 protected:
  CountersTest() : seed_(Seed(18)), random_(seed_) {
    auto& m = *bench_;
    m.busy_i = m.read_beat_i = m.write_beat_i = 0;
    Cause(kNone);
    bench_.Reset();
  }
  // Causes in the order of their counters in a stamp, from the one after CYCLES on; IDLE is none.
  static constexpr int kCauses = 7, kNone = 6;
  void Cause(int cause) {
    auto& m = *bench_;
    m.step_i = cause == 0;
    m.wait_weights_i = cause == 1;
    m.wait_act_i = cause == 2;
    m.wait_output_i = cause == 3;
    m.wait_requant_i = cause == 4;
    m.overhead_i = cause == 5;
  }
  // What a counter is preset to, by its place from CYCLES on.
  void Preset(const std::array<uint32_t, 10>& values) {
    auto& root = *bench_->rootp;
    root.fr_counters__DOT__cycles_q = values[0];
    root.fr_counters__DOT__step_q = values[1];
    root.fr_counters__DOT__wait_weights_q = values[2];
    root.fr_counters__DOT__wait_act_q = values[3];
    root.fr_counters__DOT__wait_output_q = values[4];
    root.fr_counters__DOT__wait_requant_q = values[5];
    root.fr_counters__DOT__overhead_q = values[6];
    root.fr_counters__DOT__idle_q = values[7];
    root.fr_counters__DOT__read_q = values[8];
    root.fr_counters__DOT__write_q = values[9];
  }
  void Expect(const std::array<uint32_t, 10>& values) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(bench_->stamp_o[regs::stamp::kCyclesWord + i], values[i])
          << "counter " << i << ", seed " << seed_;
    }
    EXPECT_EQ(bench_->stamp_o[regs::stamp::kMagicWord], regs::stamp::kMagicValue);
  }

  uint32_t seed_;
  Random random_;
  Bench<Vfr_counters> bench_;
};

TEST_F(CountersTest, EveryCycleHasItsCauseAndEveryBeatCounts) {
  auto& m = *bench_;
  std::array<uint32_t, 10> expected{};
  for (int cycle = 0; cycle < 5000; ++cycle) {
    const int cause = static_cast<int>(random_.Range(0, kCauses - 1));
    Cause(cause);
    m.busy_i = random_.Chance(80);
    m.read_beat_i = random_.Chance(40);
    m.write_beat_i = random_.Chance(20);
    expected[0] += m.busy_i;
    expected[1 + cause] += m.busy_i;
    expected[8] += m.read_beat_i;  // a beat counts whoever is busy
    expected[9] += m.write_beat_i;
    bench_.Tick();
  }
  bench_.Settle();
  Expect(expected);
}

TEST_F(CountersTest, CountInThirtyTwoBits) {
  auto& m = *bench_;
  for (int cause = 0; cause < kCauses; ++cause) {
    for (const uint32_t start : {kHalf - 2, 0u - 2}) {
      std::array<uint32_t, 10> expected{};
      expected[0] = expected[1 + cause] = expected[8] = expected[9] = start;
      Preset(expected);
      Cause(cause);
      m.busy_i = m.read_beat_i = m.write_beat_i = 1;
      for (int i = 0; i < 4; ++i) bench_.Tick();
      bench_.Settle();
      for (uint32_t& value : expected) value += value == start ? 4 : 0;
      Expect(expected);
    }
  }
}

}  // namespace
}  // namespace fragua::rtltest

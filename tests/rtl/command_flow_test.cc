// fr_command_queue, fr_tokens and fr_watchdog alone.

#include <deque>
#include <vector>

#include "Vfr_command_queue.h"
#include "Vfr_tokens.h"
#include "Vfr_watchdog.h"
#include "Vfr_watchdog___024root.h"
#include "support/bench.h"
#include "support/engine_commands.h"

namespace fragua::rtltest {
namespace {

TEST(CommandQueueTest, AssemblesWholeCommandsUnderAnyStalls) {
  const uint32_t seed = Seed(10);
  Random random(seed);
  Bench<Vfr_command_queue> bench;
  auto& m = *bench;
  m.word_valid_i = m.cmd_ready_i = 0;
  bench.Reset();
  EXPECT_TRUE(m.empty_o);
  std::deque<uint64_t> inside;
  int commands = 0;
  while (commands < 200) {
    m.word_valid_i = random.Chance(60);
    m.word_i = random.Word();
    m.cmd_ready_i = random.Chance(commands < 100 ? 5 : 80);
    bench.Settle();
    if (m.cmd_valid_o && m.cmd_ready_i) {
      for (int w = 0; w < 8; ++w) {
        const uint64_t word = m.cmd_o[2 * w] | (uint64_t{m.cmd_o[2 * w + 1]} << 32);
        ASSERT_EQ(word, inside.front())
            << "command " << commands << " word " << w << " seed " << seed;
        inside.pop_front();
      }
      ++commands;
    }
    EXPECT_EQ(m.empty_o, inside.empty() && !m.cmd_valid_o);
    if (m.word_valid_i && m.word_ready_o) inside.push_back(m.word_i);
    ASSERT_LE(inside.size(), 5u * 8 + 1);
    bench.Tick();
  }
}

TEST(TokensTest, CountsLikeIntegersAndReportsOverflow) {
  const uint32_t seed = Seed(12);
  Random random(seed);
  Bench<Vfr_tokens> bench;
  auto& m = *bench;
  m.post_i = m.take_i = 0;
  bench.Reset();
  int count[4] = {};
  for (int cycle = 0; cycle < 20000; ++cycle) {
    bench.Settle();
    m.post_i = 0;
    m.take_i = 0;
    bool overflow = false;
    // In phases, so that the counters travel from end to end.
    const int post_percent = cycle / 2000 % 2 ? 20 : 70;
    for (int t = 0; t < 4; ++t) {
      ASSERT_EQ((m.avail_o >> t) & 1, count[t] > 0)
          << "token " << t << " cycle " << cycle << " seed " << seed;
      const bool take = count[t] > 0 && random.Chance(40);
      const bool post = random.Chance(post_percent);
      m.take_i |= static_cast<uint8_t>(take << t);
      m.post_i |= static_cast<uint8_t>(post << t);
      const bool over = post && !take && count[t] == regs::kTokenMax;
      overflow |= over;
      count[t] += (over ? 0 : post) - take;
    }
    bench.Settle();
    ASSERT_EQ(m.overflow_o, overflow) << "cycle " << cycle << " seed " << seed;
    bench.Tick();
  }
}

// Cycles until it bites; -1 when it has not after `cycles`.
int Quiet(Bench<Vfr_watchdog>& bench, int cycles) {
  for (int i = 0; i < cycles; ++i) {
    bench.Settle();
    if (bench->bite_o) return i;
    bench.Tick();
  }
  return -1;
}

TEST(WatchdogTest, BitesAfterExactlyItsLimitWithoutProgress) {
  Bench<Vfr_watchdog> bench;
  auto& m = *bench;
  m.limit_i = 10;
  m.busy_i = 1;
  m.progress_i = 0;
  bench.Reset();
  EXPECT_EQ(Quiet(bench, 20), 10);
  bench.Reset();
  EXPECT_EQ(Quiet(bench, 9), -1);
  m.progress_i = 1;
  bench.Tick();
  m.progress_i = 0;
  EXPECT_EQ(Quiet(bench, 20), 10) << "progress begins the count again";
  bench.Reset();
  EXPECT_EQ(Quiet(bench, 9), -1);
  m.busy_i = 0;
  bench.Tick();
  m.busy_i = 1;
  EXPECT_EQ(Quiet(bench, 20), 10) << "idle begins the count again";
  bench.Reset();
  m.busy_i = 0;
  EXPECT_EQ(Quiet(bench, 50), -1);
  m.busy_i = 1;
  m.limit_i = 0;
  EXPECT_EQ(Quiet(bench, 50), -1) << "0 = off";
}

TEST(WatchdogTest, CountsAsFarAsItsLimitReaches) {
  Bench<Vfr_watchdog> bench;
  auto& m = *bench;
  m.busy_i = 1;
  m.progress_i = 0;
  m.limit_i = 0;
  bench.Reset();
  for (const uint32_t limit : {0x80000000u, 0xFFFFFFFFu, 0x55555555u, 0xAAAAAAAAu}) {
    m.rootp->fr_watchdog__DOT__quiet_q = limit - 3;
    m.limit_i = limit;
    EXPECT_EQ(Quiet(bench, 10), 3) << "limit " << limit;
    for (int i = 0; i < 5; ++i) {  // it stays, and does not wrap
      bench.Tick();
      bench.Settle();
      EXPECT_TRUE(m.bite_o) << "limit " << limit;
    }
  }
}

}  // namespace
}  // namespace fragua::rtltest

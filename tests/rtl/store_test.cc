// fr_store alone: two-dimensional runs become the right bursts, tokens and signals wait for the
// responses.

#include <deque>

#include "Vfr_store.h"
#include "support/bench.h"
#include "support/mover_commands.h"

namespace fragua::rtltest {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : seed_(Seed(6)), random_(seed_) {
    auto& m = *bench_;
    m.halt_i = m.cmd_valid_i = m.burst_ready_i = 0;
    m.writes_idle_i = 1;
    bench_.Reset();
  }
  uint32_t seed_;
  Random random_;
  Bench<Vfr_store> bench_;
};

TEST_F(StoreTest, IssuesItsRunsAndEndsWhenTheResponsesHaveCome) {
  auto& m = *bench_;
  for (const auto& [words, runs] : {std::pair{1u, 1u}, {1u, 5u}, {16u, 2u}, {17u, 3u}, {90u, 2u}}) {
    Put(m.cmd_i.data(), Post(Store(kAddress, 8 * words + 24, words, runs), regs::kTokenSl));
    m.cmd_valid_i = 1;
    std::vector<uint32_t> asked;
    const uint32_t total = words * runs;
    int quiet = 0;
    bool posted = false;
    for (int cycle = 0; cycle < 2000 && !posted; ++cycle) {
      m.burst_ready_i = random_.Chance(40);
      // The last response comes 10 cycles after the last burst.
      m.writes_idle_i = asked.empty() || (asked.size() == total && ++quiet > 10);
      bench_.Settle();
      if (m.burst_valid_o && m.burst_ready_i) {
        ExpectLegal(m.burst_addr_o, m.burst_beats_o);
        for (uint32_t b = 0; b < m.burst_beats_o; ++b) asked.push_back(m.burst_addr_o + 8 * b);
      }
      EXPECT_FALSE(m.sequence_valid_o);
      EXPECT_FALSE(m.error_valid_o);
      posted = m.token_post_o;
      EXPECT_TRUE(!posted || quiet > 10) << "posted before the last response";
      const bool taken = m.cmd_valid_i && m.cmd_ready_o;
      bench_.Tick();
      if (taken) m.cmd_valid_i = 0;
    }
    EXPECT_TRUE(posted);
    EXPECT_EQ(asked, Addresses(kAddress, 8 * words + 24, words, runs)) << words << "x" << runs;
    bench_.Settle();
    EXPECT_FALSE(m.token_post_o);
    EXPECT_FALSE(m.busy_o);
  }
}

// As long and as many as the fields of a command can say.
TEST_F(StoreTest, RunsAreAsLongAndAsManyAsTheirFieldsSay) {
  auto& m = *bench_;
  bench_.cycle_limit = 10000000;
  for (const auto& [words, runs] : {std::pair{0xFFFFFFu, 1u}, {1u, 0xFFFFu}, {3u, 0x8001u}}) {
    const uint32_t stride = 8 * (words + 0x100);
    Put(m.cmd_i.data(), Store(kAddress, stride, words, runs));
    m.cmd_valid_i = m.burst_ready_i = m.writes_idle_i = 1;
    uint64_t total = 0;
    uint32_t run = 0, word = 0;  // of the next burst
    bool begun = false;
    do {
      bench_.Settle();
      if (m.burst_valid_o) {
        ASSERT_EQ(m.burst_addr_o, kAddress + run * stride + 8 * word) << "after " << total;
        total += m.burst_beats_o;
        word += m.burst_beats_o;
        if (word == words) ++run, word = 0;
      }
      const bool taken = m.cmd_valid_i && m.cmd_ready_o;
      bench_.Tick();
      begun |= taken;
      if (taken) m.cmd_valid_i = 0;
    } while (!begun || m.busy_o);
    EXPECT_EQ(total, uint64_t{words} * runs);
  }
}

TEST_F(StoreTest, RunsAreAnyDistanceApart) {
  auto& m = *bench_;
  for (int round = 0; round < 60; ++round) {
    const uint32_t address = random_.Half() & ~7u;
    const uint32_t stride = random_.Half() & ~7u;
    Put(m.cmd_i.data(), Store(address, stride, 2, 3));
    m.cmd_valid_i = m.burst_ready_i = m.writes_idle_i = 1;
    std::vector<uint32_t> asked;
    for (int cycle = 0; cycle < 60; ++cycle) {
      bench_.Settle();
      for (uint32_t b = 0; m.burst_valid_o && b < m.burst_beats_o; ++b) {
        asked.push_back(m.burst_addr_o + 8 * b);
      }
      const bool taken = m.cmd_valid_i && m.cmd_ready_o;
      bench_.Tick();
      if (taken) m.cmd_valid_i = 0;
    }
    EXPECT_EQ(asked, Addresses(address, stride, 2, 3)) << "seed " << seed_;
  }
}

TEST_F(StoreTest, SignalsOnce) {
  auto& m = *bench_;
  Put(m.cmd_i.data(), Signal(0xC0FFEE));
  m.cmd_valid_i = 1;
  int pulses = 0;
  for (int cycle = 0; cycle < 10; ++cycle) {
    bench_.Settle();
    if (m.sequence_valid_o) {
      ++pulses;
      EXPECT_EQ(m.sequence_o, 0xC0FFEEu);
    }
    EXPECT_FALSE(m.burst_valid_o);
    EXPECT_FALSE(m.token_post_o);
    const bool taken = m.cmd_valid_i && m.cmd_ready_o;
    bench_.Tick();
    if (taken) m.cmd_valid_i = 0;
  }
  EXPECT_EQ(pulses, 1);
}

TEST_F(StoreTest, RefusesEveryBadShape) {
  auto& m = *bench_;
  const auto error = [&](const regs::Command& command) {
    bench_.Reset();
    Put(m.cmd_i.data(), command);
    m.cmd_valid_i = 1;
    for (int cycle = 0; cycle < 10; ++cycle) {
      bench_.Settle();
      if (m.error_valid_o) return static_cast<int>(m.error_code_o);
      EXPECT_FALSE(m.burst_valid_o && cycle < 2);
      bench_.Tick();
    }
    return 0;
  };
  EXPECT_EQ(error(Store(kAddress, 0, 0, 1)), static_cast<int>(regs::ErrorCode::kBadShape));
  EXPECT_EQ(error(Store(kAddress, 0, 1, 0)), static_cast<int>(regs::ErrorCode::kBadShape));
  for (uint32_t low : {1u, 2u, 4u}) {
    const int misaligned = static_cast<int>(regs::ErrorCode::kMisaligned);
    EXPECT_EQ(error(Store(kAddress + low, 0, 1, 1)), misaligned);
    EXPECT_EQ(error(Store(kAddress, low, 1, 1)), misaligned);
  }
  EXPECT_EQ(error(Store(kAddress, 0, 1, 1)), 0);
}

}  // namespace
}  // namespace fragua::rtltest

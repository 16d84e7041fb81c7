// fr_axi_reader alone: data to the right client in order, bursts in flight, window, halt, bad
// answers.

#include <deque>
#include <string>
#include <vector>

#include "Vfr_axi_reader.h"
#include "support/bench.h"
#include "support/bus_bursts.h"

namespace fragua::rtltest {
namespace {

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() : seed_(Seed(3)), random_(seed_), memory_(kBase, kBytes / 8, seed_) {
    for (uint32_t a = kBase; a < kBase + kBytes; a += 8) memory_.Word(a) = random_.Word();
    memory_.window_base = kBase;
    memory_.window_limit = kBase + kBytes;
    auto& m = *bench_;
    m.halt_i = 0;
    m.window_base_i = kBase >> 12;
    m.window_limit_i = (kBase + kBytes) >> 12;
    m.fetch_valid_i = m.load_valid_i = 0;
    m.fetch_addr_i = m.load_addr_i = kBase;
    m.fetch_beats_i = 8;
    m.load_data_ready_i = 0;
    m.m_axi_rvalid = 0;
    bench_.Reset();
  }
  void TearDown() override {
    for (const auto& complaint : memory_.complaints())
      ADD_FAILURE() << complaint << ", seed " << seed_;
  }
  void Settle() {
    memory_.DriveRead(*bench_);
    bench_.Settle();
  }
  void Finish() {
    memory_.SampleRead(*bench_);
    memory_.EndCycle();
    bench_.Tick();
  }
  // Asks for `load` at every opportunity and returns when an error shows or `cycles` have passed.
  bool UntilError(BurstRequest load, int cycles) {
    auto& m = *bench_;
    m.load_valid_i = 1;
    m.load_addr_i = load.address;
    m.load_beats_i = load.beats;
    m.load_data_ready_i = 1;
    for (int i = 0; i < cycles; ++i) {
      Settle();
      if (m.error_valid_o) return true;
      Finish();
    }
    return false;
  }

  uint32_t seed_;
  Random random_;
  AxiMemory memory_;
  Bench<Vfr_axi_reader> bench_;
};

TEST_F(ReaderTest, GivesEachClientItsWordsInOrder) {
  for (const AxiStalls& stalls : kBuses) {
    memory_.stalls = stalls;
    auto& m = *bench_;
    std::deque<uint64_t> fetch_due, load_due;
    int asked = 0;
    uint64_t received = 0;
    while (asked < 400 || !fetch_due.empty() || !load_due.empty()) {
      // The fetch is promised room for four commands, so it has at most four bursts of eight in
      // flight.
      if (!m.fetch_valid_i && asked < 400 && fetch_due.size() <= 24 && random_.Chance(10)) {
        m.fetch_valid_i = 1;
        m.fetch_addr_i = kBase + 64 * random_.Range(0, kBytes / 64 - 1);
        m.fetch_beats_i = 8;
      }
      if (!m.load_valid_i && asked < 400 && random_.Chance(80)) {
        const BurstRequest burst = RandomBurst(random_);
        m.load_valid_i = 1;
        m.load_addr_i = burst.address;
        m.load_beats_i = burst.beats;
      }
      m.load_data_ready_i = random_.Chance(70);
      Settle();
      ASSERT_FALSE(m.error_valid_o);
      if (m.fetch_data_valid_o) {
        ASSERT_FALSE(fetch_due.empty());
        ASSERT_EQ(m.data_o, fetch_due.front()) << "seed " << seed_;
        fetch_due.pop_front();
        ++received;
      }
      if (m.load_data_valid_o && m.load_data_ready_i) {
        ASSERT_FALSE(load_due.empty());
        ASSERT_EQ(m.data_o, load_due.front()) << "seed " << seed_;
        load_due.pop_front();
        ++received;
      }
      const bool fetch_taken = m.fetch_valid_i && m.fetch_ready_o;
      const bool load_taken = m.load_valid_i && m.load_ready_o;
      for (int i = 0; fetch_taken && i < 8; ++i)
        fetch_due.push_back(memory_.Word(m.fetch_addr_i + 8 * i));
      for (int i = 0; load_taken && i < m.load_beats_i; ++i) {
        load_due.push_back(memory_.Word(m.load_addr_i + 8 * i));
      }
      asked += fetch_taken + load_taken;
      Finish();
      if (fetch_taken) m.fetch_valid_i = 0;
      if (load_taken) m.load_valid_i = 0;
    }
    Settle();
    EXPECT_TRUE(m.idle_o);
    EXPECT_GT(received, 1000u);
  }
}

TEST_F(ReaderTest, KeepsTheStatedNumberInFlightAndHidesLatency) {
  memory_.stalls = {.latency_min = 40, .latency_max = 40};
  auto& m = *bench_;
  m.load_valid_i = 1;
  m.load_addr_i = kBase;
  m.load_beats_i = 16;
  m.load_data_ready_i = 1;
  for (int i = 0; i < 1000; ++i) {
    Settle();
    Finish();
  }
  EXPECT_EQ(memory_.max_reads_in_flight(), 8u);
  EXPECT_GE(memory_.read_beats(), 930u);  // one per cycle after the first 40
}

TEST_F(ReaderTest, RefusesWhatLeavesTheWindow) {
  for (const uint32_t address : {kBase - 8, kBase + kBytes, 0u, 0xFFFFFFF8u}) {
    ASSERT_TRUE(UntilError({address, 1}, 5)) << address;
    EXPECT_EQ(bench_->error_code_o, static_cast<int>(ErrorCode::kOutOfWindow));
    EXPECT_EQ(bench_->error_addr_o, address);
    EXPECT_TRUE(bench_->error_load_o);
    EXPECT_FALSE(bench_->load_ready_o);
    EXPECT_FALSE(bench_->m_axi_arvalid);
  }
  EXPECT_FALSE(UntilError({kBase + kBytes - 8, 1}, 20));
  EXPECT_FALSE(UntilError({kBase, 1}, 20));
}

// The log of commands is short: whoever asks for more of them than it holds waits.
TEST_F(ReaderTest, FetchesWaitForRoomInTheirLog) {
  memory_.stalls = {.latency_min = 60, .latency_max = 60};
  auto& m = *bench_;
  uint32_t asked = 0, received = 0;
  m.fetch_beats_i = 8;
  for (int i = 0; i < 1000 && received < 20 * 8; ++i) {
    m.fetch_valid_i = asked < 20;
    m.fetch_addr_i = kBase + 64 * asked;
    Settle();
    EXPECT_FALSE(m.error_valid_o);
    if (m.fetch_data_valid_o) {
      ASSERT_EQ(m.data_o, memory_.Word(kBase + 8 * received)) << "word " << received;
      ++received;
    }
    asked += m.fetch_valid_i && m.fetch_ready_o;
    Finish();
  }
  EXPECT_EQ(received, 20u * 8);
  EXPECT_LE(memory_.max_reads_in_flight(),
            5u + 1);  // what it holds, and an answer on its last cycle
}

TEST_F(ReaderTest, HoldsBurstsAgainstAnyWindow) {
  auto& m = *bench_;
  // Nothing is clocked, so nothing is asked for.
  m.load_valid_i = m.load_beats_i = 1;
  for (const auto& [base, limit, page, inside] : WindowCases(random_)) {
    m.window_base_i = base;
    m.window_limit_i = limit;
    m.load_addr_i = page * 4096 + 8 * random_.Range(0, 511);
    bench_.Settle();
    const std::string where = std::to_string(base) + " to " + std::to_string(limit) + ", page " +
                              std::to_string(page) + ", seed " + std::to_string(seed_);
    EXPECT_EQ(m.load_ready_o, inside) << where;
    EXPECT_EQ(m.error_valid_o, !inside) << where;
    if (!inside) {
      EXPECT_EQ(m.error_addr_o, m.load_addr_i) << where;
    }
  }
  m.load_valid_i = 0;
}

TEST_F(ReaderTest, NamesTheBurstOfABadAnswer) {
  memory_.bad_reads = {kBase + 0x88};
  memory_.stalls.latency_max = 20;
  ASSERT_TRUE(UntilError({kBase + 0x80, 4}, 60));
  EXPECT_EQ(bench_->error_code_o, static_cast<int>(ErrorCode::kReadResponse));
  EXPECT_EQ(bench_->error_addr_o, kBase + 0x80);
  EXPECT_FALSE(bench_->load_data_valid_o) << "bad data were passed on";
}

// The bad answer arrives while the good one before it still waits for whoever asked.
TEST_F(ReaderTest, ABadAnswerWaitsForItsTurn) {
  memory_.bad_reads = {kBase + 8};
  auto& m = *bench_;
  m.load_valid_i = 1;
  m.load_addr_i = kBase;
  m.load_beats_i = 2;
  m.load_data_ready_i = 0;
  for (int i = 0; i < 20; ++i) {
    Settle();
    EXPECT_FALSE(m.error_valid_o) << "cycle " << i;
    const bool taken = m.load_valid_i && m.load_ready_o;
    Finish();
    if (taken) m.load_valid_i = 0;  // this burst alone
  }
  m.load_data_ready_i = 1;
  Settle();
  EXPECT_TRUE(m.load_data_valid_o);
  EXPECT_EQ(m.data_o, memory_.Word(kBase));
  EXPECT_FALSE(m.error_valid_o);
  Finish();
  Settle();
  EXPECT_FALSE(m.load_data_valid_o) << "bad data were passed on";
  ASSERT_TRUE(m.error_valid_o);
  EXPECT_EQ(m.error_code_o, static_cast<int>(ErrorCode::kReadResponse));
  EXPECT_EQ(m.error_addr_o, kBase);
}

TEST_F(ReaderTest, HaltIssuesNothingAndDropsWhatComes) {
  memory_.stalls = {.latency_min = 30, .latency_max = 30};
  auto& m = *bench_;
  m.load_valid_i = 1;
  m.load_addr_i = kBase;
  m.load_beats_i = 16;
  for (int i = 0; i < 12; ++i) {
    Settle();
    Finish();
  }
  m.halt_i = 1;  // nobody takes data any more
  for (int i = 0; i < 400; ++i) {
    Settle();
    EXPECT_FALSE(m.load_ready_o);
    EXPECT_FALSE(m.load_data_valid_o);
    Finish();
  }
  EXPECT_TRUE(m.idle_o);
  EXPECT_EQ(memory_.reads_in_flight(), 0u);
  EXPECT_GE(memory_.read_beats(), 8u * 16);
}

}  // namespace
}  // namespace fragua::rtltest

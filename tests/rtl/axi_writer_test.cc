// fr_axi_writer alone: every word where it belongs, addresses behind their data, window, bad
// answers.

#include <deque>
#include <string>
#include <vector>

#include "Vfr_axi_writer.h"
#include "support/bench.h"
#include "support/bus_bursts.h"

namespace fragua::rtltest {
namespace {

class WriterTest : public ::testing::Test {
 protected:
  WriterTest() : seed_(Seed(4)), random_(seed_), memory_(kBase, kBytes / 8, seed_) {
    memory_.window_base = kBase;
    memory_.window_limit = kBase + kBytes;
    auto& m = *bench_;
    m.halt_i = 0;
    m.window_base_i = kBase >> 12;
    m.window_limit_i = (kBase + kBytes) >> 12;
    m.burst_addr_i = kBase;
    m.burst_valid_i = m.word_entered_i = m.word_valid_i = 0;
    m.m_axi_bvalid = 0;
    bench_.Reset();
  }
  void TearDown() override {
    for (const auto& complaint : memory_.complaints())
      ADD_FAILURE() << complaint << ", seed " << seed_;
  }
  // One cycle; `offer` puts a word into the store FIFO, which shows it two cycles later, as fr_fifo
  // does.
  void Cycle(bool offer, uint64_t word) {
    auto& m = *bench_;
    m.word_entered_i = offer;
    m.word_valid_i = !visible_.empty();
    if (!visible_.empty()) m.word_i = visible_.front();
    memory_.DriveWrite(m);
    bench_.Settle();
    memory_.SampleWrite(m);
    memory_.EndCycle();
    const bool taken = m.word_valid_i && m.word_ready_o;
    burst_taken_ = m.burst_valid_i && m.burst_ready_o;
    error_code_ = m.error_valid_o ? m.error_code_o : 0;
    error_addr_ = m.error_addr_o;
    bench_.Tick();
    if (taken) visible_.pop_front();
    visible_.insert(visible_.end(), arriving_.begin(), arriving_.end());
    arriving_.clear();
    if (offer) arriving_.push_back(word);
  }

  uint32_t seed_;
  Random random_;
  AxiMemory memory_;
  std::deque<uint64_t> visible_;
  std::vector<uint64_t> arriving_;
  // Of the last cycle:
  bool burst_taken_ = false;
  int error_code_ = 0;
  uint32_t error_addr_ = 0;
  Bench<Vfr_axi_writer> bench_;
};

TEST_F(WriterTest, WritesEveryWordWhereItBelongs) {
  for (const AxiStalls& stalls : kBuses) {
    memory_.stalls = stalls;
    auto& m = *bench_;
    std::vector<std::pair<uint32_t, uint64_t>> expected;
    std::deque<uint32_t> addresses;  // of words whose burst is known and that have not been offered
    std::deque<BurstRequest> bursts;
    uint32_t next = kBase;  // consecutive, so that no word is written twice
    while (next < kBase + 0x4000) {
      const uint32_t first = next / 8 % 16;
      const BurstRequest burst{next, static_cast<uint8_t>(random_.Range(1, 16 - first))};
      bursts.push_back(burst);
      for (int i = 0; i < burst.beats; ++i) addresses.push_back(next + 8 * i);
      next += 8 * burst.beats;
    }
    const uint64_t before = memory_.write_beats();
    for (int cycle = 0; cycle < 100000; ++cycle) {
      m.burst_valid_i = !bursts.empty();
      if (!bursts.empty()) {
        m.burst_addr_i = bursts.front().address;
        m.burst_beats_i = bursts.front().beats;
      }
      const bool offer = !addresses.empty() && visible_.size() < 1000 && random_.Chance(60);
      const uint64_t word = random_.Word();
      if (offer) {
        expected.emplace_back(addresses.front(), word);
        addresses.pop_front();
      }
      Cycle(offer, word);
      if (burst_taken_) bursts.pop_front();
      if (bursts.empty() && addresses.empty() && m.idle_o && visible_.empty()) break;
    }
    EXPECT_TRUE(bursts.empty());
    EXPECT_EQ(memory_.write_beats() - before, expected.size());
    EXPECT_EQ(memory_.writes_in_flight(), 0u);
    for (const auto& [address, word] : expected) {
      ASSERT_EQ(memory_.Word(address), word) << address << ", seed " << seed_;
    }
  }
}

TEST_F(WriterTest, AddressWaitsForTheWholeBurst) {
  auto& m = *bench_;
  m.burst_valid_i = 1;
  m.burst_addr_i = kBase;
  m.burst_beats_i = 16;
  for (int i = 0; i < 15; ++i) Cycle(true, i);
  for (int i = 0; i < 20; ++i) {
    Cycle(false, 0);
    EXPECT_FALSE(m.m_axi_awvalid);
    EXPECT_FALSE(burst_taken_);
  }
  Cycle(true, 15);
  Cycle(false, 0);
  EXPECT_TRUE(burst_taken_);
}

// The store FIFO holds a word more than its memory, and all of them may wait for their STORE.
TEST_F(WriterTest, AFullFifoWaitsForItsBursts) {
  auto& m = *bench_;
  constexpr uint32_t kWords = 1025;
  for (uint32_t i = 0; i < kWords; ++i) Cycle(true, 7 * i);
  for (int i = 0; i < 20; ++i) Cycle(false, 0);
  EXPECT_EQ(memory_.write_beats(), 0u);
  uint32_t next = 0;
  for (int i = 0; i < 3000 && (next < kWords || !m.idle_o); ++i) {
    m.burst_valid_i = next < kWords;
    m.burst_addr_i = kBase + 8 * next;
    m.burst_beats_i = static_cast<uint8_t>(std::min(16u, kWords - next));
    Cycle(false, 0);
    if (burst_taken_) next += m.burst_beats_i;
  }
  EXPECT_EQ(memory_.write_beats(), kWords);
  for (uint32_t i = 0; i < kWords; ++i) ASSERT_EQ(memory_.Word(kBase + 8 * i), 7 * i);
}

// A slave may wait for WVALID before it takes the address.
TEST_F(WriterTest, DataComeWithoutTheAddressBeingTaken) {
  auto& m = *bench_;
  memory_.stalls.address = 100;
  m.burst_valid_i = 1;
  m.burst_addr_i = kBase;
  m.burst_beats_i = 2;
  Cycle(true, 1);
  Cycle(true, 2);
  for (int i = 0; i < 10 && !burst_taken_; ++i) Cycle(false, 0);
  m.burst_valid_i = 0;
  for (int i = 0; i < 10; ++i) Cycle(false, 0);
  EXPECT_TRUE(m.m_axi_awvalid);
  EXPECT_EQ(memory_.write_beats(), 2u);
  EXPECT_FALSE(m.idle_o);
  memory_.stalls.address = 0;
  for (int i = 0; i < 10; ++i) Cycle(false, 0);
  EXPECT_TRUE(m.idle_o);
}

TEST_F(WriterTest, HoldsBurstsAgainstAnyWindow) {
  auto& m = *bench_;
  Cycle(true, 1);
  Cycle(false, 0);
  m.burst_valid_i = m.burst_beats_i = 1;
  for (const auto& [base, limit, page, inside] : WindowCases(random_)) {
    m.window_base_i = base;
    m.window_limit_i = limit;
    m.burst_addr_i = page * 4096 + 8 * random_.Range(0, 511);
    bench_.Settle();
    const std::string where = std::to_string(base) + " to " + std::to_string(limit) + ", page " +
                              std::to_string(page) + ", seed " + std::to_string(seed_);
    EXPECT_EQ(m.burst_ready_o, inside) << where;
    EXPECT_EQ(m.error_valid_o, !inside) << where;
    if (!inside) {
      EXPECT_EQ(m.error_addr_o, m.burst_addr_i) << where;
    }
  }
  m.burst_valid_i = 0;
}

TEST_F(WriterTest, RefusesWhatLeavesTheWindowAndReportsBadAnswers) {
  auto& m = *bench_;
  for (int i = 0; i < 4; ++i) Cycle(true, i);
  for (int i = 0; i < 4; ++i) Cycle(false, 0);
  m.burst_valid_i = 1;
  m.burst_beats_i = 2;
  for (const uint32_t address : {kBase - 16, kBase + kBytes}) {
    m.burst_addr_i = address;
    Cycle(false, 0);
    EXPECT_EQ(error_code_, static_cast<int>(ErrorCode::kOutOfWindow));
    EXPECT_EQ(error_addr_, address);
    EXPECT_FALSE(m.m_axi_awvalid);
  }
  memory_.bad_writes = {kBase + 0x100};
  m.burst_addr_i = kBase + 0x100;
  Cycle(false, 0);
  ASSERT_TRUE(burst_taken_);
  m.burst_valid_i = 0;
  for (int i = 0; i < 20 && error_code_ != static_cast<int>(ErrorCode::kWriteResponse); ++i)
    Cycle(false, 0);
  EXPECT_EQ(error_code_, static_cast<int>(ErrorCode::kWriteResponse));
  EXPECT_EQ(error_addr_, kBase + 0x100);
}

}  // namespace
}  // namespace fragua::rtltest

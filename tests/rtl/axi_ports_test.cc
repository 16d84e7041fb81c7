// fr_axi_reader and fr_axi_writer alone: data to the right client in order, bursts in flight,
// window, halt, bad answers.

#include <deque>
#include <vector>

#include "Vfr_axi_reader.h"
#include "Vfr_axi_writer.h"
#include "fragua/driver/registers.h"
#include "support/axi_memory.h"
#include "support/bench.h"

namespace fragua::rtltest {
namespace {

using fragua::driver::regs::ErrorCode;

constexpr uint32_t kBase = 0x20000;
constexpr uint32_t kBytes = 0x10000;

struct BurstRequest {
  uint32_t address;
  uint8_t beats;
};

// A burst as fr_bursts makes them: within 128 bytes.
BurstRequest RandomBurst(Random& random) {
  const uint32_t first = random.Range(0, 15);
  return {kBase + 128 * random.Range(0, kBytes / 128 - 1) + 8 * first,
          static_cast<uint8_t>(random.Range(1, 16 - first))};
}

const std::vector<AxiStalls> kBuses = {
    {}, {.latency_min = 30, .latency_max = 30}, {50, 50, 50, 50, 1, 40}, {90, 80, 80, 90, 1, 3}};

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

TEST_F(ReaderTest, NamesTheBurstOfABadAnswer) {
  memory_.bad_reads = {kBase + 0x88};
  memory_.stalls.latency_max = 20;
  ASSERT_TRUE(UntilError({kBase + 0x80, 4}, 60));
  EXPECT_EQ(bench_->error_code_o, static_cast<int>(ErrorCode::kReadResponse));
  EXPECT_EQ(bench_->error_addr_o, kBase + 0x80);
  EXPECT_FALSE(bench_->load_data_valid_o) << "bad data were passed on";
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

class WriterTest : public ::testing::Test {
 protected:
  WriterTest() : seed_(Seed(4)), random_(seed_), memory_(kBase, kBytes / 8, seed_) {
    memory_.window_base = kBase;
    memory_.window_limit = kBase + kBytes;
    auto& m = *bench_;
    m.halt_i = 0;
    m.window_base_i = kBase >> 12;
    m.window_limit_i = (kBase + kBytes) >> 12;
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

// fr_fetch alone: commands to their units in order, nothing it has no room for, every bad ring.

#include <deque>
#include <vector>

#include "Vfr_fetch.h"
#include "Vfr_fetch___024root.h"
#include "support/bench.h"
#include "support/engine_commands.h"

namespace fragua::rtltest {
namespace {

constexpr uint32_t kRing = 0x30000;
constexpr uint32_t kRingLog2 = 3;

class FetchTest : public ::testing::Test {
 protected:
  FetchTest() : seed_(Seed(9)), random_(seed_) {
    auto& m = *bench_;
    m.halt_i = 0;
    m.enable_i = 1;
    m.ring_base_i = kRing;
    m.ring_size_i = kRingLog2;
    m.tail_i = 0;
    m.burst_ready_i = m.data_valid_i = 0;
    m.load_ready_i = m.compute_ready_i = m.store_ready_i = 0;
    bench_.Reset();
  }
  // One cycle against a memory of commands; what is dealt goes to `dealt_`.
  void Cycle(int data_percent, int ready_percent) {
    auto& m = *bench_;
    m.burst_ready_i = random_.Chance(50);
    m.data_valid_i = !due_.empty() && random_.Chance(data_percent);
    if (m.data_valid_i) m.data_i = due_.front();
    m.load_ready_i = random_.Chance(ready_percent);
    m.compute_ready_i = random_.Chance(ready_percent);
    m.store_ready_i = random_.Chance(ready_percent);
    bench_.Settle();
    EXPECT_LE(m.load_valid_o + m.compute_valid_o + m.store_valid_o, 1);
    if (m.load_valid_o && m.load_ready_i) dealt_[0].push_back(m.word_o);
    if (m.compute_valid_o && m.compute_ready_i) dealt_[1].push_back(m.word_o);
    if (m.store_valid_o && m.store_ready_i) dealt_[2].push_back(m.word_o);
    if (m.burst_valid_o && m.burst_ready_i) {
      asked_.push_back(m.burst_addr_o);
      const size_t slot = (m.burst_addr_o - m.ring_base_i) / 64 % ring_.size();
      for (const uint64_t word : ring_.at(slot).words()) due_.push_back(word);
      most_due_ = std::max(most_due_, due_.size());
    }
    if (m.error_valid_o && error_ == 0) {
      error_ = m.error_code_o;
      error_tag_ = m.error_tag_o;
    }
    const bool data = m.data_valid_i;
    bench_.Tick();
    if (data) due_.pop_front();
  }

  uint32_t seed_;
  Random random_;
  std::vector<regs::Command> ring_ = std::vector<regs::Command>(1 << kRingLog2);
  std::deque<uint64_t> due_;
  size_t most_due_ = 0;
  std::vector<uint32_t> asked_;
  std::vector<uint64_t> dealt_[3];
  int error_ = 0;
  uint32_t error_tag_ = 0;
  Bench<Vfr_fetch> bench_;
};

TEST_F(FetchTest, DealsEveryCommandToItsUnitInOrder) {
  std::vector<uint64_t> expected[3];
  uint32_t tail = 0;
  while (bench_->head_o < 300) {
    while (tail < 300 && tail - bench_->head_o < ring_.size() && random_.Chance(20)) {
      const int unit = static_cast<int>(random_.Range(0, 2));
      const regs::Opcode store = random_.Chance(50) ? regs::Opcode::kStore : regs::Opcode::kSignal;
      regs::Command command = regs::MakeCommand(unit == 0   ? regs::Opcode::kLoad
                                                : unit == 1 ? regs::Opcode::kCompute
                                                            : store);
      for (int w = 1; w < 8; ++w) command.words()[w] = random_.Word();
      ring_[tail % ring_.size()] = Tag(command, tail);
      const auto& words = ring_[tail % ring_.size()].words();
      expected[unit].insert(expected[unit].end(), words.begin(), words.end());
      bench_->tail_i = ++tail;
    }
    Cycle(70, 60);
    ASSERT_EQ(error_, 0);
  }
  for (int unit = 0; unit < 3; ++unit) EXPECT_EQ(dealt_[unit], expected[unit]) << "unit " << unit;
  ASSERT_EQ(asked_.size(), 300u);
  for (uint32_t i = 0; i < 300; ++i) EXPECT_EQ(asked_[i], kRing + 64 * (i % 8)) << i;
  bench_.Settle();
  EXPECT_FALSE(bench_->busy_o);
}

// As many commands as a ring can hold and more, from any number of commands on, in any place.
TEST_F(FetchTest, FindsEveryCommandInAnyRing) {
  auto& m = *bench_;
  for (int round = 0; round < 200; ++round) {
    bench_.Reset();
    asked_.clear();
    dealt_[0].clear();
    m.ring_base_i = random_.Half() & ~63u;
    m.ring_size_i = random_.Range(3, 16);
    const uint32_t first = round == 0 ? 0x7FFFFFFB : round == 1 ? 0xFFFFFFFB : random_.Half();
    m.rootp->fr_fetch__DOT__head_q = m.rootp->fr_fetch__DOT__asked_q = first;
    std::vector<uint64_t> expected;
    for (uint32_t i = 0; i < 8; ++i) {
      regs::Command& command = ring_[(first + i) % 8];
      command = Tag(regs::MakeCommand(regs::Opcode::kLoad), first + i);
      expected.insert(expected.end(), command.words().begin(), command.words().end());
    }
    m.tail_i = first + 8;
    for (int i = 0; i < 1000 && m.head_o != first + 8; ++i) Cycle(90, 90);
    ASSERT_EQ(error_, 0) << "round " << round << ", seed " << seed_;
    ASSERT_EQ(m.head_o, first + 8) << "round " << round << ", seed " << seed_;
    ASSERT_EQ(asked_.size(), 8u);
    EXPECT_EQ(dealt_[0], expected) << "round " << round << ", seed " << seed_;
    for (uint32_t i = 0; i < 8; ++i) {
      EXPECT_EQ(asked_[i], m.ring_base_i + 64 * ((first + i) % (1u << m.ring_size_i)))
          << "round " << round << ", command " << i << ", seed " << seed_;
    }
  }
}

TEST_F(FetchTest, NeverAsksForMoreThanItHasRoomFor) {
  ring_.assign(8, regs::MakeCommand(regs::Opcode::kLoad));
  bench_->tail_i = 8;
  for (int i = 0; i < 300; ++i) Cycle(0, 0);
  EXPECT_EQ(asked_.size(), 4u);
  for (int i = 0; i < 300; ++i) Cycle(100, 0);  // all of it is taken although no queue is
  EXPECT_TRUE(due_.empty());
  EXPECT_EQ(asked_.size(), 4u);
  EXPECT_EQ(bench_->head_o, 0u);
}

TEST_F(FetchTest, HaltAndDisableStopIt) {
  ring_.assign(8, regs::MakeCommand(regs::Opcode::kLoad));
  bench_->tail_i = 8;
  bench_->halt_i = 1;
  for (int i = 0; i < 50; ++i) Cycle(100, 100);
  EXPECT_TRUE(asked_.empty());
  bench_->halt_i = 0;
  bench_->enable_i = 0;
  for (int i = 0; i < 50; ++i) Cycle(100, 100);
  EXPECT_TRUE(asked_.empty());
  EXPECT_FALSE(bench_->busy_o);
  bench_->enable_i = 1;
  for (int i = 0; i < 500; ++i) Cycle(100, 100);
  EXPECT_EQ(bench_->head_o, 8u);
}

TEST_F(FetchTest, RefusesTokensOfOtherUnits) {
  struct Case {
    regs::Opcode opcode;
    uint32_t wait, post;
  };
  const uint32_t lcw = regs::kTokenLcw, lca = regs::kTokenLca, cl = regs::kTokenCl,
                 sl = regs::kTokenSl;
  const std::vector<Case> legal = {{regs::Opcode::kLoad, cl | sl, lcw | lca},
                                   {regs::Opcode::kCompute, lcw | lca, cl},
                                   {regs::Opcode::kStore, 0, sl},
                                   {regs::Opcode::kSignal, 0, sl}};
  for (const Case& c : legal) {
    for (int bit = -1; bit < 16; ++bit) {
      const uint32_t wait = c.wait | (bit >= 0 && bit < 8 ? 1u << bit : 0);
      const uint32_t post = c.post | (bit >= 8 ? 1u << (bit - 8) : 0);
      ring_[0] = Tag(Wait(Post(regs::MakeCommand(c.opcode), post), wait), 1234);
      bench_.Reset();
      due_.clear();
      error_ = 0;
      bench_->tail_i = 1;
      for (int i = 0; i < 60; ++i) Cycle(100, 100);
      const bool good = wait == c.wait && post == c.post;
      EXPECT_EQ(error_, good ? 0 : static_cast<int>(regs::ErrorCode::kBadShape))
          << "opcode " << static_cast<int>(c.opcode) << " wait " << wait << " post " << post;
      EXPECT_TRUE(good || error_tag_ == 1234u);
    }
  }
}

TEST_F(FetchTest, RefusesEveryUnknownOpcode) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    ring_[0] = regs::Command().Set(regs::header::kOpcode, opcode);
    bench_.Reset();
    due_.clear();
    error_ = 0;
    bench_->tail_i = 1;
    for (int i = 0; i < 60; ++i) Cycle(100, 100);
    const bool known = opcode == 0x10 || opcode == 0x20 || opcode == 0x30 || opcode == 0x31;
    EXPECT_EQ(error_, known ? 0 : static_cast<int>(regs::ErrorCode::kIllegalOpcode)) << opcode;
  }
}

TEST_F(FetchTest, RefusesARingThatCannotBe) {
  const auto error = [&](uint32_t size, uint32_t base, uint32_t tail) {
    bench_.Reset();
    due_.clear();
    error_ = 0;
    bench_->ring_size_i = size;
    bench_->ring_base_i = base;
    bench_->tail_i = tail;
    for (int i = 0; i < 10; ++i) bench_.Tick();
    bench_.Settle();
    return bench_->error_valid_o ? static_cast<int>(bench_->error_code_o) : 0;
  };
  const int bad_shape = static_cast<int>(regs::ErrorCode::kBadShape);
  EXPECT_EQ(error(0, kRing, 1), bad_shape);
  EXPECT_EQ(error(3, kRing, 9), bad_shape);
  EXPECT_EQ(error(3, kRing, 0xFFFFFFFF), bad_shape);
  EXPECT_EQ(error(3, kRing + 32, 1), static_cast<int>(regs::ErrorCode::kMisaligned));
  for (uint32_t size = 17; size < 64; ++size) EXPECT_EQ(error(size, kRing, 1), bad_shape) << size;
  for (int bit = 5; bit < 32; ++bit) EXPECT_EQ(error(1u << bit | 3, kRing, 1), bad_shape) << bit;
  EXPECT_EQ(error(16, kRing, 65536), 0);
  EXPECT_EQ(error(3, kRing, 8), 0);
  EXPECT_EQ(error(1, kRing, 2), 0);
  for (int i = 0; i < 60; ++i) {
    const uint32_t size = random_.Half() | 32;
    const uint32_t base = random_.Half() | random_.Range(1, 63);
    EXPECT_EQ(error(size, kRing, 1), bad_shape) << size << ", seed " << seed_;
    EXPECT_EQ(error(3, base, 1), static_cast<int>(regs::ErrorCode::kMisaligned)) << base;
    EXPECT_EQ(bench_->error_addr_o, base) << "seed " << seed_;
  }
}

TEST_F(FetchTest, AsksForWholeCommandsWhateverHappensToTheRingBase) {
  bench_.Reset();
  bench_->burst_ready_i = 0;
  bench_->tail_i = 1;
  for (int i = 0; i < 10; ++i) bench_.Tick();
  ASSERT_TRUE(bench_->burst_valid_o);
  bench_->ring_base_i = kRing + 0xFE8;  // checked by now; the burst would cross a page
  for (int i = 0; i < 10; ++i) {
    bench_.Settle();
    ASSERT_TRUE(bench_->burst_valid_o);
    ASSERT_EQ(bench_->burst_addr_o, kRing) << "cycle " << i;
    bench_.Tick();
  }
}

TEST_F(FetchTest, RefusesATailBehindWhatItHasAskedFor) {
  bench_.Reset();
  bench_->burst_ready_i = 1;
  bench_->tail_i = 3;
  for (int i = 0; i < 20; ++i) bench_.Tick();
  bench_.Settle();
  ASSERT_FALSE(bench_->error_valid_o);
  bench_->tail_i = 2;
  for (int i = 0; i < 3; ++i) bench_.Tick();
  bench_.Settle();
  ASSERT_TRUE(bench_->error_valid_o);
  EXPECT_EQ(bench_->error_code_o, static_cast<int>(regs::ErrorCode::kBadShape));
}

}  // namespace
}  // namespace fragua::rtltest

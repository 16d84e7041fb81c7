// fr_load alone: two-dimensional runs become the right bursts, words land where the command says,
// tokens are posted when the last word is in place.

#include <deque>
#include <map>

#include "Vfr_load.h"
#include "support/bench.h"
#include "support/mover_commands.h"

namespace fragua::rtltest {
namespace {

constexpr int kActWords = 1000;
constexpr int kWeightWords = 32;
constexpr int kSlices = 4;

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() : seed_(Seed(5)), random_(seed_) {
    auto& m = *bench_;
    m.halt_i = m.cmd_valid_i = m.burst_ready_i = m.data_valid_i = m.act_ready_i = 0;
    m.token_avail_i = 3;
    bench_.Reset();
  }
  struct Outcome {
    std::vector<uint32_t> asked;                               // bus words
    std::map<uint32_t, uint64_t> act;                          // by address
    std::map<std::pair<uint32_t, uint32_t>, uint64_t> weight;  // by word and slice
    std::vector<std::pair<uint64_t, int>> posts;               // words in place by then, tokens
    int error = 0;
    uint64_t placed = 0;
    std::vector<int> taken;
  };
  // The data of a bus word: its address, so that a misplaced one shows.
  static uint64_t Data(uint32_t address) { return (uint64_t{address} << 32) | ~address; }

  Outcome Run(const std::vector<regs::Command>& commands, int cycles, int ready_percent) {
    auto& m = *bench_;
    Outcome out;
    std::deque<regs::Command> queue(commands.begin(), commands.end());
    std::deque<uint32_t> due;
    for (int cycle = 0; cycle < cycles; ++cycle) {
      m.cmd_valid_i = !queue.empty();
      if (!queue.empty()) Put(m.cmd_i.data(), queue.front());
      m.burst_ready_i = random_.Chance(ready_percent);
      m.act_ready_i = random_.Chance(ready_percent);
      if (!m.data_valid_i) m.data_valid_i = !due.empty() && random_.Chance(ready_percent);
      if (m.data_valid_i) m.data_i = Data(due.front());
      bench_.Settle();
      if (m.error_valid_o) {
        out.error = m.error_code_o;
        return out;
      }
      if (m.token_take_o) out.taken.push_back(m.token_take_o);
      if (m.token_post_o) out.posts.emplace_back(out.placed, m.token_post_o);
      if (m.act_valid_o && m.act_ready_i) {
        EXPECT_TRUE(m.data_ready_o);
        out.act[m.act_addr_o] = m.act_data_o;
        ++out.placed;
      }
      if (m.weight_valid_o) {
        EXPECT_TRUE(m.data_ready_o);
        out.weight[{m.weight_addr_o, m.weight_slice_o}] = m.weight_data_o;
        ++out.placed;
      }
      const bool data_taken = m.data_valid_i && m.data_ready_o;
      if (m.burst_valid_o && m.burst_ready_i) {
        ExpectLegal(m.burst_addr_o, m.burst_beats_o);
        for (uint32_t b = 0; b < m.burst_beats_o; ++b) {
          out.asked.push_back(m.burst_addr_o + 8 * b);
          due.push_back(m.burst_addr_o + 8 * b);
        }
      }
      const bool command_taken = m.cmd_valid_i && m.cmd_ready_o;
      bench_.Tick();
      if (command_taken) queue.pop_front();
      if (data_taken) {
        due.pop_front();
        m.data_valid_i = 0;
      }
    }
    EXPECT_TRUE(queue.empty() && due.empty()) << "not finished, seed " << seed_;
    bench_.Settle();
    EXPECT_FALSE(m.busy_o);
    return out;
  }

  uint32_t seed_;
  Random random_;
  Bench<Vfr_load> bench_;
};

TEST_F(LoadTest, PlacesActivationRunsOfEveryShape) {
  for (int ready : {30, 100}) {
    for (const auto& [words, runs] :
         {std::pair{1u, 1u}, {1u, 9u}, {2u, 3u}, {15u, 2u}, {16u, 2u}, {17u, 3u}, {100u, 4u}}) {
      SCOPED_TRACE(::testing::Message()
                   << words << "x" << runs << " ready " << ready << " seed " << seed_);
      const uint32_t stride = 8 * (words + 7);
      const Outcome out =
          Run({Post(Load(kAddress, stride, words, runs, false, 50, words + 3), regs::kTokenLca)},
              4000, ready);
      EXPECT_EQ(out.asked, Addresses(kAddress, stride, words, runs));
      EXPECT_EQ(out.act.size(), words * runs);
      for (uint32_t r = 0; r < runs; ++r) {
        for (uint32_t w = 0; w < words; ++w) {
          const auto found = out.act.find(50 + r * (words + 3) + w);
          ASSERT_NE(found, out.act.end());
          ASSERT_EQ(found->second, Data(kAddress + r * stride + 8 * w));
        }
      }
      ASSERT_EQ(out.posts.size(), 1u);
      EXPECT_EQ(out.posts[0], (std::pair{uint64_t{words * runs}, 2}));  // {LCA, LCW}
      EXPECT_TRUE(out.weight.empty());
      EXPECT_TRUE(out.taken.empty());
    }
  }
}

TEST_F(LoadTest, PlacesWeightsSliceBySliceAndWraps) {
  const Outcome out =
      Run({Post(Load(kAddress, 800, 3 * kSlices, 4, true, kWeightWords - 5, 3), regs::kTokenLcw)},
          3000, 60);
  EXPECT_EQ(out.weight.size(), 12u * kSlices);
  for (uint32_t r = 0; r < 4; ++r) {
    for (uint32_t i = 0; i < 3 * kSlices; ++i) {
      const uint32_t word = (kWeightWords - 5 + 3 * r + i / kSlices) % kWeightWords;
      ASSERT_EQ(out.weight.at({word, i % kSlices}), Data(kAddress + 800 * r + 8 * i))
          << r << " " << i;
    }
  }
  ASSERT_EQ(out.posts.size(), 1u);
  EXPECT_EQ(out.posts[0], (std::pair{uint64_t{12 * kSlices}, 1}));
  EXPECT_TRUE(out.act.empty());
}

// As many runs as the field can say, all to the same place; any stride in memory, any in the buffer
// where there is one run.
TEST_F(LoadTest, RunsAreAsManyAndAsFarApartAsTheirFieldsSay) {
  constexpr uint32_t kRuns = 0xFFFF;
  const Outcome many =
      Run({Post(Load(kAddress, 8, 1, kRuns, false, 7, 0), regs::kTokenLca)}, 700000, 60);
  EXPECT_EQ(many.placed, kRuns);
  EXPECT_EQ(many.asked, Addresses(kAddress, 8, 1, kRuns));
  EXPECT_EQ(many.act, (std::map<uint32_t, uint64_t>{{7, Data(kAddress + 8 * (kRuns - 1))}}));
  ASSERT_EQ(many.posts.size(), 1u);
  EXPECT_EQ(many.posts[0].first, kRuns);
  for (int round = 0; round < 60; ++round) {
    const uint32_t address = random_.Half() & ~7u;
    const uint32_t stride = random_.Half() & ~7u;
    const uint32_t apart = random_.Range(2, kActWords - 2);
    const Outcome two = Run({Load(address, stride, 2, 2, false, 0, apart)}, 200, 80);
    EXPECT_EQ(two.asked, Addresses(address, stride, 2, 2)) << "seed " << seed_;
    EXPECT_EQ(two.act.at(apart + 1), Data(address + stride + 8)) << "seed " << seed_;
    const Outcome one =
        Run({Load(address, stride, 2, 1, false, 5, random_.Range(0, 0xFFFF))}, 200, 80);
    EXPECT_EQ(one.asked, Addresses(address, stride, 2, 1)) << "seed " << seed_;
    EXPECT_EQ(one.act.at(6), Data(address + 8)) << "seed " << seed_;
  }
}

TEST_F(LoadTest, CommandsFollowWithoutLosingTheirPosts) {
  std::vector<regs::Command> commands;
  for (uint32_t i = 0; i < 20; ++i) {
    commands.push_back(Post(Load(kAddress + 8 * i, 0, 1 + i % 3, 1, false, 10 * i, 0),
                            i % 2 ? regs::kTokenLcw : regs::kTokenLca));
  }
  const Outcome out = Run(commands, 3000, 70);
  ASSERT_EQ(out.posts.size(), 20u);
  uint64_t words = 0;
  for (uint32_t i = 0; i < 20; ++i) {
    words += 1 + i % 3;
    EXPECT_EQ(out.posts[i], (std::pair{words, i % 2 ? 1 : 2})) << i;
  }
}

TEST_F(LoadTest, WaitsForAllItsTokensAndTakesThemOnce) {
  auto& m = *bench_;
  const regs::Command command =
      Wait(Load(kAddress, 0, 2, 1, false, 0, 0), regs::kTokenCl | regs::kTokenSl);
  for (int available : {0, 1, 2}) {
    m.token_avail_i = static_cast<uint8_t>(available);
    m.cmd_valid_i = 1;
    Put(m.cmd_i.data(), command);
    m.burst_ready_i = 1;
    for (int i = 0; i < 20; ++i) {
      bench_.Settle();
      EXPECT_EQ(m.token_take_o, 0);
      EXPECT_FALSE(m.burst_valid_o);
      bench_.Tick();
      m.cmd_valid_i = 0;
    }
    bench_.Reset();
  }
  m.token_avail_i = 3;
  const Outcome out = Run({command, Load(kAddress, 0, 2, 1, false, 4, 0)}, 200, 100);
  EXPECT_EQ(out.taken, std::vector<int>{3});
}

TEST_F(LoadTest, MovesAWordPerCycle) {
  const Outcome out = Run({Load(0x10000000, 0, 400, 1, false, 0, 0)}, 420, 100);
  EXPECT_EQ(out.placed, 400u);
}

TEST_F(LoadTest, RefusesEveryBadShape) {
  const int bad_shape = static_cast<int>(regs::ErrorCode::kBadShape);
  const int misaligned = static_cast<int>(regs::ErrorCode::kMisaligned);
  const auto error = [&](const regs::Command& command) {
    bench_.Reset();
    return Run({command}, 300, 100).error;
  };
  EXPECT_EQ(error(Load(kAddress, 0, 0, 1, false, 0, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, 1, 0, false, 0, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, 1, 1, false, kActWords, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, 1, 1, false, kActWords - 1, 0)), 0);
  EXPECT_EQ(error(Load(kAddress, 0, 10, 2, false, 0, kActWords - 9)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, 10, 2, false, 0, kActWords - 10)), 0);
  EXPECT_EQ(error(Load(kAddress, 0, 0xFFFFFF, 1, false, 0, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, kSlices - 1, 1, true, 0, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, kSlices + 1, 1, true, 0, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, kSlices, 1, true, kWeightWords, 0)), bad_shape);
  EXPECT_EQ(error(Load(kAddress, 0, kSlices * kWeightWords, 1, true, 7, 0)), 0);
  EXPECT_EQ(error(Load(kAddress, 0, kSlices * (kWeightWords + 1), 1, true, 0, 0)), bad_shape);
  for (uint32_t low : {1u, 2u, 4u}) {
    EXPECT_EQ(error(Load(kAddress + low, 0, 1, 1, false, 0, 0)), misaligned);
    EXPECT_EQ(error(Load(kAddress, low, 1, 1, false, 0, 0)), misaligned);
  }
  for (int i = 0; i < 60; ++i) {
    const uint32_t address = random_.Half() | random_.Range(1, 7);
    EXPECT_EQ(error(Load(address, 0, 1, 1, false, 0, 0)), misaligned);
    EXPECT_EQ(bench_->error_addr_o, address) << "seed " << seed_;
    EXPECT_EQ(error(Load(kAddress, 0, 1, 1, false, random_.Range(kActWords, 0xFFFF), 0)),
              bad_shape);
    EXPECT_EQ(error(Load(kAddress, 0, random_.Range(kActWords + 1, 0xFFFFFF), 1, false, 0, 0)),
              bad_shape);
  }
}

}  // namespace
}  // namespace fragua::rtltest

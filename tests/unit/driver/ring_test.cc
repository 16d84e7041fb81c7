// Order, tokens and the check of a ring, on hand-made schedules.

#include "ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fragua::driver {
namespace {

using regs::header::kPost;
using regs::header::kWait;

EngineConfig Engine() {
  EngineConfig engine;
  engine.activation_words = 256;
  engine.squeeze_words = 64;
  engine.weight_words = 16;
  engine.queue_commands = 2;
  return engine;
}

RowSet Rows(int base, int begin, int end) {
  RowSet rows;
  rows.base = base;
  rows.row_pitch = 8;
  rows.ring_rows = 4;
  rows.block_pitch = 32;
  rows.rows = {begin, end};
  return rows;
}

LoadNode Load(int64_t words = 16) {
  LoadNode node;
  node.command = regs::MakeCommand(regs::Opcode::kLoad);
  node.words = words;
  return node;
}

/// A COMPUTE into the store stream of `words` words (one block of one-word pixels).
ComputeNode Compute(int words) {
  ComputeNode node;
  node.command = regs::MakeCommand(regs::Opcode::kCompute);
  node.command.Set(regs::compute::kDstSelect, 2);
  node.cycles = 1000;
  node.tile.blocks = 1;
  node.tile.rows = 1;
  node.tile.cols = words / 2;  // two words per pixel
  return node;
}

StoreNode Store(int64_t words) {
  StoreNode node;
  node.command = regs::MakeCommand(regs::Opcode::kStore);
  node.words = words;
  return node;
}

/// Strips through a ring of four row slots, two rows each; one piece of weights for all.
Schedule Strips(int count) {
  Schedule schedule(Engine());
  const int weights = schedule.LoadWeights(Load(), 4);
  for (int i = 0; i < count; ++i) {
    schedule.LoadRows(Load(), Rows(0, 2 * i, 2 * i + 2));
    schedule.Compute(Compute(8), {Rows(0, 2 * i, 2 * i + 2), false}, nullptr, weights, 4);
    schedule.Store(Store(8));
  }
  return schedule;
}

std::vector<RingEntry> Ready(Schedule& schedule) {
  const std::vector<RingEntry> order = OrderRing(schedule, Engine(), {});
  AssignTokens(schedule, order, Engine());
  return order;
}

int CountPosts(const Schedule& schedule, uint32_t token) {
  int posts = 0;
  const auto count = [&](const regs::Command& command) {
    posts += (command.Get(kPost) & token) != 0 ? 1 : 0;
  };
  for (const LoadNode& node : schedule.loads) count(node.command);
  for (const ComputeNode& node : schedule.computes) count(node.command);
  for (const StoreNode& node : schedule.stores) count(node.command);
  return posts;
}

TEST(Schedule, KnowsWhoUsedTheSpaceBefore) {
  const Schedule schedule = Strips(4);
  // Loads: weights, then the rows of strips 0..3; slots 0..1 and 2..3 take turns.
  ASSERT_EQ(schedule.loads.size(), 5u);
  EXPECT_EQ(schedule.loads[1].after_compute, -1);
  EXPECT_EQ(schedule.loads[2].after_compute, -1);
  EXPECT_EQ(schedule.loads[3].after_compute, 0);
  EXPECT_EQ(schedule.loads[4].after_compute, 1);
  EXPECT_EQ(schedule.computes[0].loads, (std::vector<int>{0, 1}));
}

TEST(Schedule, DrainsWhereResultsAreReadBack) {
  Schedule schedule(Engine());
  const int weights = schedule.LoadWeights(Load(), 4);
  schedule.LoadRows(Load(), Rows(0, 0, 4));
  const Schedule::Access input{Rows(0, 0, 4), false};
  const Schedule::Access middle{Rows(0, 0, 2), true};
  schedule.Compute(Compute(8), input, &middle, weights, 4);
  schedule.Compute(Compute(8), input, nullptr, weights, 4);   // reads something else
  schedule.Compute(Compute(8), middle, nullptr, weights, 4);  // reads what 0 wrote
  schedule.Compute(Compute(8), middle, nullptr, weights, 4);  // it has been written by now
  EXPECT_FALSE(schedule.computes[0].drain);
  EXPECT_FALSE(schedule.computes[1].drain);
  EXPECT_TRUE(schedule.computes[2].drain);
  EXPECT_FALSE(schedule.computes[3].drain);
}

TEST(Schedule, LoadsWaitForLoadsIntoTheSameUnreadRows) {
  Schedule schedule(Engine());
  const int weights = schedule.LoadWeights(Load(), 4);
  schedule.LoadRows(Load(), Rows(0, 0, 4));
  schedule.Compute(Compute(8), {Rows(0, 0, 1), false}, nullptr, weights, 4);
  schedule.Compute(Compute(8), {Rows(0, 0, 1), false}, nullptr, weights, 4);
  schedule.LoadRows(Load(), Rows(0, 7, 8));  // slot 3: row 3 was there and nobody read it
  EXPECT_EQ(schedule.loads.back().after_compute, 0);
}

TEST(Ring, IsInOrderAndComplete) {
  Schedule schedule = Strips(6);
  const std::vector<RingEntry> order = Ready(schedule);
  EXPECT_EQ(order.size(), schedule.loads.size() + 6 + 6);
  int computes = 0;
  int stores = 0;
  std::vector<bool> loaded(schedule.loads.size());
  for (const RingEntry& entry : order) {
    switch (entry.unit) {
      case RingEntry::Unit::kLoad: {
        const LoadNode& node = schedule.loads[static_cast<size_t>(entry.index)];
        EXPECT_LT(node.after_compute, computes) << "a load stands before what it waits for";
        loaded[static_cast<size_t>(entry.index)] = true;
        break;
      }
      case RingEntry::Unit::kCompute:
        EXPECT_EQ(entry.index, computes++);
        for (int load : schedule.computes[static_cast<size_t>(entry.index)].loads) {
          EXPECT_TRUE(loaded[static_cast<size_t>(load)]);
        }
        break;
      case RingEntry::Unit::kStore:
        EXPECT_EQ(entry.index, stores++);
        EXPECT_EQ(schedule.stores[static_cast<size_t>(entry.index)].compute, computes - 1);
        break;
    }
  }
  CheckRing(schedule, order, Engine());
}

TEST(Ring, TokensAreNeitherMissingNorRepeated) {
  Schedule schedule = Strips(6);
  Ready(schedule);
  EXPECT_EQ(CountPosts(schedule, regs::kTokenLcw), 1);  // one piece of weights for all
  EXPECT_EQ(CountPosts(schedule, regs::kTokenLca), 6);
  EXPECT_EQ(CountPosts(schedule, regs::kTokenCl), 4);  // strips 2..5 reuse slots
  EXPECT_EQ(CountPosts(schedule, regs::kTokenSl), 0);
}

TEST(Ring, ReadingBackFromDdrWaitsForTheStore) {
  Schedule schedule(Engine());
  const int weights = schedule.LoadWeights(Load(), 4);
  schedule.LoadRows(Load(), Rows(0, 0, 2));
  schedule.Compute(Compute(8), {Rows(0, 0, 2), false}, nullptr, weights, 4);
  LoadNode back = Load();
  back.after_store = schedule.Store(Store(8));
  schedule.LoadRows(back, Rows(64, 0, 2));
  schedule.Compute(Compute(8), {Rows(64, 0, 2), false}, nullptr, weights, 4);
  schedule.Store(Store(8));
  const std::vector<RingEntry> order = Ready(schedule);
  EXPECT_EQ(schedule.stores[0].command.Get(kPost), regs::kTokenSl);
  EXPECT_EQ(schedule.loads[2].command.Get(kWait), regs::kTokenSl);
  CheckRing(schedule, order, Engine());
}

TEST(Ring, AnyNumberOfStoresNeedsFewTokens) {
  // A map of 600 strips that all go to DDR and come back in the same pieces.
  Schedule schedule = Strips(600);
  for (int i = 0; i < 600; ++i) {
    LoadNode back = Load();
    back.after_store = i;
    schedule.LoadRows(back, Rows(64, 2 * i, 2 * i + 2));
    schedule.Compute(Compute(8), {Rows(64, 2 * i, 2 * i + 2), false}, nullptr, 0, 4);
    schedule.Store(Store(8));
  }
  const std::vector<RingEntry> order = Ready(schedule);
  CheckRing(schedule, order, Engine());
  EXPECT_GT(CountPosts(schedule, regs::kTokenSl), 0);
}

TEST(RingDeathTest, StopsAtAMissingToken) {
  Schedule schedule = Strips(4);
  const std::vector<RingEntry> order = Ready(schedule);
  regs::Command& compute = schedule.computes[1].command;
  ASSERT_NE(compute.Get(kPost) & regs::kTokenCl, 0);
  compute.Set(kPost, 0);
  EXPECT_DEATH(CheckRing(schedule, order, Engine()), "waited for before it is posted");
}

TEST(RingDeathTest, StopsAtATokenTooMany) {
  Schedule schedule = Strips(4);
  const std::vector<RingEntry> order = Ready(schedule);
  schedule.stores[0].command.Set(kPost, regs::kTokenSl);
  EXPECT_DEATH(CheckRing(schedule, order, Engine()), "left");
}

TEST(RingDeathTest, StopsAtResultsThatNobodyStores) {
  Schedule schedule = Strips(4);
  const std::vector<RingEntry> order = Ready(schedule);
  schedule.stores[3].words = 7;
  EXPECT_DEATH(CheckRing(schedule, order, Engine()), "result words without a STORE");
}

TEST(RingDeathTest, StopsAtAnOrderThatBlocksTheFetch) {
  // Every load in front: some wait for a COMPUTE that is never fetched.
  Schedule schedule = Strips(6);
  std::vector<RingEntry> order = Ready(schedule);
  std::stable_partition(order.begin(), order.end(), [](const RingEntry& entry) {
    return entry.unit == RingEntry::Unit::kLoad;
  });
  EXPECT_DEATH(CheckRing(schedule, order, Engine()), "waited for before it is posted");
}

TEST(RingTimer, OverlapsLoadsWithComputing) {
  // Strips of 1000 cycles and 16-word loads: the array hardly ever waits.
  Schedule schedule = Strips(8);
  const std::vector<RingEntry> order = Ready(schedule);
  RingTimer timer(schedule, Engine(), {});
  for (const RingEntry& entry : order) timer.Add(entry);
  EXPECT_GT(timer.total(), 8000u);
  EXPECT_LT(timer.total(), 8400u);
}

TEST(RingTimer, IsBoundByTheDdrWhereLoadsAreLong) {
  Schedule schedule = Strips(8);
  for (LoadNode& load : schedule.loads) load.words = 4000;
  const std::vector<RingEntry> order = Ready(schedule);
  BoardConfig::Ddr ddr;
  RingTimer timer(schedule, Engine(), ddr);
  for (const RingEntry& entry : order) timer.Add(entry);
  const double beats = 9 * 4000 / ddr.efficiency;
  EXPECT_GT(static_cast<double>(timer.total()), beats);
  EXPECT_LT(static_cast<double>(timer.total()), 1.05 * beats);
}

}  // namespace
}  // namespace fragua::driver

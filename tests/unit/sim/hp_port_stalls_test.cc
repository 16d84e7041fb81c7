// Random behaviour of the memory port: every kind changes time, none changes data.

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "axi/hp_port.h"
#include "port_master.h"

namespace fragua::sim {
namespace {

TEST(HpPort, StallsChangeTimeButNotDataAndRepeatWithTheirSeed) {
  std::vector<std::vector<uint64_t>> times;
  for (const uint64_t seed : {1u, 1u, 2u}) {
    CountingMemory memory;
    HpPort port(Ddr(), memory, MemoryStalls::Uniform(seed, 40));
    Master master(port);
    for (uint32_t i = 0; i < 10; ++i) master.reads.push_back(Burst(i * 128));
    master.Run(1000);
    ASSERT_EQ(master.beats.size(), 160u);
    std::vector<uint64_t> cycles;
    for (size_t i = 0; i < 160; ++i) {
      EXPECT_EQ(master.beats[i].data, i);
      cycles.push_back(master.beats[i].cycle);
    }
    times.push_back(cycles);
  }
  EXPECT_EQ(times[0], times[1]);
  EXPECT_NE(times[0], times[2]);
}

/// Cycle in which the last of a few reads and writes is through.
struct Finish {
  uint64_t read = 0, write = 0;
};

Finish RunWith(const MemoryStalls& stalls) {
  CountingMemory memory;
  HpPort port(Ddr(), memory, stalls);
  Master master(port);
  for (uint32_t i = 0; i < 20; ++i) {
    master.reads.push_back(Burst(i * 128));
    master.writes.push_back(Burst(0x8000 + i * 128));
  }
  master.Run(60000);
  EXPECT_EQ(master.beats.size(), 320u);
  EXPECT_EQ(master.responses.size(), 20u);
  return {master.beats.back().cycle, master.responses.back().cycle};
}

TEST(HpPort, EveryChannelStallsByItself) {
  const Finish free = RunWith({});
  for (int MemoryStalls::*const channel : {&MemoryStalls::ar, &MemoryStalls::r}) {
    MemoryStalls stalls;
    stalls.*channel = 99;
    EXPECT_GT(RunWith(stalls).read, free.read + 100);
  }
  for (int MemoryStalls::*const channel : {&MemoryStalls::aw, &MemoryStalls::w, &MemoryStalls::b}) {
    MemoryStalls stalls;
    stalls.*channel = 99;
    const Finish finish = RunWith(stalls);
    EXPECT_GT(finish.write, free.write + 100);
    EXPECT_LE(finish.read, free.read) << "reads have the bandwidth that writes leave";
  }
}

TEST(HpPort, JitterDelaysBurstsAndKeepsTheirOrder) {
  MemoryStalls stalls;
  stalls.jitter = 200;
  CountingMemory memory;
  HpPort port(Ddr(), memory, stalls);
  Master master(port);
  for (uint32_t i = 0; i < 10; ++i) master.reads.push_back(Burst(i * 128));
  master.Run(5000);
  ASSERT_EQ(master.beats.size(), 160u);
  for (size_t i = 0; i < 160; ++i) EXPECT_EQ(master.beats[i].data, i);
  EXPECT_GT(RunWith(stalls).read, RunWith({}).read + 100);
}

// Bursts of one ID stay in order, and no burst is cut.
TEST(HpPort, ReorderedReadsKeepTheOrderOfEachId) {
  MemoryStalls stalls;
  stalls.reorder_reads = true;
  CountingMemory memory;
  HpPort port(Ddr(), memory, stalls);
  Master master(port);
  for (uint32_t i = 0; i < 40; ++i) {
    master.reads.push_back(Burst(i * 128));
    master.reads.back().id = static_cast<uint8_t>(i % 3 == 0 ? 0 : 1);
  }
  master.Run(5000);
  ASSERT_EQ(master.beats.size(), 640u);
  std::map<uint8_t, uint64_t> last;
  int overtaken = 0;
  for (size_t i = 0; i < 640; ++i) {
    const Beat& beat = master.beats[i];
    if (i % 16 != 0) {
      EXPECT_EQ(beat.data, master.beats[i - 1].data + 1) << "inside a burst";
    } else {
      overtaken += i > 0 && beat.data < master.beats[i - 1].data ? 1 : 0;
    }
    const auto before = last.find(beat.id);
    if (before != last.end()) {
      EXPECT_GT(beat.data, before->second) << "ID " << int{beat.id};
    }
    last[beat.id] = beat.data;
  }
  EXPECT_GT(overtaken, 0);
}

TEST(HpPort, BehaviourMayChangeBetweenBursts) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  Master master(port);
  master.reads = {Burst(0)};
  master.Run(100);
  auto slow = Ddr();
  slow.read_latency = 300;
  port.SetBehaviour(slow, {});
  master.reads.push_back(Burst(128));
  master.Run(500);
  ASSERT_EQ(master.beats.size(), 32u);
  EXPECT_GE(master.beats[16].cycle - master.asked[1], 300u);
}

}  // namespace
}  // namespace fragua::sim

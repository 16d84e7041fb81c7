// The memory port against its own figures: latency, bandwidth, limits, order, faults.

#include "axi/hp_port.h"

#include <gtest/gtest.h>

#include <vector>

#include "port_master.h"

namespace fragua::sim {
namespace {

TEST(HpPort, FirstBeatComesAfterTheLatency) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  Master master(port);
  master.reads = {Burst(0x1000, 1)};
  master.Run(100);
  ASSERT_EQ(master.beats.size(), 16u);
  EXPECT_EQ(master.beats[0].cycle - master.asked[0], 30u);
  EXPECT_EQ(master.beats[0].data, 0x200u);
  EXPECT_EQ(master.beats[15].data, 0x20Fu);
  EXPECT_EQ(master.beats[15].cycle - master.beats[0].cycle, 15u);
  EXPECT_TRUE(master.beats[15].last);
  EXPECT_FALSE(master.beats[14].last);
  EXPECT_EQ(master.beats[3].id, 1);
  EXPECT_EQ(memory.bursts, 1);
}

TEST(HpPort, LongRunBandwidthIsTheEfficiency) {
  CountingMemory memory;
  for (const double efficiency : {0.85, 0.5}) {
    HpPort port(Ddr(efficiency), memory);
    Master master(port);
    for (uint32_t i = 0; i < 1000; ++i) master.reads.push_back(Burst(i * 128));
    master.Run(8000);
    EXPECT_NEAR(static_cast<double>(master.beats.size()), 8000 * efficiency, 60);
  }
}

TEST(HpPort, BothDirectionsShareTheDdr) {
  CountingMemory memory;
  driver::BoardConfig::Ddr ddr = Ddr(1.0);
  ddr.shared_efficiency = 1.2;
  HpPort port(ddr, memory);
  Master master(port);
  for (uint32_t i = 0; i < 1000; ++i) {
    master.reads.push_back(Burst(i * 128));
    master.writes.push_back(Burst(0x100000 + i * 128));
  }
  master.Run(8000);
  const double total = static_cast<double>(master.beats.size() + master.data_sent);
  EXPECT_NEAR(total, 8000 * 1.2, 100);
}

TEST(HpPort, ANarrowPortTakesSeveralCyclesPerBeat) {
  CountingMemory memory;
  driver::BoardConfig::Ddr ddr = Ddr(1.0);
  ddr.width_bits = 32;
  HpPort port(ddr, memory);
  Master master(port);
  for (uint32_t i = 0; i < 1000; ++i) master.reads.push_back(Burst(i * 128));
  master.Run(4000);
  EXPECT_NEAR(static_cast<double>(master.beats.size()), 2000, 40);
}

TEST(HpPort, TakesNoMoreBurstsThanItsLimit) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  Master master(port);
  for (uint32_t i = 0; i < 20; ++i) master.reads.push_back(Burst(i * 128));
  master.Run(25);  // the first data come after 30
  EXPECT_EQ(master.next_read, 8u);
}

TEST(HpPort, WriteResponseFollowsTheLastBeat) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  Master master(port);
  master.writes = {Burst(0x2000)};
  master.Run(100);
  ASSERT_EQ(master.responses.size(), 1u);
  EXPECT_EQ(master.responses[0].cycle - master.last_data, 20u);
  ASSERT_EQ(memory.written.size(), 16u);
  for (uint32_t i = 0; i < 16; ++i) EXPECT_EQ(memory.written[0x400 + i], i);
  EXPECT_TRUE(port.idle());
}

TEST(HpPort, PlannedResponsesHitTheirBurstOnly) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  port.SetFaults({{BusFault::Kind::kReadResponse, 1, BusStatus::kDecodeError},
                  {BusFault::Kind::kWriteResponse, 0, BusStatus::kSlaveError}});
  Master master(port);
  master.reads = {Burst(0), Burst(128), Burst(256)};
  master.writes = {Burst(0x1000), Burst(0x2000)};
  master.Run(200);
  ASSERT_EQ(master.beats.size(), 48u);
  for (size_t i = 0; i < 48; ++i) EXPECT_EQ(master.beats[i].resp, i / 16 == 1 ? 3 : 0);
  ASSERT_EQ(master.responses.size(), 2u);
  EXPECT_EQ(master.responses[0].resp, 2);
  EXPECT_EQ(master.responses[1].resp, 0);
  EXPECT_EQ(memory.written.count(0x200), 0u);
  EXPECT_EQ(memory.written.count(0x400), 1u);
}

TEST(HpPort, MemoryErrorsBecomeResponses) {
  CountingMemory memory;
  memory.status = BusStatus::kDecodeError;
  HpPort port(Ddr(), memory);
  Master master(port);
  master.reads = {Burst(0)};
  master.writes = {Burst(0)};
  master.Run(100);
  EXPECT_EQ(master.beats.at(0).resp, 3);
  EXPECT_EQ(master.responses.at(0).resp, 3);
}

TEST(HpPort, HangsForItsCyclesOrUntilCleared) {
  CountingMemory memory;
  HpPort port(Ddr(), memory);
  port.SetFaults({{BusFault::Kind::kReadsHang, 1, BusStatus::kOkay, 500}});
  Master master(port);
  master.reads = {Burst(0), Burst(128)};
  master.Run(1000);
  ASSERT_EQ(master.beats.size(), 32u);
  EXPECT_GE(master.beats[31].cycle, 500u);

  HpPort dead(Ddr(), memory);
  dead.SetFaults({{BusFault::Kind::kWritesHang, 0}});
  Master other(dead);
  other.writes = {Burst(0)};
  other.Run(5000);
  EXPECT_TRUE(other.responses.empty());
  dead.SetFaults({});
  other.Run(100);
  EXPECT_EQ(other.responses.size(), 1u);
}

}  // namespace
}  // namespace fragua::sim

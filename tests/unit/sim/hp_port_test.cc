// The memory port against its own figures: latency, bandwidth, limits, order, faults.

#include "axi/hp_port.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace fragua::sim {
namespace {

/// Word i of memory is i; remembers writes and the bursts it was asked for.
class CountingMemory : public BusMemory {
 public:
  BusStatus Read(uint32_t address, std::span<uint8_t> data) override {
    ++bursts;
    for (size_t i = 0; i < data.size(); i += 8) {
      const uint64_t word = (address + i) / 8;
      for (size_t b = 0; b < 8; ++b) data[i + b] = static_cast<uint8_t>(word >> (8 * b));
    }
    return status;
  }
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override {
    ++bursts;
    for (size_t i = 0; i < data.size(); i += 8)
      written[(address + static_cast<uint32_t>(i)) / 8] = data[i];
    return status;
  }
  BusStatus status = BusStatus::kOkay;
  int bursts = 0;
  std::map<uint32_t, uint8_t> written;
};

struct Beat {
  uint64_t cycle, data;
  uint8_t id, resp;
  bool last;
};

/// A master that asks for bursts as fast as it may.
struct Master {
  explicit Master(HpPort& port_in) : port(port_in) {}

  void Run(uint64_t cycles) {
    for (uint64_t i = 0; i < cycles; ++i, ++cycle) {
      AxiOut out;
      out.r_ready = out.b_ready = true;
      if (next_read < reads.size()) out.ar = reads[next_read];
      if (next_write < writes.size()) out.aw = writes[next_write];
      if (data_sent < data_total) {
        out.w = {true, data_sent, 0xFF, data_sent % 16 == 15};
      }
      const AxiIn in = port.Drive();
      if (in.r.valid) beats.push_back({cycle, in.r.data, in.r.id, in.r.resp, in.r.last});
      if (in.b.valid) responses.push_back({cycle, 0, in.b.id, in.b.resp, true});
      if (in.ar_ready && out.ar.valid) {
        ++next_read;
        asked.push_back(cycle);
      }
      if (in.aw_ready && out.aw.valid) {
        ++next_write;
        data_total += 16;
      }
      if (in.w_ready && out.w.valid) {
        ++data_sent;
        last_data = cycle;
      }
      port.Clock(out);
    }
  }

  HpPort& port;
  uint64_t cycle = 0;
  std::vector<AxiAddress> reads, writes;
  size_t next_read = 0, next_write = 0;
  uint64_t data_sent = 0, data_total = 0, last_data = 0;
  std::vector<uint64_t> asked;
  std::vector<Beat> beats, responses;
};

AxiAddress Burst(uint32_t address, uint8_t id = 0) { return {true, id, address, 15, 3, 1}; }

driver::BoardConfig::Ddr Ddr(double efficiency = 1.0) {
  driver::BoardConfig::Ddr ddr;
  ddr.efficiency = efficiency;
  ddr.shared_efficiency = 2.0;
  return ddr;
}

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

TEST(HpPort, StallsChangeTimeButNotDataAndRepeatWithTheirSeed) {
  std::vector<std::vector<uint64_t>> times;
  for (const uint64_t seed : {1u, 1u, 2u}) {
    CountingMemory memory;
    HpPort port(Ddr(), memory, HpPort::Stalls{seed, 40});
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

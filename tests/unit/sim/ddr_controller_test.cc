// Several memory ports on one controller: everyone gets a share, and nothing that is there is lost.

#include "axi/ddr_controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "port_master.h"

namespace fragua::sim {
namespace {

/// Ports of one controller with a master that reads for ever on each of the first `busy`.
std::vector<size_t> BeatsOfEach(double total, size_t ports, size_t busy, bool write = false) {
  CountingMemory memory;
  driver::BoardConfig::Ddr ddr = Ddr(1.0);
  ddr.total_beats_per_cycle = total;
  DdrController controller(ddr, static_cast<int>(ports));
  std::deque<HpPort> hp;
  std::deque<Master> masters;
  for (size_t p = 0; p < ports; ++p) {
    hp.emplace_back(ddr, memory);
    hp.back().Share(controller, static_cast<int>(p));
    masters.emplace_back(hp.back());
    for (uint32_t i = 0; i < 1000 && p < busy; ++i) {
      (write ? masters.back().writes : masters.back().reads).push_back(Burst(i * 128));
    }
  }
  for (int cycle = 0; cycle < 6000; ++cycle) {
    controller.BeginCycle();
    const auto first = static_cast<size_t>(controller.first());
    for (size_t p = 0; p < ports; ++p) masters[(first + p) % ports].Cycle();
  }
  std::vector<size_t> beats;
  for (const Master& master : masters) {
    beats.push_back(write ? master.data_sent : master.beats.size());
  }
  return beats;
}

TEST(DdrController, PortsOfOneControllerGetEqualShares) {
  for (const bool write : {false, true}) {
    for (const double total : {0.5, 1.0, 2.0}) {  // also where refills and turns could lock in step
      for (const size_t ports : {2u, 3u, 4u}) {
        const auto beats = BeatsOfEach(total, ports, ports, write);
        const double share = std::min(1.0, total / static_cast<double>(ports));
        for (const size_t each : beats) {
          EXPECT_NEAR(static_cast<double>(each), 6000 * share, 60)
              << "total " << total << ", " << ports << " ports";
        }
      }
    }
  }
}

TEST(DdrController, WhatAnIdlePortLeavesGoesToTheOthers) {
  const auto beats = BeatsOfEach(1.0, 3, 2);
  EXPECT_NEAR(static_cast<double>(beats[0]), 3000, 60);
  EXPECT_NEAR(static_cast<double>(beats[1]), 3000, 60);
  EXPECT_EQ(beats[2], 0u);
}

TEST(DdrController, AControllerWithRoomChangesNoCycle) {
  CountingMemory memory;
  std::vector<std::vector<uint64_t>> times;
  for (const bool shared : {false, true}) {
    HpPort port(Ddr(0.85), memory);
    DdrController controller(Ddr(), 1);
    if (shared) port.Share(controller, 0);
    Master master(port);
    for (uint32_t i = 0; i < 50; ++i) {
      master.reads.push_back(Burst(i * 128));
      master.writes.push_back(Burst(i * 128));
    }
    for (int cycle = 0; cycle < 3000; ++cycle) {
      controller.BeginCycle();
      master.Cycle();
    }
    times.emplace_back();
    for (const Beat& beat : master.beats) times.back().push_back(beat.cycle);
    for (const Beat& beat : master.responses) times.back().push_back(beat.cycle);
  }
  EXPECT_EQ(times[0].size(), 850u);
  EXPECT_EQ(times[0], times[1]);
}

}  // namespace
}  // namespace fragua::sim

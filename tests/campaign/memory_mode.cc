#include "memory_mode.h"

#include <utility>

namespace fragua::campaign {

MemoryMode RandomMemory(const driver::BoardConfig::Ddr& board, uint64_t seed) {
  Random random(seed);
  MemoryMode mode;
  mode.ddr = board;
  sim::MemoryStalls stalls;
  stalls.seed = random.Bits();
  const std::pair<int sim::MemoryStalls::*, uint32_t> channels[] = {{&sim::MemoryStalls::ar, kAr},
                                                                    {&sim::MemoryStalls::r, kR},
                                                                    {&sim::MemoryStalls::aw, kAw},
                                                                    {&sim::MemoryStalls::w, kW},
                                                                    {&sim::MemoryStalls::b, kB}};
  const int pick = random.Pick(0, 99);
  if (pick < 50) {  // one channel
    const auto& [percent, bit] = channels[random.Pick(0, 4)];
    stalls.*percent = random.Pick(50, 95);
    mode.stalled |= bit;
  } else if (pick < 70) {  // any of them
    for (const auto& [percent, bit] : channels) {
      if (random.Chance(40)) continue;
      stalls.*percent = random.Pick(10, 70);
      mode.stalled |= bit;
    }
  }
  bool figures = false;
  const auto named = [&](const char* name) {
    mode.names.push_back(name);
    figures = true;
  };
  if (random.Chance(12)) {
    mode.ddr.read_latency = mode.ddr.write_latency = 1;
    named("latency 1");
  } else if (random.Chance(12)) {
    mode.ddr.read_latency = mode.ddr.write_latency = 200;
    mode.stalled |= kLate;
    named("latency 200");
  }
  if (random.Chance(12)) {
    mode.ddr.efficiency /= 2;
    mode.ddr.shared_efficiency /= 2;
    named("half bandwidth");
  } else if (random.Chance(8)) {
    mode.ddr.efficiency /= 5;
    mode.ddr.shared_efficiency /= 5;
    named("a fifth of the bandwidth");
  }
  if (random.Chance(10)) {
    mode.ddr.max_reads = mode.ddr.max_writes = 1;
    named("one burst in flight");
  }
  if (random.Chance(15)) {
    stalls.jitter = random.OneOf({7, 60, 300});
    mode.stalled |= kLate;
    named("jitter");
  }
  if (random.Chance(20)) {
    stalls.reorder_reads = true;
    named("reads out of order");
  }
  if (!figures) mode.names.push_back("as the board's");
  if (mode.stalled != 0 || stalls.reorder_reads) mode.stalls = stalls;
  return mode;
}

}  // namespace fragua::campaign

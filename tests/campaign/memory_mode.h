#pragma once
// How the memory behaves while one operator runs.

#include <optional>
#include <string>
#include <vector>

#include "coverage.h"
#include "fragua/driver/board_config.h"
#include "fragua/sim/memory_stalls.h"
#include "random.h"

namespace fragua::campaign {

struct MemoryMode {
  driver::BoardConfig::Ddr ddr;
  std::optional<sim::MemoryStalls> stalls;
  uint32_t stalled = 0;            ///< of Stalled
  std::vector<const char*> names;  ///< bins of the group "memory"
};

/// One channel refusing often, all of them, or none; with latencies and bandwidths from ideal to
/// poor. `board` has the figures of the board as it is.
MemoryMode RandomMemory(const driver::BoardConfig::Ddr& board, uint64_t seed);

}  // namespace fragua::campaign

#pragma once
// Faults that a test can plan for the engine's memory port.

#include <cstdint>

#include "fragua/sim/bus_memory.h"

namespace fragua::sim {

struct BusFault {
  enum class Kind : uint8_t {
    kReadResponse,   ///< the burst is answered with `status` on every beat
    kWriteResponse,  ///< the burst is accepted, nothing is written, the response is `status`
    kReadsHang,      ///< from this read burst on no data comes back, for `cycles`
    kWritesHang,  ///< from this write burst on no data is taken and no response comes, for `cycles`
  };
  Kind kind = Kind::kReadResponse;
  uint64_t burst =
      0;  ///< index of the burst, in the order of addresses, from 0 when the plan is set
  BusStatus status = BusStatus::kSlaveError;
  uint64_t cycles = UINT64_MAX;  ///< UINT64_MAX = until the plan is cleared
};

}  // namespace fragua::sim

#pragma once
// Arithmetic on the engine's free-running 32-bit counters, and the stamps that carry them.

#include <cstdint>
#include <span>

#include "fragua/driver/registers.h"
#include "fragua/driver/runtime.h"

namespace fragua::driver {

/// later - earlier, each counter modulo 2^32.
EngineCounters Difference(const EngineCounters& later, const EngineCounters& earlier);
/// The counters in a 64-byte stamp record; throws Error(kDevice) when it is not one of `tag`.
EngineCounters ReadStamp(std::span<const uint8_t> record, uint32_t tag);

}  // namespace fragua::driver

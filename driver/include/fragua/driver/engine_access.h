#pragma once
// What every user of an engine does first, over any device port: is it there, is it the one we
// mean, and is it at rest.

#include <optional>
#include <string>

#include "fragua/driver/device_port.h"
#include "fragua/driver/engine_config.h"

namespace fragua::driver {

/// In what the engine that answers is another than the one meant; a part of a sentence each.
struct EngineMismatch {
  std::string found, expected, fix;
};

/// The first difference in ID, VERSION, ABI_HASH and CAPS. Uses Read32 only.
std::optional<EngineMismatch> FindMismatch(DevicePort& port, const EngineConfig& expected);

/// Reads ID, VERSION, ABI_HASH and CAPS; throws Error(kDevice) naming found and expected at the
/// first difference. Uses Read32 only.
void IdentifyEngine(DevicePort& port, const EngineConfig& expected);

/// Soft reset and out of it again, interrupts cleared; at most 10 ms of the port's time. Throws
/// Error(kDevice) when the engine does not get there. Uses registers and Now() only.
void SoftReset(DevicePort& port);

/// True when an earlier user left it running or stopped with an error.
bool IsDirty(DevicePort& port);

}  // namespace fragua::driver

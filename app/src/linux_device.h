#pragma once
// The engine of a board under Linux, or one behind `fragua serve`.

#include <memory>

#include "device.h"

namespace fragua::app {

/// options.device: a UIO name, uioN, or unix:SOCKET. Opens it; throws Error(kDevice) when it
/// cannot.
std::unique_ptr<Device> MakeLinuxDevice(const RunOptions& options,
                                        const driver::EngineConfig& engine);

}  // namespace fragua::app

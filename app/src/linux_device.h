#pragma once
// The engine of a board under Linux, or one behind `fragua serve`.

#include <memory>
#include <string>

#include "device.h"
#include "fragua/driver_linux/linux_port.h"
#include "fragua/driver_linux/system.h"

namespace fragua::app {

/// Where an engine is reached: this machine's kernel, or a server's socket that looks like one.
struct LinuxEngine {
  std::unique_ptr<driver::System> remote;  ///< null: the kernel
  driver::LinuxPortOptions port;           ///< with the device's name on it

  driver::System& system() const { return remote ? *remote : driver::RealSystem(); }
};

/// `options.dma` is auto, udmabuf, uio or heap; throws Error(kInput) otherwise, Error(kDevice) when
/// a server does not answer.
LinuxEngine ReachLinuxEngine(const DeviceOptions& options, const driver::EngineConfig& engine);

/// options.device.name: a UIO name, uioN, or unix:SOCKET. Opens it; throws Error(kDevice) when it
/// cannot.
std::unique_ptr<Device> MakeLinuxDevice(const RunOptions& options,
                                        const driver::EngineConfig& engine);

}  // namespace fragua::app

#pragma once
// An engine at the other end of a Unix-domain socket that looks like one behind UIO: the same port
// runs on both. Registers are messages, the memory is a file that both sides map, time is the
// engine's.

#include <memory>
#include <string>

#include "fragua/driver_linux/system.h"

namespace fragua::driver {

/// Connects to `fragua serve`. UIO device "fragua", map 0 = registers, map 1 = memory. `system`
/// does the socket's work and is used until destruction. Throws Error(kDevice) when nobody answers;
/// a server that is in use is found busy when the device is locked. Register accesses and waits
/// throw Error(kDevice) when the server has gone, is silent for 20 s, or reports a failure.
std::unique_ptr<System> ConnectRemote(System& system, const std::string& socket_path);

}  // namespace fragua::driver

#pragma once
// Ctrl-C as a flag that long work looks at.

#include <atomic>
#include <stdexcept>

namespace fragua::app {

/// Thrown by long work that finds the flag set; main turns it into exit code 130.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Installs the handlers of SIGINT and SIGTERM once. A second signal ends the process at once.
void InstallInterruptHandler();
const std::atomic<bool>& InterruptFlag();
/// Throws Interrupted when the flag is set.
void ThrowIfInterrupted();

}  // namespace fragua::app

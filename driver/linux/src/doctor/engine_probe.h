#pragma once
// Single commands sent to the engine by hand, without compiler and runtime: what they show does not
// depend on anything but the path that is looked at.

#include <chrono>
#include <cstdint>

#include "fragua/driver/registers.h"
#include "fragua/driver_linux/linux_port.h"

namespace fragua::driver {

/// Resets the engine and lets it see memory; the ring has one place for a command.
class EngineProbe {
 public:
  /// `port` has its memory.
  explicit EngineProbe(LinuxPort& port);
  /// The engine is left in reset and out of it again, with nothing to do.
  ~EngineProbe();
  EngineProbe(const EngineProbe&) = delete;
  EngineProbe& operator=(const EngineProbe&) = delete;

  /// Resets, and starts `command` with the watchdog at `watchdog` cycles.
  void Start(const regs::Command& command, uint32_t watchdog);
  /// What became of it.
  struct Outcome {
    bool ended = false;  ///< false: neither signal nor error within the time
    uint32_t sequence = 0;
    regs::ErrorCode error = regs::ErrorCode::kNone;
    uint32_t tag = 0;                  ///< of the error
    std::chrono::nanoseconds time{0};  ///< from the doorbell on
  };
  /// Polls; at most `patience` of the port's time.
  Outcome Finish(std::chrono::nanoseconds patience);
  uint32_t ring_address() const { return ring_.bus_address; }

 private:
  LinuxPort& port_;
  DmaBuffer ring_;
  std::chrono::nanoseconds doorbell_{0};
};

}  // namespace fragua::driver

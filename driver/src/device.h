#pragma once
// The engine behind a device port: identification, reset, submission, errors, counters.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "fragua/driver/device_port.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"
#include "fragua/driver/runtime.h"

namespace fragua::driver {

class EngineDevice {
 public:
  /// Checks that the engine is there and is `expected`; throws Error(kDevice) otherwise. Resets it.
  EngineDevice(DevicePort& port, const EngineConfig& expected, uint32_t watchdog_cycles);

  /// Ring for programs of at most `commands` commands. Call once, before Submit().
  void AllocateRing(size_t commands);

  /// What came of a submission.
  struct Outcome {
    bool ok = false;
    std::string problem;           ///< a sentence, when not ok
    uint32_t error_tag = ~0u;      ///< command to blame, when the engine named one
    EngineCounters before, after;  ///< free-running counters around it
  };
  /// Writes the commands (bus addresses filled in; the last is the SIGNAL) into the ring and starts
  /// them.
  void Submit(std::span<const regs::Command> commands);
  /// Waits for the submission's SIGNAL, at most about `timeout`.
  Outcome Wait(std::chrono::nanoseconds timeout);
  /// Soft reset; throws Error(kDevice) when the engine does not get there in time.
  void Reset();

 private:
  void Configure();
  EngineCounters ReadCounters();
  std::string DescribeError(Outcome& outcome);

  DevicePort& port_;
  double clock_mhz_;
  uint32_t watchdog_cycles_;
  DmaBuffer ring_;
  uint32_t ring_log2_ = 0;
  uint32_t tail_ = 0;
  uint32_t sequence_ = 0;
  EngineCounters counters_;  ///< as read last
};

}  // namespace fragua::driver

#pragma once
// A device port that waits as different programs do: by interrupt, by polling with the interrupt
// masked, or by interrupt while it keeps reading registers.

#include <cstdint>
#include <utility>
#include <vector>

#include "random.h"
#include "support/forwarding_port.h"

namespace fragua::campaign {

class BusyPort : public test::ForwardingPort {
 public:
  enum class Habit { kInterrupt, kPoll, kMeddle };

  /// Keeps a reference to `port`.
  BusyPort(driver::DevicePort& port, uint64_t seed) : ForwardingPort(port), random_(seed) {}

  struct Doorbell {
    Habit habit = Habit::kInterrupt;
    bool late = false;  ///< some time after the commands were there
  };
  /// Since the last call.
  std::vector<Doorbell> TakeDoorbells() { return std::exchange(doorbells_, {}); }

  /// At a doorbell: chooses the habit, and the moment.
  void Write32(uint32_t offset, uint32_t value) override;
  bool WaitIrq(std::chrono::nanoseconds timeout) override;

 private:
  Random random_;
  Habit habit_ = Habit::kInterrupt;
  std::vector<Doorbell> doorbells_;
};

}  // namespace fragua::campaign

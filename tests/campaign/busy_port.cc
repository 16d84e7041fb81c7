#include "busy_port.h"

#include <algorithm>
#include <iterator>

#include "fragua/driver/registers.h"

namespace fragua::campaign {

namespace regs = driver::regs;
using std::chrono::nanoseconds;

void BusyPort::Write32(uint32_t offset, uint32_t value) {
  if (offset == regs::kRegTail) {
    habit_ = static_cast<Habit>(random_.Pick(0, 2));
    const uint32_t both = regs::kIrqEnableDone.mask() | regs::kIrqEnableError.mask();
    inner_.Write32(regs::kRegIrqEnable, habit_ == Habit::kPoll ? 0 : both);
    const bool late = random_.Chance(30);
    doorbells_.push_back({habit_, late});
    if (late) inner_.ConsumeCpu(nanoseconds(random_.Pick(1, 20000)));
  }
  inner_.Write32(offset, value);
}

bool BusyPort::WaitIrq(nanoseconds timeout) {
  const nanoseconds deadline = inner_.Now() + timeout;
  if (habit_ == Habit::kInterrupt) return inner_.WaitIrq(timeout);
  // The deadline is in the simulation's time, and every turn takes some of it.
  while (inner_.Now() < deadline) {
    const nanoseconds turn(random_.Pick(100, 30000));
    if (habit_ == Habit::kPoll) {
      if (inner_.Read32(regs::kRegIrqStatus) != 0) return true;
      inner_.ConsumeCpu(turn);
    } else {
      if (inner_.WaitIrq(std::min(turn, deadline - inner_.Now()))) return true;
      // Registers without side effects, at any moment of the engine's work.
      constexpr uint32_t kAny[] = {
          regs::kRegId,          regs::kRegStatus,    regs::kRegHead,
          regs::kRegSequence,    regs::kRegIrqStatus, regs::kRegErrorCode,
          regs::kRegCountCycles, regs::kRegCountIdle, regs::kRegCountReadBeats};
      for (int i = random_.Pick(1, 4); i > 0; --i) {
        inner_.Read32(kAny[random_.Pick(0, static_cast<int>(std::size(kAny)) - 1)]);
      }
    }
  }
  return false;
}

}  // namespace fragua::campaign

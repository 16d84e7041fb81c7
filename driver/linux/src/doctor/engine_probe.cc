#include "engine_probe.h"

#include <cstring>

#include "fragua/driver/engine_access.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kRingAlignment = 4096;
/// Two commands, the smallest ring there is.
constexpr uint32_t kRingLog2 = 1;
/// Polls without time passing (a clock that stands still) must end too.
constexpr int kMaxPolls = 10'000'000;

}  // namespace

EngineProbe::EngineProbe(LinuxPort& port)
    : port_(port), ring_(port.Allocate(regs::Command::kBytes << kRingLog2, kRingAlignment)) {}

EngineProbe::~EngineProbe() {
  try {
    SoftReset(port_);
  } catch (...) {  // the port's destructor tries again, and the next check says so
  }
  port_.ReleaseAll();
}

void EngineProbe::Start(const regs::Command& command, uint32_t watchdog) {
  SoftReset(port_);
  std::memcpy(ring_.host.data(), command.words().data(), regs::Command::kBytes);
  port_.SyncForDevice(ring_, 0, ring_.size());
  port_.Write32(regs::kRegWindowBase, port_.WindowBase());
  port_.Write32(regs::kRegWindowLimit, port_.WindowLimit());
  port_.Write32(regs::kRegRingBase, ring_.bus_address);
  port_.Write32(regs::kRegRingSize, kRingLog2);
  port_.Write32(regs::kRegWatchdog, watchdog);
  port_.Write32(regs::kRegIrqEnable, 0);
  port_.Write32(regs::kRegControl, regs::kControlEnable.mask());
  doorbell_ = port_.Now();
  port_.Write32(regs::kRegTail, 1);
}

EngineProbe::Outcome EngineProbe::Finish(nanoseconds patience) {
  Outcome outcome;
  for (int polls = 0; polls < kMaxPolls; ++polls) {
    const uint32_t causes = port_.Read32(regs::kRegIrqStatus);
    outcome.time = port_.Now() - doorbell_;
    if (causes != 0) {
      outcome.ended = true;
      break;
    }
    if (outcome.time > patience) break;
  }
  outcome.sequence = port_.Read32(regs::kRegSequence);
  outcome.error = static_cast<regs::ErrorCode>(port_.Read32(regs::kRegErrorCode));
  outcome.tag = port_.Read32(regs::kRegErrorTag);
  return outcome;
}

}  // namespace fragua::driver

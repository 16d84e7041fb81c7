#include "device.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "fragua/driver/engine_access.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

// Polls without time passing (a clock that stands still) must end too.
constexpr int kMaxPolls = 100000;
constexpr size_t kRingAlignment = 4096;

}  // namespace

EngineDevice::EngineDevice(DevicePort& port, const EngineConfig& expected, uint32_t watchdog_cycles)
    : port_(port), clock_mhz_(expected.clock_mhz), watchdog_cycles_(watchdog_cycles) {
  IdentifyEngine(port_, expected);
  Reset();
}

void EngineDevice::AllocateRing(size_t commands) {
  const size_t places = std::bit_ceil(std::max<size_t>(commands, 2));
  ring_log2_ = static_cast<uint32_t>(std::countr_zero(places));
  if (ring_log2_ > 16) {
    ThrowInput(
        fmt::format("the network needs {} commands in one submission and the ring holds "
                    "65536; place some layers on the arm",
                    commands));
  }
  ring_ = port_.Allocate(places * regs::Command::kBytes, kRingAlignment);
  Configure();
}

/// Registers that a soft reset leaves alone, and ENABLE.
void EngineDevice::Configure() {
  port_.Write32(regs::kRegWindowBase, port_.WindowBase());
  port_.Write32(regs::kRegWindowLimit, port_.WindowLimit());
  port_.Write32(regs::kRegRingBase, ring_.bus_address);
  port_.Write32(regs::kRegRingSize, ring_log2_);
  port_.Write32(regs::kRegWatchdog, watchdog_cycles_);
  port_.Write32(regs::kRegIrqEnable, regs::kIrqEnableDone.mask() | regs::kIrqEnableError.mask());
  port_.Write32(regs::kRegControl, regs::kControlEnable.mask());
}

void EngineDevice::Reset() {
  SoftReset(port_);
  tail_ = 0;
  sequence_ = 0;
  if (ring_.size() != 0) Configure();
  counters_ = ReadCounters();
}

void EngineDevice::Submit(std::span<const regs::Command> commands) {
  const size_t places = size_t{1} << ring_log2_;
  FRAGUA_CHECK(commands.size() <= places, fmt::format("{} of {}", commands.size(), places));
  ++sequence_;
  const size_t first = tail_ & (places - 1);
  for (size_t i = 0; i < commands.size(); ++i) {
    regs::Command command = commands[i];
    if (i + 1 == commands.size()) command.Set(regs::signal::kValue, sequence_);
    const size_t place = (first + i) & (places - 1);
    std::memcpy(ring_.host.data() + place * regs::Command::kBytes, command.words().data(),
                regs::Command::kBytes);
  }
  const size_t before_wrap = std::min(commands.size(), places - first);
  port_.SyncForDevice(ring_, first * regs::Command::kBytes, before_wrap * regs::Command::kBytes);
  if (before_wrap < commands.size()) {
    port_.SyncForDevice(ring_, 0, (commands.size() - before_wrap) * regs::Command::kBytes);
  }
  tail_ += static_cast<uint32_t>(commands.size());
  port_.Write32(regs::kRegTail, tail_);
}

EngineDevice::Outcome EngineDevice::Wait(nanoseconds timeout) {
  const nanoseconds deadline = port_.Now() + timeout;
  for (int polls = 0; polls < kMaxPolls; ++polls) {
    const nanoseconds left = deadline - port_.Now();
    if (left <= nanoseconds(0) || !port_.WaitIrq(left)) break;
    const uint32_t status = port_.Read32(regs::kRegIrqStatus);
    port_.Write32(regs::kRegIrqStatus, status);
    if (regs::kIrqStatusError.Get(status) != 0) {
      Outcome outcome;
      outcome.problem = DescribeError(outcome);
      return outcome;
    }
    if (port_.Read32(regs::kRegSequence) != sequence_) continue;
    // The last command has signalled; the units behind it fall idle within a few cycles.
    for (int i = 0; i < kMaxPolls && regs::kStatusBusy.Get(port_.Read32(regs::kRegStatus)) != 0;) {
      ++i;
    }
    Outcome outcome;
    outcome.ok = true;
    outcome.before = counters_;
    outcome.after = counters_ = ReadCounters();
    return outcome;
  }
  const uint32_t head = port_.Read32(regs::kRegHead);
  Outcome outcome;
  outcome.problem = fmt::format(
      "no answer from the engine within {:.3f} ms (status 0x{:X}, {} of {} commands fetched)",
      static_cast<double>(timeout.count()) * 1e-6, port_.Read32(regs::kRegStatus), head, tail_);
  return outcome;
}

std::string EngineDevice::DescribeError(Outcome& outcome) {
  const auto code = static_cast<regs::ErrorCode>(port_.Read32(regs::kRegErrorCode));
  outcome.error_tag = port_.Read32(regs::kRegErrorTag);
  const uint32_t address = port_.Read32(regs::kRegErrorAddr);
  std::string text = fmt::format("engine error {}: {}", regs::Name(code), regs::Describe(code));
  if (address != 0) text += fmt::format(" Bus address 0x{:08X}.", address);
  return text;
}

EngineCounters EngineDevice::ReadCounters() {
  EngineCounters counters;
  counters.cycles = port_.Read32(regs::kRegCountCycles);
  counters.compute = port_.Read32(regs::kRegCountCompute);
  counters.wait_weights = port_.Read32(regs::kRegCountWaitWeights);
  counters.wait_activations = port_.Read32(regs::kRegCountWaitActivations);
  counters.wait_output = port_.Read32(regs::kRegCountWaitOutput);
  counters.wait_requant = port_.Read32(regs::kRegCountWaitRequant);
  counters.overhead = port_.Read32(regs::kRegCountOverhead);
  counters.idle = port_.Read32(regs::kRegCountIdle);
  counters.read_beats = port_.Read32(regs::kRegCountReadBeats);
  counters.write_beats = port_.Read32(regs::kRegCountWriteBeats);
  return counters;
}

}  // namespace fragua::driver

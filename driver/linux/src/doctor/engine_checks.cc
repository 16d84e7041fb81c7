// The engine itself: its device, who it is, its interrupt, its clock.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine_probe.h"
#include "examination.h"
#include "fragua/driver/engine_access.h"
#include "interrupt_lines.h"
#include "zynq.h"

namespace fragua::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// A kernel that works tells of an interrupt within microseconds.
constexpr nanoseconds kInterruptPatience = milliseconds(200);
/// 2 ms at 100 MHz: long beside an access of a register, short for a simulation.
constexpr uint32_t kClockCycles = 200000;
constexpr int kClockRuns = 3;

/// Lines of the programmable logic whose count has risen.
std::vector<InterruptLine> Risen(const std::vector<InterruptLine>& before,
                                 const std::vector<InterruptLine>& after) {
  std::vector<InterruptLine> risen;
  for (const InterruptLine& line : after) {
    const auto old = std::ranges::find(before, line.number, &InterruptLine::number);
    if (zynq::IsFabricInterrupt(line.number) && old != before.end() && line.count > old->count) {
      risen.push_back(line);
    }
  }
  return risen;
}

/// What is wrong with the interrupt's number or trigger as the kernel has them; empty when nothing
/// is known to be.
std::string WrongLine(const std::vector<InterruptLine>& lines, const std::string& name) {
  const int number = zynq::kInterruptSpi + zynq::kFirstSharedInterrupt;
  const auto line = std::ranges::find(lines, name, &InterruptLine::name);
  if (line == lines.end()) return "";
  if (line->number != number) {
    return fmt::format("the kernel listens on interrupt {} of the controller", line->number);
  }
  if (!line->trigger.empty() && line->trigger != "Level") {
    return fmt::format("the kernel takes the interrupt for '{}'", line->trigger);
  }
  return "";
}

/// An error that needs no memory: the engine may touch nothing, and is told to fetch a command.
void RaiseInterrupt(LinuxPort& port) {
  SoftReset(port);  // the count of commands begins anew
  port.Write32(regs::kRegWindowBase, 0);
  port.Write32(regs::kRegWindowLimit, 0);
  port.Write32(regs::kRegRingBase, 0);
  port.Write32(regs::kRegRingSize, 1);
  port.Write32(regs::kRegIrqEnable, regs::kIrqEnableDone.mask() | regs::kIrqEnableError.mask());
  port.Write32(regs::kRegControl, regs::kControlEnable.mask());
  port.Write32(regs::kRegTail, 1);
}

void LowerInterrupt(LinuxPort& port) {
  port.Write32(regs::kRegIrqEnable, 0);
  SoftReset(port);
}

}  // namespace

std::optional<std::string> CheckDevice(Examination& exam) {
  exam.Begin("device");
  try {
    const UioEntry entry = FindUio(exam.system(), exam.options().port.device);
    const uint32_t base = exam.options().board.register_port.base;
    const std::string expected =
        fmt::format("registers at 0x{:08X}, board '{}'", base, exam.options().board.name);
    const uint64_t address = entry.maps.empty() ? 0 : entry.maps[0].address;
    const std::string found =
        fmt::format("/dev/{} ({}), registers at 0x{:08X}", entry.node, entry.name, address);
    if (address == base) {
      exam.Add(Verdict::kOk, found, expected);
      return entry.name;
    }
    exam.Add(Verdict::kFailed, found, expected,
             fmt::format("reg = <0x{:08x} 0x1000> in the overlay (driver/linux/fragua.dtso), or "
                         "register_port.base of the board file if your design has another address",
                         base));
  } catch (const Error& error) {
    exam.AddFailure(error, fmt::format("a UIO device '{}'", exam.options().port.device));
  }
  return std::nullopt;
}

bool CheckIdentity(Examination& exam, LinuxPort& port) {
  exam.Begin("engine");
  const EngineConfig& engine = exam.options().port.engine;
  if (const auto mismatch = FindMismatch(port, engine)) {
    exam.Add(Verdict::kFailed, mismatch->found, mismatch->expected, mismatch->fix);
    return false;
  }
  exam.Add(
      Verdict::kOk,
      fmt::format("ID, version {}.{}, map 0x{:08X}, {}x{} and buffers", regs::kVersionValue >> 16,
                  regs::kVersionValue & 0xFFFF, regs::kAbiHashValue, engine.pc, engine.pk),
      "engine '" + engine.name + "'");
  return true;
}

void CheckInterrupt(Examination& exam, LinuxPort& port, const std::string& device_name) {
  exam.Begin("interrupt");
  const std::string expected = fmt::format("one, on interrupt {} of the controller, level",
                                           zynq::kInterruptSpi + zynq::kFirstSharedInterrupt);
  const std::string property = fmt::format(
      "interrupts = <0 {} 4> and interrupt-parent = <&intc> in the overlay", zynq::kInterruptSpi);
  port.Write32(regs::kRegIrqEnable, 0);
  try {
    // One may be left from an earlier user; a second one nobody has raised.
    if (port.WaitKernel(milliseconds(1)) && port.WaitKernel(milliseconds(20))) {
      exam.Add(Verdict::kFailed, "interrupts come while the engine raises none", expected,
               property + " (is the line active low, or another device's?)");
      return;
    }
    const auto before = ReadInterruptLines(exam.system());
    RaiseInterrupt(port);
    const nanoseconds patience = std::max(kInterruptPatience, exam.options().timeout);
    const bool told = port.WaitKernel(patience);
    const uint32_t raised = port.Read32(regs::kRegIrqStatus);
    const auto code = static_cast<regs::ErrorCode>(port.Read32(regs::kRegErrorCode));
    const auto after = ReadInterruptLines(exam.system());
    LowerInterrupt(port);
    const std::string wrong = WrongLine(after, device_name);
    if (raised == 0) {
      exam.Add(Verdict::kFailed, "the engine does not act on its doorbell",
               "an error of the engine", "FCLK0 or the engine's reset: see the checks above");
    } else if (code != regs::ErrorCode::kOutOfWindow) {
      exam.Add(Verdict::kFailed,
               fmt::format("the engine's error is {} for an access outside an empty window",
                           regs::Name(code)),
               std::string(regs::Name(regs::ErrorCode::kOutOfWindow)),
               "rebuild the bitstream from the sources of this program");
    } else if (told && wrong.empty()) {
      exam.Add(Verdict::kOk, "raised, and the kernel has told of it", expected);
    } else if (!wrong.empty()) {
      exam.Add(Verdict::kFailed, wrong + (told ? "" : "; it does not arrive"), expected, property);
    } else if (const auto risen = Risen(before, after); !risen.empty()) {
      const InterruptLine& line = risen.front();
      const bool ours = line.name == device_name;
      exam.Add(
          Verdict::kFailed,
          ours ? "it arrives at the kernel and UIO does not pass it on"
               : fmt::format("it arrives as interrupt {} ({})", line.number, line.name),
          expected,
          ours ? "boot with uio_pdrv_genirq.of_id=generic-uio (another driver has bound the node)"
               : property);
    } else {
      exam.Add(Verdict::kFailed,
               fmt::format("raised by the engine, and nothing arrives within {} ms",
                           patience.count() / 1000000),
               expected,
               property +
                   "; connect the engine's irq to IRQ_F2P[0] of the processor "
                   "(rtl/zybo/design.tcl)");
    }
  } catch (const Error& error) {
    exam.AddFailure(error, expected);
  }
}

void CheckClock(Examination& exam, LinuxPort& port) {
  exam.Begin("clock");
  const double wanted = exam.options().port.engine.clock_mhz;
  const std::string expected = fmt::format("{:g} MHz within 3 %", wanted);
  // A LOAD that waits for a token nobody posts: the watchdog counts the cycles, we the time. The
  // shortest of a few, because whatever disturbs makes the time longer.
  nanoseconds shortest = nanoseconds::max();
  {
    EngineProbe probe(port);
    regs::Command command = regs::MakeCommand(regs::Opcode::kLoad);
    command.Set(regs::header::kWait, regs::kTokenCl);
    command.Set(regs::load::kDdrAddr, probe.ring_address());
    command.Set(regs::load::kRunWords, 1);
    command.Set(regs::load::kRuns, 1);
    for (int run = 0; run < kClockRuns; ++run) {
      probe.Start(command, kClockCycles);
      // A hundredth of the rate is still seen.
      const nanoseconds slowest(static_cast<int64_t>(100.0 * kClockCycles / wanted * 1000));
      const auto outcome = probe.Finish(std::max(slowest, exam.options().timeout));
      if (!outcome.ended || outcome.error != regs::ErrorCode::kWatchdog) {
        exam.Add(Verdict::kFailed,
                 outcome.ended
                     ? fmt::format("{} instead of the watchdog's error", regs::Name(outcome.error))
                     : "the watchdog does not end a command that waits for ever",
                 expected, "see HP0 width and the data lines; FCLK0 may have stopped");
        return;
      }
      shortest = std::min(shortest, outcome.time);
    }
  }
  if (shortest <= nanoseconds(0)) {
    exam.Add(Verdict::kNotCheckable, "time stands still here", expected);
    return;
  }
  const double mhz = kClockCycles * 1000.0 / static_cast<double>(shortest.count());
  const std::string found = fmt::format("{:.1f} MHz ({} cycles of the watchdog in {:.3f} ms)", mhz,
                                        kClockCycles, static_cast<double>(shortest.count()) * 1e-6);
  if (std::abs(mhz / wanted - 1) < 0.03) {
    exam.Add(Verdict::kOk, found, expected);
  } else {
    exam.Add(mhz > wanted ? Verdict::kFailed : Verdict::kWarning, found, expected,
             fmt::format("assigned-clock-rates = <{:.0f}> in the overlay; see FCLK0 rate",
                         wanted * 1e6));
  }
}

}  // namespace fragua::driver

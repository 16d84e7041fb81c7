// The processor system's settings that decide whether the programmable logic can be reached, runs
// at the right clock and sees memory as wide as it thinks.

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "examination.h"
#include "zynq.h"

namespace fragua::driver {
namespace {

using zynq::Registers;

const char* const kChecks[] = {"programmed",    "level shifters", "fabric reset",
                               "FCLK0 running", "FCLK0 rate",     "HP0 width"};
const char* const kUnlock = "devmem 0xF8000008 32 0xDF0D";

std::string Hex(uint32_t value) { return fmt::format("0x{:08X}", value); }
/// Writes a system level control register by hand, until the next boot.
std::string SetSlcr(uint32_t address, uint32_t value) {
  return fmt::format("{}; devmem {} 32 {}", kUnlock, Hex(address), Hex(value));
}

void Unreadable(Examination& exam, const Registers& registers) {
  exam.Add(Verdict::kNotCheckable, registers.why(), "", registers.advice());
}

/// False when the logic is known to be empty.
bool CheckProgrammed(Examination& exam, Registers& registers) {
  exam.Begin("programmed");
  const std::string expected = "fpga_manager 'operating', or PCFG_DONE set";
  const auto state = ReadAttribute(exam.system(), "/sys/class/fpga_manager/fpga0/state");
  const std::string manager = state ? "fpga_manager is '" + *state + "'" : "no fpga_manager";
  if (state && *state == "operating") {
    exam.Add(Verdict::kOk, manager, expected);
    return true;
  }
  // Without its clock the device configuration interface would not answer.
  const auto clock = registers.Read(zynq::kPcapClkCtrl);
  if (!clock) {
    Unreadable(exam, registers);
    return true;
  }
  if ((*clock & 1) == 0) {
    exam.Add(Verdict::kNotCheckable, manager + ", and PCAP_CLK_CTRL has stopped devcfg's clock",
             expected, "enable CONFIG_FPGA_MGR_ZYNQ_FPGA in the kernel");
    return true;
  }
  const uint32_t status = registers.Read(zynq::kDevcfgIntSts).value_or(0);
  if ((status & zynq::kPcfgDone) != 0) {
    exam.Add(Verdict::kOk, manager + ", PCFG_DONE is set", expected);
    return true;
  }
  exam.Add(Verdict::kFailed,
           fmt::format("{}, PCFG_DONE is clear (INT_STS {})", manager, Hex(status)), expected,
           "load the bitstream: driver/linux/board/fragua-load.sh fragua.bit.bin fragua.dtbo, or "
           "'fpga loadb' in U-Boot (docs/ZYBO.md, step 5)");
  return false;
}

bool CheckLevelShifters(Examination& exam, Registers& registers) {
  exam.Begin("level shifters");
  const auto value = registers.Read(zynq::kLvlShftrEn);
  if (!value) {
    Unreadable(exam, registers);
    return true;
  }
  const bool on = (*value & zynq::kLevelShiftersOn) == zynq::kLevelShiftersOn;
  exam.Add(on ? Verdict::kOk : Verdict::kFailed, "LVL_SHFTR_EN is " + Hex(*value),
           Hex(zynq::kLevelShiftersOn),
           on ? ""
              : SetSlcr(zynq::kLvlShftrEn, zynq::kLevelShiftersOn) +
                    "; for good: load with fpga_manager or U-Boot, which switch them on");
  return on;
}

bool CheckFabricReset(Examination& exam, Registers& registers) {
  exam.Begin("fabric reset");
  const auto value = registers.Read(zynq::kFpgaRstCtrl);
  if (!value) {
    Unreadable(exam, registers);
    return true;
  }
  const bool released = (*value & 1) == 0;
  exam.Add(released ? Verdict::kOk : Verdict::kFailed, "FPGA_RST_CTRL is " + Hex(*value),
           "bit 0 (FPGA0_OUT_RST) clear",
           released ? "" : SetSlcr(zynq::kFpgaRstCtrl, *value & ~1u));
  return released;
}

bool CheckFclkRunning(Examination& exam, Registers& registers) {
  exam.Begin("FCLK0 running");
  const auto value = registers.Read(zynq::kFpga0ThrCnt);
  if (!value) {
    Unreadable(exam, registers);
    return true;
  }
  const bool running = (*value & 1) == 0;
  exam.Add(running ? Verdict::kOk : Verdict::kFailed, "FPGA0_THR_CNT is " + Hex(*value),
           "bit 0 clear",
           running ? ""
                   : SetSlcr(zynq::kFpga0ThrCnt, *value & ~1u) +
                         "; for good: clk_ignore_unused on the kernel's command line, or "
                         "fragua-boot.dtso (fclk-enable = <1>)");
  return running;
}

/// Hz of the oscillator, from the device tree.
std::optional<double> PsClock(System& system) {
  const std::string root = "/proc/device-tree/";
  for (const std::string& bus : system.List(root)) {
    auto bytes = ReadAttribute(system, root + bus + "/slcr@f8000000/clkc@100/ps-clk-frequency");
    if (!bytes) continue;
    // What looks like a line feed at the end of a text is a byte of the number.
    while (bytes->size() < 4) bytes->push_back('\n');
    uint32_t value = 0;
    for (const char byte : bytes->substr(0, 4)) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }
  return std::nullopt;
}

void JudgeRate(Examination& exam, double rate, const std::string& source, std::string set) {
  const double wanted = exam.options().port.engine.clock_mhz * 1e6;
  const std::string found = fmt::format("{:.2f} MHz ({})", rate / 1e6, source);
  const std::string expected =
      fmt::format("{:g} MHz, engine '{}'", wanted / 1e6, exam.options().port.engine.name);
  if (std::abs(rate / wanted - 1) < 0.01) {
    exam.Add(Verdict::kOk, found, expected);
    return;
  }
  const std::string fix = fmt::format(
      "{}for good: assigned-clock-rates = <{:.0f}> in the overlay, or a boot loader "
      "built from this design's fragua.xsa",
      set.empty() ? "" : set + "; ", wanted);
  if (rate > wanted) {
    exam.Add(Verdict::kFailed, found + ", faster than the engine was placed for", expected, fix);
  } else {
    exam.Add(Verdict::kWarning, found + ": right results, later", expected, fix);
  }
}

void CheckFclkRate(Examination& exam, Registers& registers) {
  exam.Begin("FCLK0 rate");
  const auto control = registers.Read(zynq::kFpga0ClkCtrl);
  const auto ps_clock = PsClock(exam.system());
  if (control && ps_clock) {
    const uint32_t pll = zynq::PllOfFclk(*control);
    const double pll_rate = zynq::PllRate(registers.Read(pll).value_or(0), *ps_clock);
    const auto setting =
        zynq::FclkSetting(*control, pll_rate, exam.options().port.engine.clock_mhz * 1e6);
    JudgeRate(exam, zynq::FclkRate(*control, pll_rate),
              fmt::format("FPGA0_CLK_CTRL {}, PLL {:.0f} MHz", Hex(*control), pll_rate / 1e6),
              setting ? SetSlcr(zynq::kFpga0ClkCtrl, *setting) : "");
    return;
  }
  const auto kernels = ReadAttribute(exam.system(), "/sys/kernel/debug/clk/fclk0/clk_rate");
  const double rate = kernels ? std::strtod(kernels->c_str(), nullptr) : 0;
  if (rate > 0) {
    JudgeRate(exam, rate, "the kernel's clk_rate", "");
  } else if (!control) {
    Unreadable(exam, registers);
  } else {
    exam.Add(Verdict::kNotCheckable, "the device tree has no ps-clk-frequency at clkc@100", "",
             "mount debugfs: mount -t debugfs none /sys/kernel/debug");
  }
}

void CheckHpWidth(Examination& exam, Registers& registers) {
  exam.Begin("HP0 width");
  const uint32_t read_address = zynq::AfiRdchanCtrl(zynq::kHpPort);
  const uint32_t write_address = zynq::AfiWrchanCtrl(zynq::kHpPort);
  const auto read = registers.Read(read_address);
  const auto write = registers.Read(write_address);
  if (!read || !write) {
    Unreadable(exam, registers);
    return;
  }
  const auto bits = [](uint32_t value) { return (value & zynq::k32BitEnable) != 0 ? 32 : 64; };
  const int wanted = exam.options().board.ddr.width_bits;
  std::string fix;
  const auto set = [&](uint32_t address, uint32_t value) {
    if (bits(value) == wanted) return;
    fix += fmt::format("devmem {} 32 {}; ", Hex(address), Hex(value ^ zynq::k32BitEnable));
  };
  set(read_address, *read);
  set(write_address, *write);
  if (!fix.empty()) fix += "for good: a boot loader built from this design's fragua.xsa";
  exam.Add(fix.empty() ? Verdict::kOk : Verdict::kFailed,
           fmt::format("reads {} bits (AFI_RDCHAN_CTRL {}), writes {} bits (AFI_WRCHAN_CTRL {})",
                       bits(*read), Hex(*read), bits(*write), Hex(*write)),
           fmt::format("{} bits both ways", wanted), fix);
}

}  // namespace

bool CheckProcessorSystem(Examination& exam) {
  const auto skip_all = [&](const std::string& why, const std::string& fix) {
    for (const char* check : kChecks) exam.Skip(check, why, fix);
    return true;
  };
  if (exam.options().remote) return skip_all("the engine is in another process", "");
  // Nothing is known of what lies at these addresses on another machine.
  const auto compatible = ReadAttribute(exam.system(), "/proc/device-tree/compatible");
  if (!compatible || compatible->find("xlnx,zynq-7000") == std::string::npos) {
    return skip_all("this machine is no Zynq-7000 (/proc/device-tree/compatible)",
                    "run it on the board, or with --device unix:SOCKET of a 'fragua serve'");
  }
  Registers registers(exam.system());
  bool reachable = CheckProgrammed(exam, registers);
  reachable = CheckLevelShifters(exam, registers) && reachable;
  reachable = CheckFabricReset(exam, registers) && reachable;
  reachable = CheckFclkRunning(exam, registers) && reachable;
  CheckFclkRate(exam, registers);
  CheckHpWidth(exam, registers);
  return reachable;
}

}  // namespace fragua::driver

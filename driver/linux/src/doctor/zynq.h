#pragma once
// Registers of the Zynq-7000's processor system that decide whether an engine in the programmable
// logic can work. Addresses and bits: UG585, Zynq-7000 Technical Reference Manual, appendix
// "Register Details", under the names given here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "resources.h"

namespace fragua::driver::zynq {

// System level control registers ("slcr").
inline constexpr uint32_t kSlcrUnlock = 0xF8000008;  ///< SLCR_UNLOCK: kSlcrKey allows writing
inline constexpr uint32_t kSlcrKey = 0xDF0D;
inline constexpr uint32_t kArmPllCtrl = 0xF8000100;    ///< ARM_PLL_CTRL
inline constexpr uint32_t kDdrPllCtrl = 0xF8000104;    ///< DDR_PLL_CTRL
inline constexpr uint32_t kIoPllCtrl = 0xF8000108;     ///< IO_PLL_CTRL
inline constexpr uint32_t kPcapClkCtrl = 0xF8000168;   ///< PCAP_CLK_CTRL: bit 0 CLKACT
inline constexpr uint32_t kFpga0ClkCtrl = 0xF8000170;  ///< FPGA0_CLK_CTRL
/// FPGA0_THR_CNT. Linux' clock driver stops FCLK0 by its bit 0.
inline constexpr uint32_t kFpga0ThrCnt = 0xF8000178;
inline constexpr uint32_t kFpgaRstCtrl = 0xF8000240;  ///< FPGA_RST_CTRL: bit n FPGAn_OUT_RST
inline constexpr uint32_t kLvlShftrEn = 0xF8000900;   ///< LVL_SHFTR_EN
inline constexpr uint32_t kLevelShiftersOn = 0xF;

// Device configuration interface ("devcfg").
inline constexpr uint32_t kDevcfgIntSts = 0xF800700C;  ///< INT_STS
inline constexpr uint32_t kPcfgDone = 1u << 2;         ///< PCFG_DONE_INT

// AXI high-performance ports ("axi_hp", AFI0 to AFI3).
constexpr uint32_t AfiRdchanCtrl(int port) {  ///< AFI_RDCHAN_CTRL
  return 0xF8008000u + 0x1000u * static_cast<uint32_t>(port);
}
constexpr uint32_t AfiWrchanCtrl(int port) { return AfiRdchanCtrl(port) + 0x14; }
inline constexpr uint32_t k32BitEnable = 1u << 0;  ///< n32BitEn, of both: the port is 32 bits wide

/// Interrupt lines IRQ_F2P[0..7] and [8..15] at the interrupt controller (UG585, table "PS and PL
/// Shared Peripheral Interrupts").
constexpr bool IsFabricInterrupt(int number) {
  return (number >= 61 && number <= 68) || (number >= 84 && number <= 91);
}
inline constexpr int kFirstSharedInterrupt = 32;  ///< what the device tree does not count

// What the board kit (rtl/zybo) has chosen; board_kit_test holds them to it.
inline constexpr int kHpPort = 0;
inline constexpr int kInterruptSpi = 29;

/// Hz that a PLL gives from `ps_clk`: PLL_FDIV 18:12, PLL_BYPASS_FORCE 4, PLL_PWRDWN 1, PLL_RESET
/// 0.
double PllRate(uint32_t ctrl, double ps_clk);
/// Which PLL FPGA0_CLK_CTRL takes: its control register, by SRCSEL 5:4.
uint32_t PllOfFclk(uint32_t clk_ctrl);
/// Hz of FCLK0: DIVISOR0 13:8, DIVISOR1 25:20.
double FclkRate(uint32_t clk_ctrl, double pll_rate);
/// FPGA0_CLK_CTRL with the dividers that bring FCLK0 within a percent of `wanted`; nothing when
/// none do.
std::optional<uint32_t> FclkSetting(uint32_t clk_ctrl, double pll_rate, double wanted);

/// Reads such registers through /dev/mem, a page at a time.
class Registers {
 public:
  explicit Registers(System& system) : system_(system) {}
  /// Nothing when it cannot be read; why() says why, advice() what to do.
  std::optional<uint32_t> Read(uint32_t address);
  const std::string& why() const { return why_; }
  const std::string& advice() const { return advice_; }

 private:
  System& system_;
  Descriptor file_;
  std::map<uint32_t, Mapping> pages_;
  std::string why_, advice_;
};

}  // namespace fragua::driver::zynq

#include "zynq.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fragua::driver::zynq {
namespace {

constexpr uint32_t kPage = 4096;
constexpr uint32_t kDividerBits = 0x3F;

uint32_t Bits(uint32_t value, int lsb, uint32_t mask) { return value >> lsb & mask; }

}  // namespace

double PllRate(uint32_t ctrl, double ps_clk) {
  if (Bits(ctrl, 4, 1) != 0) return ps_clk;
  if (Bits(ctrl, 0, 3) != 0) return 0;
  return ps_clk * Bits(ctrl, 12, 0x7F);
}

uint32_t PllOfFclk(uint32_t clk_ctrl) {
  switch (Bits(clk_ctrl, 4, 3)) {
    case 2:
      return kArmPllCtrl;
    case 3:
      return kDdrPllCtrl;
    default:
      return kIoPllCtrl;
  }
}

double FclkRate(uint32_t clk_ctrl, double pll_rate) {
  // A divider of 0 divides by 1.
  return pll_rate / std::max(Bits(clk_ctrl, 8, kDividerBits), 1u) /
         std::max(Bits(clk_ctrl, 20, kDividerBits), 1u);
}

std::optional<uint32_t> FclkSetting(uint32_t clk_ctrl, double pll_rate, double wanted) {
  for (uint32_t second = 1; second <= kDividerBits; ++second) {
    for (uint32_t first = 1; first <= kDividerBits; ++first) {
      const double rate = pll_rate / first / second;
      if (std::abs(rate / wanted - 1) > 0.01) continue;
      return (clk_ctrl & ~(kDividerBits << 8 | kDividerBits << 20)) | first << 8 | second << 20;
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> Registers::Read(uint32_t address) {
  if (!why_.empty()) return std::nullopt;
  const auto refuse = [this](const char* what, int64_t result) {
    why_ = fmt::format("/dev/mem: {}: {}", what, Reason(result));
    advice_ = result == -ENOENT || result == -ENXIO
                  ? "the kernel needs CONFIG_DEVMEM"
                  : "run as root (sudo); if root is refused too, boot with iomem=relaxed";
    return std::nullopt;
  };
  if (!file_.valid()) {
    // Synchronous: the kernel then maps it uncached.
    const int fd = Uninterrupted([&] { return system_.Open("/dev/mem", O_RDWR | O_SYNC); });
    if (fd < 0) return refuse("cannot be opened", fd);
    file_ = Descriptor(system_, fd);
  }
  const uint32_t page = address / kPage * kPage;
  auto entry = pages_.find(page);
  if (entry == pages_.end()) {
    void* memory = nullptr;
    const int result = Uninterrupted([&] { return system_.Map(file_.get(), kPage, page, memory); });
    if (result < 0) return refuse("registers cannot be mapped", result);
    entry = pages_.emplace(page, Mapping(system_, memory, kPage)).first;
  }
  return system_.LoadRegister(
      reinterpret_cast<const volatile uint32_t*>(entry->second.data() + address % kPage));
}

}  // namespace fragua::driver::zynq

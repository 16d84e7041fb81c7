#pragma once
// A fake board with the processor system around the engine: system registers behind /dev/mem, what
// the kernel says of clocks, memory and interrupts, and an HP port whose width can be wrong.

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fake_board.h"

namespace fragua::test {

class ZynqBoard : public FakeBoard {
 public:
  /// A Zybo whose boot loader, bitstream and device tree are as docs/ZYBO.md has them.
  explicit ZynqBoard(const driver::EngineConfig& engine) : FakeBoard(engine) {
    AddUdmabuf();
    texts["/proc/device-tree/compatible"] = std::string("digilent,zynq-zybo\0xlnx,zynq-7000", 33);
    texts[kPsClock] = std::string("\x02\xFA\xF0\x80", 4);  // 50 MHz
    texts["/sys/class/fpga_manager/fpga0/state"] = "operating\n";
    texts["/proc/iomem"] =
        "00000000-1fffffff : System RAM\n  00100000-007fffff : Kernel code\n"
        "43c00000-43c00fff : /fragua@43c00000\n";
    texts["/proc/meminfo"] = "MemTotal: 506000 kB\nCmaTotal:          65536 kB\n";
    texts["/dev/mem"] = "";
  }

  static constexpr const char* kPsClock =
      "/proc/device-tree/amba/slcr@f8000000/clkc@100/ps-clk-frequency";

  /// Registers by address. PLLs at 1300, 1050 and 1000 MHz; FCLK0 = 1000 / 5 / 2 MHz.
  std::map<uint32_t, uint32_t> physical = {
      {0xF8000100, 0x0001A008}, {0xF8000104, 0x00015008}, {0xF8000108, 0x00014008},
      {0xF8000168, 0x00000501}, {0xF8000170, 0x00200500}, {0xF8000178, 0x00000000},
      {0xF8000240, 0x00000000}, {0xF8000900, 0x0000000F}, {0xF800700C, 0x00000004},
      {0xF8008000, 0x00000000}, {0xF8008014, 0x00000F00}};
  /// As the kernel lists the engine's interrupt: number at the controller, trigger, name.
  std::string interrupt_line = "61 Level     fragua";
  bool line_stuck = false;         ///< interrupts come that nobody raises
  bool uio_deaf = false;           ///< the kernel counts interrupts and UIO does not pass them on
  bool half_width_writes = false;  ///< of the HP port: 32 bits
  uint64_t unread_bits = 0;        ///< of every 64-bit word that the engine reads
  uint64_t swallowed_bits = 0;     ///< of every 64-bit word that the engine writes
  int stale_line = 0;              ///< every so many-th line of 32 bytes keeps what it held

  int Open(const std::string& path, int flags) override {
    texts["/proc/interrupts"] =
        "           CPU0       CPU1\n 16:          1          2     GIC-0  27 "
        "Edge      gt\n 46:          0          " +
        std::to_string(arrived_) + "     GIC-0  " + interrupt_line +
        "\nIPI0:          0          1  CPU wakeup interrupts\n";
    return FakeBoard::Open(path, flags);
  }
  int Poll(int fd, std::chrono::nanoseconds timeout) override {
    if (line_stuck) {
      LeaveOldCount();
      return 1;
    }
    const int ready = FakeBoard::Poll(fd, timeout);
    if (engine().irq() && (ready == 1 || uio_deaf)) ++arrived_;
    return ready;
  }
  int Map(int fd, size_t bytes, uint64_t offset, void*& address) override {
    if (PathOf(fd) != "/dev/mem") return FakeBoard::Map(fd, bytes, offset, address);
    if (!faults["map /dev/mem"].empty()) return faults["map /dev/mem"].front();
    ++mappings;
    pages_.push_back({static_cast<uint32_t>(offset), std::vector<uint32_t>(kPage / 4)});
    address = pages_.back().words.data();
    return 0;
  }
  uint32_t LoadRegister(const volatile uint32_t* address) override {
    const std::less_equal<const volatile uint32_t*> not_behind;
    for (const Page& page : pages_) {
      if (!not_behind(page.words.data(), address) || !not_behind(address, &page.words.back())) {
        continue;
      }
      return physical.at(page.address + static_cast<uint32_t>(address - page.words.data()) * 4);
    }
    ++engine_accesses;
    return FakeBoard::LoadRegister(address);
  }
  /// The engine works while its doorbell is rung; then the port does what it does.
  void StoreRegister(volatile uint32_t* address, uint32_t value) override {
    ++engine_accesses;
    const bool good =
        unread_bits == 0 && !half_width_writes && swallowed_bits == 0 && stale_line == 0;
    if (good || !RingsTheDoorbell(address)) {
      FakeBoard::StoreRegister(address, value);
      return;
    }
    const std::vector<uint8_t> before(ddr().begin(), ddr().end());
    for (size_t i = 0; unread_bits != 0 && i < kBytes; i += kWord) {
      uint64_t word = 0;
      std::memcpy(&word, ddr().data() + i, kWord);
      word &= ~unread_bits;
      std::memcpy(ddr().data() + i, &word, kWord);
    }
    const std::vector<uint8_t> seen(ddr().begin(), ddr().end());
    FakeBoard::StoreRegister(address, value);
    for (size_t i = 0; i < kBytes; i += kWord) Settle(i, before.data() + i, seen.data() + i);
  }
  int engine_accesses = 0;

 private:
  static constexpr size_t kWord = 8;
  struct Page {
    uint32_t address;
    std::vector<uint32_t> words;  ///< addresses to tell accesses by
  };
  /// What memory holds of the word at `i`, which the engine may have written: it was `before`, and
  /// the engine `seen` it so.
  void Settle(size_t i, const uint8_t* before, const uint8_t* seen) {
    uint8_t* const now = ddr().data() + i;
    uint64_t old = 0, written = 0;
    std::memcpy(&old, before, kWord);
    std::memcpy(&written, now, kWord);
    uint64_t kept = swallowed_bits;
    if (half_width_writes) kept |= 0xFFFFFFFF00000000;
    if (stale_line != 0 && i / 32 % static_cast<size_t>(stale_line) == 0) kept = ~uint64_t{0};
    if (std::memcmp(now, seen, kWord) == 0) kept = ~uint64_t{0};
    written = (old & kept) | (written & ~kept);
    std::memcpy(now, &written, kWord);
  }

  std::deque<Page> pages_;
  int arrived_ = 0;  ///< interrupts, as the kernel counts them
};

}  // namespace fragua::test

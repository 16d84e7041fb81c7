#pragma once
// A whole engine (real or with a stand-in for its compute unit) with a memory on one bus and a host
// on the other.

#include <functional>
#include <string>
#include <vector>

#include "Vfr_engine.h"
#include "support/axi_memory.h"
#include "support/bench.h"
#include "support/engine_commands.h"
#include "support/lite_watch.h"

namespace fragua::rtltest {

/// Where a host puts what it shares with the engine, and how patient it tells the engine to be.
struct EnginePlace {
  uint32_t base = 0x10000000;  ///< of the memory and of the window, whole pages
  uint32_t bytes = 0x00100000;
  uint32_t ring = 0x10001000;
  uint32_t ring_log2 = 4;
  uint32_t watchdog = 5000;
};

class EngineBench {
 public:
  static constexpr uint32_t kBase = EnginePlace{}.base;
  static constexpr uint32_t kBytes = EnginePlace{}.bytes;
  static constexpr uint32_t kRing = EnginePlace{}.ring;

  explicit EngineBench(uint32_t seed, const EnginePlace& where = {})
      : memory(where.base, where.bytes / 8, seed), place(where) {
    memory.window_base = place.base;
    memory.window_limit = place.base + place.bytes;
    auto& m = *bench;
    m.s_axi_awvalid = m.s_axi_wvalid = m.s_axi_bready = m.s_axi_arvalid = m.s_axi_rready = 0;
    m.m_axi_rvalid = m.m_axi_bvalid = m.m_axi_arready = m.m_axi_awready = m.m_axi_wready = 0;
    bench.Reset();
  }

  /// One clock cycle with the memory serving.
  void Tick() {
    memory.Drive(*bench);
    bench.Settle();
    memory.Sample(*bench);
    registers_.Sample(*bench);
    if (on_cycle) on_cycle();
    bench.Tick();
  }
  void Run(int cycles) {
    for (int i = 0; i < cycles; ++i) Tick();
  }

  void Write(uint32_t offset, uint32_t value, uint32_t strobes = 0xF) {
    auto& m = *bench;
    m.s_axi_awaddr = static_cast<uint16_t>(offset);
    m.s_axi_wdata = value;
    m.s_axi_wstrb = static_cast<uint8_t>(strobes);
    m.s_axi_awvalid = m.s_axi_wvalid = 1;
    m.s_axi_bready = 1;
    while (m.s_axi_awvalid || m.s_axi_wvalid) {
      bench.Settle();
      const bool aw = m.s_axi_awvalid && m.s_axi_awready;
      const bool w = m.s_axi_wvalid && m.s_axi_wready;
      Tick();
      if (aw) m.s_axi_awvalid = 0;
      if (w) m.s_axi_wvalid = 0;
    }
    while (!m.s_axi_bvalid) Tick();
    Tick();
    m.s_axi_bready = 0;
  }
  uint32_t Read(uint32_t offset) {
    auto& m = *bench;
    m.s_axi_araddr = static_cast<uint16_t>(offset);
    m.s_axi_arvalid = 1;
    bench.Settle();
    while (!m.s_axi_arready) Tick();
    Tick();
    m.s_axi_arvalid = 0;
    while (!m.s_axi_rvalid) Tick();
    const uint32_t value = m.s_axi_rdata;
    m.s_axi_rready = 1;
    Tick();
    m.s_axi_rready = 0;
    return value;
  }

  /// Window, ring and watchdog as a driver sets them; fetching enabled.
  void Configure() {
    Write(regs::kRegWindowBase, place.base);
    Write(regs::kRegWindowLimit, place.base + place.bytes);
    Write(regs::kRegRingBase, place.ring);
    Write(regs::kRegRingSize, place.ring_log2);
    Write(regs::kRegWatchdog, place.watchdog);
    Write(regs::kRegIrqEnable, regs::kIrqEnableDone.mask() | regs::kIrqEnableError.mask());
    Write(regs::kRegControl, regs::kControlEnable.mask());
  }
  /// Puts commands into the ring and rings the doorbell, never more than the ring holds.
  void Submit(const std::vector<regs::Command>& commands) {
    for (const regs::Command& command : commands) {
      while (tail_ - Read(regs::kRegHead) >= (1u << place.ring_log2)) {
        if (Failed()) return;
      }
      const uint32_t slot = place.ring + 64 * (tail_ % (1u << place.ring_log2));
      for (uint32_t w = 0; w < 8; ++w) memory.Word(slot + w * 8) = command.words()[w];
      ++tail_;
      Write(regs::kRegTail, tail_);
    }
  }
  /// As after so many commands; for benches that set the engine's own counters too.
  void SetCommands(uint32_t count) {
    tail_ = count;
    Write(regs::kRegTail, count);
  }
  bool Failed() { return regs::kStatusError.Get(Read(regs::kRegStatus)) != 0; }
  /// Until the interrupt line rises; false after `cycles`.
  bool WaitIrq(int cycles) {
    for (int i = 0; i < cycles; ++i) {
      if (bench->irq_o) return true;
      Tick();
    }
    return false;
  }
  /// Soft reset as a driver does it; false when IN_RESET is not reached within `cycles`.
  bool SoftReset(int cycles = 2000) {
    Write(regs::kRegControl, regs::kControlSoftReset.mask());
    bool reached = false;
    for (int i = 0; i < cycles && !reached; i += 4) {
      reached = regs::kStatusInReset.Get(Read(regs::kRegStatus)) != 0;
    }
    if (!reached) return false;
    Write(regs::kRegControl, 0);
    tail_ = 0;
    return true;
  }

  Bench<Vfr_engine> bench;
  AxiMemory memory;
  EnginePlace place;
  std::function<void()> on_cycle;  ///< called in every cycle, outputs settled

 private:
  LiteWatch registers_;
  uint32_t tail_ = 0;
};

}  // namespace fragua::rtltest

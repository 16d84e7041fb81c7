#pragma once
// A Verilated engine behind its sockets, clocked directly (RtlClock): no signal per pin. Register
// accesses are real AXI4-Lite handshakes in the cycle of the access, the memory port answers cycle
// by cycle, every burst is one transaction.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "axi/axi_checker.h"
#include "axi/axi_lite_checker.h"
#include "axi/hp_port.h"
#include "fragua/sim/platform.h"
#include "platform/array_recorder.h"
#include "platform/engine_module.h"
#include "platform/rtl_clock.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

class EngineRtl : public EngineModule {
 public:
  /// Engine `index` of the platform; joins `clock`.
  EngineRtl(const sc_core::sc_module_name& name, const PlatformOptions& options, int index,
            RtlClock& clock);

  bool irq() const override { return irq_; }
  bool busy() const { return out_->busy; }
  uint64_t cycles() const override { return pace_.cycle(); }
  uint64_t simulated_cycles() const override { return simulated_; }
  void Grant(const sc_core::sc_time& until, bool or_irq) override;
  void SetFaults(std::vector<BusFault> faults) override { port_.SetFaults(std::move(faults)); }
  void SetMemory(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls) {
    port_.SetBehaviour(ddr, stalls);
  }

  /// Looks inside every cycle from now on; nullptr = nobody looks.
  void SetObserver(EngineObserver* observer) override;
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override;

  // The clock's side. A cycle is Drive() of all engines, then Step() of all.
  void Drive();
  void Step();
  /// Idle, nothing on any pin: the engine need not be clocked.
  bool Sleeping() const;
  /// `cycles` cycles of sleep.
  void Skip(uint64_t cycles) { port_.Skip(cycles); }
  void AnnounceIrq() {
    if (irq_) irq_event_.notify(sc_core::SC_ZERO_TIME);
  }

 protected:
  uint32_t ReadRegister(uint32_t offset, sc_core::sc_time& delay) override;
  void WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) override;

 private:
  void UpdateTrace();
  void Tap(const EngineOut::Tap& word, TapWord::Stage stage, uint64_t cycle) const;
  /// The processor wants something of the register port.
  bool Addressed() const {
    return lite_.aw_valid || lite_.w_valid || lite_.ar_valid || lite_.b_ready || lite_.r_ready;
  }
  /// Clocks until `done` says so; adds the time to `delay`.
  template <typename Done>
  void Handshake(const char* what, sc_core::sc_time& delay, Done done);

  const std::string trace_file_;
  const uint64_t trace_from_, trace_to_;
  RtlClock& pace_;
  std::unique_ptr<RtlModel> model_;
  HpPort port_;
  AxiChecker checker_;
  AxiLiteChecker lite_checker_;

  const driver::EngineConfig config_;
  EngineObserver* observer_ = nullptr;
  std::optional<ArrayRecorder> recorder_;

  LiteIn lite_;
  const AxiIn* in_ = nullptr;       ///< of this cycle; nullptr when the engine sleeps through it
  const EngineOut* out_ = nullptr;  ///< of the last cycle
  bool reset_ = true;
  bool irq_ = false;
  bool tracing_ = false;
  uint64_t simulated_ = 0;
  uint64_t quiet_ = 0;  ///< cycles since anything moved on a pin
  uint32_t window_base_ = 0, window_limit_ = 0;
};

}  // namespace fragua::sim

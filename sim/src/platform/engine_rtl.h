#pragma once
// The Verilated engine behind its sockets, clocked directly: no signal per pin, and in batches that
// run ahead of SystemC's time as far as the processor has promised not to touch it. Register
// accesses are real AXI4-Lite handshakes in the cycle of the access, the memory port answers cycle
// by cycle, every burst is one transaction.

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "axi/axi_checker.h"
#include "axi/axi_lite_checker.h"
#include "axi/hp_port.h"
#include "fragua/sim/platform.h"
#include "platform/engine_module.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

class EngineRtl : public EngineModule {
 public:
  SC_HAS_PROCESS(EngineRtl);
  /// `failed` is told when the engine's own thread ends with an exception.
  EngineRtl(const sc_core::sc_module_name& name, const PlatformOptions& options,
            std::function<void(std::exception_ptr)> failed);

  bool irq() const override { return irq_; }
  uint64_t cycles() const override { return cycle_; }
  uint64_t simulated_cycles() const override { return simulated_; }
  void Grant(const sc_core::sc_time& until, bool or_irq) override;
  void SetFaults(std::vector<BusFault> faults) override { port_.SetFaults(std::move(faults)); }
  void SetMemory(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls) {
    port_.SetBehaviour(ddr, stalls);
  }
  void SetProgress(std::function<void(uint64_t)> progress) { progress_ = std::move(progress); }

 protected:
  uint32_t ReadRegister(uint32_t offset, sc_core::sc_time& delay) override;
  void WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) override;

 private:
  void Thread();
  void RunBatch();
  void Tick();
  bool Sleeping() const;
  void CatchUp();
  void UpdateTrace();
  /// Clocks until `done` says so; adds the time to `delay`.
  template <typename Done>
  void Handshake(const char* what, sc_core::sc_time& delay, Done done);

  const std::string trace_file_;
  const uint64_t trace_from_, trace_to_;
  const std::atomic<bool>* stop_;
  const std::function<void(std::exception_ptr)> failed_;
  std::function<void(uint64_t)> progress_;
  std::unique_ptr<RtlModel> model_;
  HpPort port_;
  AxiChecker checker_;
  AxiLiteChecker lite_checker_;

  LiteIn lite_;
  const EngineOut* out_ = nullptr;  ///< of the last cycle
  bool reset_ = true;
  bool irq_ = false;
  bool tracing_ = false;
  uint64_t cycle_ = 0;
  uint64_t simulated_ = 0;
  uint64_t quiet_ = 0;  ///< cycles since anything moved on a pin
  uint64_t next_progress_ = 0;
  uint32_t window_base_ = 0, window_limit_ = 0;

  uint64_t granted_ = 0;  ///< cycle up to which the thread may run
  bool until_irq_ = false;
  sc_core::sc_event grant_event_;
  std::exception_ptr failure_;
};

}  // namespace fragua::sim

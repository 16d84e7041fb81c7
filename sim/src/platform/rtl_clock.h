#pragma once
// The clock of all Verilated engines of a platform: one cycle of every engine after the other, in
// batches that run ahead of SystemC's time as far as the processor has promised not to touch any.
// Together, because they compete for the DDR in every cycle.

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "axi/ddr_controller.h"
#include "fragua/sim/platform.h"
#include "platform/engine_module.h"

namespace fragua::sim {

class EngineRtl;

class RtlClock : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(RtlClock);
  /// `failed` is told when the clock's own thread ends with an exception.
  RtlClock(const sc_core::sc_module_name& name, const PlatformOptions& options,
           std::function<void(std::exception_ptr)> failed);
  /// Before the simulation starts, in the order of the ports of the DDR controller.
  void Add(EngineRtl& engine) { engines_.push_back(&engine); }

  DdrController& ddr() { return ddr_; }
  uint64_t cycle() const { return cycle_; }
  /// As EngineModule::Grant; `irq_of` is the engine whose interrupt ends it, or nullptr.
  void Grant(const sc_core::sc_time& until, const EngineRtl* irq_of);
  /// Clocks up to SystemC's time, before a register access.
  void CatchUp();
  /// One cycle of every engine.
  void Tick();
  void SetProgress(std::function<void(uint64_t)> progress) { progress_ = std::move(progress); }
  const EngineClock& edges() const { return edges_; }

 private:
  void Thread();
  void RunBatch();
  bool AllSleep() const;

  const EngineClock edges_;
  const std::atomic<bool>* stop_;
  const std::function<void(std::exception_ptr)> failed_;
  std::function<void(uint64_t)> progress_;
  DdrController ddr_;
  std::vector<EngineRtl*> engines_;

  uint64_t cycle_ = 0;
  uint64_t next_progress_ = 0;
  uint64_t granted_ = 0;  ///< cycle up to which the thread may run
  const EngineRtl* until_irq_of_ = nullptr;
  sc_core::sc_event grant_event_;
  std::exception_ptr failure_;
};

}  // namespace fragua::sim

#pragma once
// What the platform sees of an engine, Verilated or functional: a register socket, a memory socket,
// an interrupt line.

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "fragua/sim/bus_fault.h"
#include "fragua/sim/bus_memory.h"
#include "fragua/sim/observation.h"
#include "fragua/sim/tap.h"

namespace fragua::sim {

/// Engine clock edges in SystemC time. Computed from the cycle number so that no rounding adds up.
class EngineClock {
 public:
  explicit EngineClock(double mhz) : mhz_(mhz) {}
  sc_core::sc_time At(uint64_t cycle) const;
  /// Number of edges up to and including `time`.
  uint64_t CycleAt(const sc_core::sc_time& time) const;

 private:
  double mhz_;
};

class EngineModule : public sc_core::sc_module, public BusMemory {
 public:
  tlm_utils::simple_target_socket<EngineModule> registers;
  tlm_utils::simple_initiator_socket<EngineModule> memory;

  EngineModule(const sc_core::sc_module_name& name, double clock_mhz);

  virtual bool irq() const = 0;
  virtual uint64_t cycles() const = 0;
  virtual uint64_t simulated_cycles() const { return 0; }  ///< of them, clocked through the RTL
  /// The processor will not touch any engine before `until` (or, if `or_irq`, before the interrupt
  /// line of this one rises): the engines may run ahead of SystemC's time that far.
  virtual void Grant(const sc_core::sc_time& until, bool or_irq) = 0;
  virtual void SetFaults(std::vector<BusFault> faults) = 0;
  virtual void SetTap(std::function<void(const TapWord&)> tap) { tap_ = std::move(tap); }
  virtual void SetObserver(EngineObserver* observer) = 0;
  const sc_core::sc_event& irq_event() const { return irq_event_; }

  /// Bursts of the engine as one transaction each.
  BusStatus Read(uint32_t address, std::span<uint8_t> data) override;
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override;

 protected:
  /// Register access at the current time; returns how long it took beyond `delay`.
  virtual uint32_t ReadRegister(uint32_t offset, sc_core::sc_time& delay) = 0;
  virtual void WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) = 0;

  const EngineClock clock_;
  std::function<void(const TapWord&)> tap_;
  sc_core::sc_event irq_event_;

 private:
  void Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  BusStatus Burst(tlm::tlm_command command, uint32_t address, uint8_t* data, size_t bytes);
};

}  // namespace fragua::sim

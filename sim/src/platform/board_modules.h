#pragma once
// The passive parts of the board: interconnect (address decode) and DDR.

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>

#include "fragua/sim/dma_memory.h"

namespace fragua::sim {

/// Where the engine's registers are on the processor's bus (first general-purpose port of the
/// Zynq).
inline constexpr uint32_t kRegisterBase = 0x43C00000;
inline constexpr uint32_t kRegisterBytes = 0x1000;

/// Processor -> engine registers; engine -> DDR. Anything else is a decode error.
class Interconnect : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Interconnect> from_processor;
  tlm_utils::simple_target_socket<Interconnect> from_engine;
  tlm_utils::simple_initiator_socket<Interconnect> to_registers;
  tlm_utils::simple_initiator_socket<Interconnect> to_ddr;

  Interconnect(const sc_core::sc_module_name& name, uint32_t ddr_base, uint32_t ddr_limit);

 private:
  void FromProcessor(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void FromEngine(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  const uint32_t ddr_base_, ddr_limit_;
};

/// The DMA window of DDR as the engine sees it; addresses are offsets into it.
class DdrModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<DdrModule> socket;
  DdrModule(const sc_core::sc_module_name& name, DmaMemory& memory);

 private:
  void Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  DmaMemory& memory_;
};

}  // namespace fragua::sim

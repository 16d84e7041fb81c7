#pragma once
// The passive parts of the board: interconnect (address decode) and DDR.

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/sim/dma_memory.h"

namespace fragua::sim {

/// Processor -> registers of the engine whose window it is; engines -> DDR. Anything else is a
/// decode error.
class Interconnect : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Interconnect> from_processor;
  sc_core::sc_vector<tlm_utils::simple_target_socket<Interconnect>> from_engines;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Interconnect>> to_registers;
  tlm_utils::simple_initiator_socket<Interconnect> to_ddr;

  Interconnect(const sc_core::sc_module_name& name, const driver::BoardConfig& board, int engines);

 private:
  void FromProcessor(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void FromEngine(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  const driver::BoardConfig board_;
};

/// The DMA window of DDR as engines see it: a piece for each; addresses are offsets from the
/// first.
class DdrModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<DdrModule> socket;
  DdrModule(const sc_core::sc_module_name& name,
            const std::vector<std::unique_ptr<DmaMemory>>& pieces);

 private:
  void Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  const std::vector<std::unique_ptr<DmaMemory>>& pieces_;
};

}  // namespace fragua::sim

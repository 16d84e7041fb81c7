#include "platform/board_modules.h"

namespace fragua::sim {
namespace {

/// Forwards with the address relative to `base`, when the whole access lies in [base, limit).
template <typename Socket>
void Route(Socket& socket, uint64_t base, uint64_t limit, tlm::tlm_generic_payload& payload,
           sc_core::sc_time& delay) {
  const uint64_t address = payload.get_address();
  if (address < base || address + payload.get_data_length() > limit) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  payload.set_address(address - base);
  socket->b_transport(payload, delay);
  payload.set_address(address);
}

}  // namespace

Interconnect::Interconnect(const sc_core::sc_module_name& name, uint32_t ddr_base,
                           uint32_t ddr_limit)
    : sc_module(name),
      from_processor("from_processor"),
      from_engine("from_engine"),
      to_registers("to_registers"),
      to_ddr("to_ddr"),
      ddr_base_(ddr_base),
      ddr_limit_(ddr_limit) {
  from_processor.register_b_transport(this, &Interconnect::FromProcessor);
  from_engine.register_b_transport(this, &Interconnect::FromEngine);
}

void Interconnect::FromProcessor(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Route(to_registers, kRegisterBase, uint64_t{kRegisterBase} + kRegisterBytes, payload, delay);
}

void Interconnect::FromEngine(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Route(to_ddr, ddr_base_, ddr_limit_, payload, delay);
}

DdrModule::DdrModule(const sc_core::sc_module_name& name, DmaMemory& memory)
    : sc_module(name), socket("socket"), memory_(memory) {
  socket.register_b_transport(this, &DdrModule::Transport);
}

void DdrModule::Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const auto address = static_cast<uint32_t>(memory_.base() + payload.get_address());
  const std::span<uint8_t> data(payload.get_data_ptr(), payload.get_data_length());
  const BusStatus status =
      payload.is_read() ? memory_.Read(address, data) : memory_.Write(address, data);
  payload.set_response_status(status == BusStatus::kOkay ? tlm::TLM_OK_RESPONSE
                                                         : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace fragua::sim

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

Interconnect::Interconnect(const sc_core::sc_module_name& name, const driver::BoardConfig& board,
                           int engines)
    : sc_module(name),
      from_processor("from_processor"),
      from_engines("from_engine", static_cast<size_t>(engines)),
      to_registers("to_registers", static_cast<size_t>(engines)),
      to_ddr("to_ddr"),
      board_(board) {
  from_processor.register_b_transport(this, &Interconnect::FromProcessor);
  for (auto& socket : from_engines) socket.register_b_transport(this, &Interconnect::FromEngine);
}

void Interconnect::FromProcessor(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const uint64_t first = board_.register_port.base;
  const uint64_t window = board_.register_port.window_bytes;
  const uint64_t address = payload.get_address();
  const uint64_t engine = address < first ? UINT64_MAX : (address - first) / window;
  if (engine >= to_registers.size()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const uint64_t base = first + engine * window;
  Route(to_registers[engine], base, base + window, payload, delay);
}

void Interconnect::FromEngine(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const uint64_t base = board_.ddr.window_base;
  Route(to_ddr, base, base + board_.ddr.window_bytes, payload, delay);
}

DdrModule::DdrModule(const sc_core::sc_module_name& name,
                     const std::vector<std::unique_ptr<DmaMemory>>& pieces)
    : sc_module(name), socket("socket"), pieces_(pieces) {
  socket.register_b_transport(this, &DdrModule::Transport);
}

void DdrModule::Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const auto address = static_cast<uint32_t>(pieces_.front()->base() + payload.get_address());
  const std::span<uint8_t> data(payload.get_data_ptr(), payload.get_data_length());
  // A burst stays inside 4 KiB and a piece begins and ends at a page, so one of them has it all;
  // behind the last, when the window does not divide evenly, nobody has it.
  BusStatus status = BusStatus::kDecodeError;
  for (const auto& piece : pieces_) {
    if (address < piece->base() || address >= piece->limit()) continue;
    status = payload.is_read() ? piece->Read(address, data) : piece->Write(address, data);
  }
  payload.set_response_status(status == BusStatus::kOkay ? tlm::TLM_OK_RESPONSE
                                                         : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace fragua::sim

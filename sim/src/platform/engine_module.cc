#include "platform/engine_module.h"

#include <cmath>
#include <cstring>

namespace fragua::sim {

sc_core::sc_time EngineClock::At(uint64_t cycle) const {
  // Picoseconds, the default resolution; exact below 2^53.
  return {std::round(static_cast<double>(cycle) * 1e6 / mhz_), sc_core::SC_PS};
}

uint64_t EngineClock::CycleAt(const sc_core::sc_time& time) const {
  const double ps = time / sc_core::sc_time(1, sc_core::SC_PS);
  return static_cast<uint64_t>(std::floor((ps + 0.5) * mhz_ / 1e6));
}

EngineModule::EngineModule(const sc_core::sc_module_name& name, double clock_mhz)
    : sc_module(name), registers("registers"), memory("memory"), clock_(clock_mhz) {
  registers.register_b_transport(this, &EngineModule::Transport);
}

void EngineModule::Transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_data_length() != 4 || payload.get_address() % 4 != 0) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const auto offset = static_cast<uint32_t>(payload.get_address());
  uint32_t value = 0;
  if (payload.is_read()) {
    value = ReadRegister(offset, delay);
    std::memcpy(payload.get_data_ptr(), &value, 4);
  } else {
    std::memcpy(&value, payload.get_data_ptr(), 4);
    WriteRegister(offset, value, delay);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

BusStatus EngineModule::Burst(tlm::tlm_command command, uint32_t address, uint8_t* data,
                              size_t bytes) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  // When the burst's beats move is decided cycle by cycle on the pins, so the transaction itself
  // takes no time.
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  memory->b_transport(payload, delay);
  switch (payload.get_response_status()) {
    case tlm::TLM_OK_RESPONSE:
      return BusStatus::kOkay;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      return BusStatus::kDecodeError;
    default:
      return BusStatus::kSlaveError;
  }
}

BusStatus EngineModule::Read(uint32_t address, std::span<uint8_t> data) {
  return Burst(tlm::TLM_READ_COMMAND, address, data.data(), data.size());
}

BusStatus EngineModule::Write(uint32_t address, std::span<const uint8_t> data) {
  // TLM's data pointer is not const; targets do not write through it on a write command.
  return Burst(tlm::TLM_WRITE_COMMAND, address, const_cast<uint8_t*>(data.data()), data.size());
}

}  // namespace fragua::sim

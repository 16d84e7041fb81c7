#include "platform/processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fragua/model/error.h"
#include "platform/board_modules.h"

namespace fragua::sim {
namespace {

/// SystemC's time ends after 213 days of picoseconds; nobody waits that long.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(24);

sc_core::sc_time ToScTime(std::chrono::nanoseconds duration) {
  const auto bounded = std::clamp(duration, std::chrono::nanoseconds(0), kLongestWait);
  return {static_cast<double>(bounded.count()), sc_core::SC_NS};
}

}  // namespace

Processor::Processor(const sc_core::sc_module_name& name, const driver::BoardConfig& board,
                     DmaMemory& memory)
    : sc_module(name), bus("bus"), board_(board), memory_(memory) {
  SC_THREAD(Thread);
  set_stack_size(32 << 20);  // a whole inference runs on it
}

void Processor::Thread() {
  for (;;) {
    while (program_ == nullptr) wait(start_event_);
    try {
      (*program_)(*this);
    } catch (const sc_core::sc_unwind_exception&) {
      throw;  // SystemC ends its threads with this one
    } catch (...) {
      result_ = std::current_exception();
    }
    program_ = nullptr;
    finished_ = true;
    sc_core::sc_pause();
  }
}

void Processor::Start(const std::function<void(driver::DevicePort&)>& program) {
  program_ = &program;
  finished_ = false;
  result_ = nullptr;
  start_event_.notify(sc_core::SC_ZERO_TIME);
}

bool Processor::Finished() {
  if (finished_ && result_) std::rethrow_exception(std::exchange(result_, nullptr));
  return finished_;
}

void Processor::Abort(std::exception_ptr failure) {
  failure_ = std::move(failure);
  abort_event_.notify(sc_core::SC_ZERO_TIME);
}

void Processor::Pass(const sc_core::sc_time& duration) {
  engine_->Grant(sc_core::sc_time_stamp() + duration, false);
  wait(duration, abort_event_);
  if (failure_) std::rethrow_exception(failure_);
}

void Processor::Access(tlm::tlm_command command, uint32_t offset, uint32_t& value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(kRegisterBase + offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(payload, delay);
  if (payload.is_response_error()) {
    throw Error(ErrorKind::kDevice,
                fmt::format("register access at offset {:#x} got a bus error ({})", offset,
                            payload.get_response_string()));
  }
  Pass(delay);
}

uint32_t Processor::Read32(uint32_t offset) {
  PassNs(board_.register_port.read_ns);
  uint32_t value = 0;
  Access(tlm::TLM_READ_COMMAND, offset, value);
  return value;
}

void Processor::Write32(uint32_t offset, uint32_t value) {
  PassNs(board_.register_port.write_ns);
  Access(tlm::TLM_WRITE_COMMAND, offset, value);
}

driver::DmaBuffer Processor::Allocate(size_t bytes, size_t alignment) {
  return memory_.Allocate(bytes, alignment);
}
void Processor::ReleaseAll() { memory_.ReleaseAll(); }
uint32_t Processor::WindowBase() const { return memory_.base(); }
uint32_t Processor::WindowLimit() const { return memory_.limit(); }

void Processor::SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  memory_.Clean(buffer, offset, bytes);
}

void Processor::SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  memory_.Invalidate(buffer, offset, bytes);
}

bool Processor::WaitIrq(std::chrono::nanoseconds timeout) {
  const sc_core::sc_time deadline = sc_core::sc_time_stamp() + ToScTime(timeout);
  while (!engine_->irq()) {
    if (sc_core::sc_time_stamp() >= deadline) return false;
    engine_->Grant(deadline, true);
    wait(deadline - sc_core::sc_time_stamp(), engine_->irq_event() | abort_event_);
    if (failure_) std::rethrow_exception(failure_);
  }
  PassNs(board_.processor.interrupt_ns);
  return true;
}

void Processor::ConsumeCpu(std::chrono::nanoseconds duration) { Pass(ToScTime(duration)); }

std::chrono::nanoseconds Processor::Now() {
  return std::chrono::nanoseconds(std::llround(sc_core::sc_time_stamp().to_seconds() * 1e9));
}

}  // namespace fragua::sim

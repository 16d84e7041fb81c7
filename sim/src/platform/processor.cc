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

/// An engine as a program sees it.
class Processor::Port : public driver::DevicePort {
 public:
  Port(Processor& processor, EngineModule& engine, DmaMemory& memory, uint32_t registers)
      : processor_(processor), engine_(engine), memory_(memory), registers_(registers) {}

  uint32_t Read32(uint32_t offset) override {
    processor_.PassNs(processor_.board_.register_port.read_ns);
    uint32_t value = 0;
    processor_.Access(tlm::TLM_READ_COMMAND, registers_ + offset, value);
    return value;
  }
  void Write32(uint32_t offset, uint32_t value) override {
    processor_.PassNs(processor_.board_.register_port.write_ns);
    processor_.Access(tlm::TLM_WRITE_COMMAND, registers_ + offset, value);
  }

  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override {
    return memory_.Allocate(bytes, alignment);
  }
  void ReleaseAll() override { memory_.ReleaseAll(); }
  uint32_t WindowBase() const override { return memory_.base(); }
  uint32_t WindowLimit() const override { return memory_.limit(); }
  void SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    memory_.Clean(buffer, offset, bytes);
  }
  void SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    memory_.Invalidate(buffer, offset, bytes);
  }

  bool WaitIrq(std::chrono::nanoseconds timeout) override {
    return processor_.WaitIrq(engine_, timeout);
  }
  void ConsumeCpu(std::chrono::nanoseconds duration) override {
    processor_.Pass(ToScTime(duration));
  }
  std::chrono::nanoseconds Now() override {
    return std::chrono::nanoseconds(std::llround(sc_core::sc_time_stamp().to_seconds() * 1e9));
  }

 private:
  Processor& processor_;
  EngineModule& engine_;
  DmaMemory& memory_;
  const uint32_t registers_;  ///< bus address of the first
};

Processor::Processor(const sc_core::sc_module_name& name, const driver::BoardConfig& board)
    : sc_module(name), bus("bus"), board_(board) {
  SC_THREAD(Thread);
  set_stack_size(32 << 20);  // a whole inference runs on it
}

void Processor::Connect(EngineModule& engine, DmaMemory& memory) {
  const driver::BoardConfig::RegisterPort& window = board_.register_port;
  any_engine_ = &engine;
  owned_.push_back(std::make_unique<Port>(
      *this, engine, memory,
      window.base + static_cast<uint32_t>(owned_.size()) * window.window_bytes));
  ports_.push_back(owned_.back().get());
}

void Processor::Thread() {
  for (;;) {
    while (program_ == nullptr) wait(start_event_);
    try {
      (*program_)(ports_);
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

void Processor::Start(const Program& program) {
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
  any_engine_->Grant(sc_core::sc_time_stamp() + duration, false);
  wait(duration, abort_event_);
  if (failure_) std::rethrow_exception(failure_);
}

void Processor::Access(tlm::tlm_command command, uint32_t address, uint32_t& value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(payload, delay);
  if (payload.is_response_error()) {
    throw Error(ErrorKind::kDevice, fmt::format("register access at {:#x} got a bus error ({})",
                                                address, payload.get_response_string()));
  }
  Pass(delay);
}

bool Processor::WaitIrq(EngineModule& engine, std::chrono::nanoseconds timeout) {
  const sc_core::sc_time deadline = sc_core::sc_time_stamp() + ToScTime(timeout);
  while (!engine.irq()) {
    if (sc_core::sc_time_stamp() >= deadline) return false;
    engine.Grant(deadline, true);
    wait(deadline - sc_core::sc_time_stamp(), engine.irq_event() | abort_event_);
    if (failure_) std::rethrow_exception(failure_);
  }
  PassNs(board_.processor.interrupt_ns);
  return true;
}

}  // namespace fragua::sim

#include "platform/engine_twin.h"

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

FunctionalOptions Options(const PlatformOptions& options, int index) {
  FunctionalOptions result = options.functional;
  result.ddr = options.board.ddr.OneOf(options.engine.engines, index);
  return result;
}

}  // namespace

EngineTwin::EngineTwin(const sc_core::sc_module_name& name, const PlatformOptions& options,
                       int index)
    : EngineModule(name, options.engine.clock_mhz),
      stop_(options.stop),
      engine_(options.engine, *this, Options(options, index)) {
  SC_METHOD(Wake);
  sensitive << wake_;
  dont_initialize();
}

void EngineTwin::Grant(const sc_core::sc_time&, bool) {
  if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
    throw Error(ErrorKind::kDevice, "interrupted");
  }
}

void EngineTwin::Wake() { Synchronise(); }

void EngineTwin::Synchronise() {
  const bool before = engine_.irq();
  engine_.AdvanceTo(clock_.CycleAt(sc_core::sc_time_stamp()));
  if (engine_.irq() && !before) irq_event_.notify(sc_core::SC_ZERO_TIME);
  const auto next = engine_.NextEvent();
  if (!next) return;
  const sc_core::sc_time at = clock_.At(*next);
  wake_.cancel();
  wake_.notify(at > sc_core::sc_time_stamp() ? at - sc_core::sc_time_stamp()
                                             : sc_core::SC_ZERO_TIME);
}

uint32_t EngineTwin::ReadRegister(uint32_t offset, sc_core::sc_time&) {
  Synchronise();
  return engine_.Read32(offset);
}

void EngineTwin::WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time&) {
  Synchronise();
  engine_.Write32(offset, value);
  Synchronise();
}

void EngineTwin::SetFaults(std::vector<BusFault> faults) {
  for (const BusFault& fault : faults) {
    if (fault.kind == BusFault::Kind::kReadsHang || fault.kind == BusFault::Kind::kWritesHang) {
      ThrowInput(
          "the functional engine has no bus that could hang; use the RTL engine for this fault");
    }
  }
  faults_ = std::move(faults);
  reads_ = writes_ = 0;
}

BusStatus EngineTwin::FaultOf(BusFault::Kind kind, uint64_t burst) const {
  const auto fault = std::ranges::find_if(
      faults_, [&](const BusFault& f) { return f.kind == kind && f.burst == burst; });
  return fault == faults_.end() ? BusStatus::kOkay : fault->status;
}

BusStatus EngineTwin::Read(uint32_t address, std::span<uint8_t> data) {
  const BusStatus status = FaultOf(BusFault::Kind::kReadResponse, reads_++);
  return status != BusStatus::kOkay ? status : EngineModule::Read(address, data);
}

BusStatus EngineTwin::Write(uint32_t address, std::span<const uint8_t> data) {
  const BusStatus status = FaultOf(BusFault::Kind::kWriteResponse, writes_++);
  return status != BusStatus::kOkay ? status : EngineModule::Write(address, data);
}

}  // namespace fragua::sim

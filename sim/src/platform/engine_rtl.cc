#include "platform/engine_rtl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fragua/driver/registers.h"
#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

constexpr uint64_t kBatch = 4096;  ///< cycles between looks at the stop flag
constexpr uint64_t kProgressCycles = 20000;
constexpr uint64_t kResetCycles = 16;
constexpr size_t kWritesInFlight = 8;   ///< docs/ENGINE.md, "Buses"
constexpr uint64_t kSettleCycles = 64;  ///< quiet cycles before an idle engine is left alone
constexpr int kHandshakeLimit = 1000;   ///< cycles; the register block answers in a handful

}  // namespace

EngineRtl::EngineRtl(const sc_core::sc_module_name& name, const PlatformOptions& options,
                     std::function<void(std::exception_ptr)> failed)
    : EngineModule(name, options.engine.clock_mhz),
      trace_file_(options.trace_file),
      trace_from_(options.trace_from),
      trace_to_(options.trace_to),
      stop_(options.stop),
      failed_(std::move(failed)),
      model_(MakeRtlModel(options.engine)),
      port_(options.board.ddr, *this,
            options.stall_seed
                ? std::optional(MemoryStalls::Uniform(*options.stall_seed, options.stall_percent))
                : std::nullopt) {
  checker_.SetLimits(static_cast<size_t>(options.engine.read_outstanding), kWritesInFlight);
  for (uint64_t i = 0; i < kResetCycles; ++i) {
    out_ = &model_->Settle({}, lite_, true, 0);
    model_->Edge();
  }
  reset_ = false;
  SC_THREAD(Thread);
  set_stack_size(4 << 20);
}

void EngineRtl::Grant(const sc_core::sc_time& until, bool or_irq) {
  if (failure_) std::rethrow_exception(failure_);
  granted_ = clock_.CycleAt(until);
  until_irq_ = or_irq;
  grant_event_.notify(sc_core::SC_ZERO_TIME);
}

void EngineRtl::Thread() {
  for (;;) {
    while (failure_ || cycle_ >= granted_) wait(grant_event_);
    try {
      RunBatch();
    } catch (...) {
      failure_ = std::current_exception();
      failed_(failure_);
      continue;
    }
    const sc_core::sc_time now = clock_.At(cycle_);
    if (now > sc_core::sc_time_stamp()) wait(now - sc_core::sc_time_stamp());
    if (irq_) irq_event_.notify(sc_core::SC_ZERO_TIME);
  }
}

void EngineRtl::RunBatch() {
  if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
    throw Error(ErrorKind::kDevice, fmt::format("interrupted in engine cycle {}", cycle_));
  }
  const uint64_t end = std::min(granted_, cycle_ + kBatch);
  while (cycle_ < end) {
    if (Sleeping()) {
      // Nothing inside changes while it is idle, so the cycles need no clocking.
      port_.Skip(granted_ - cycle_);
      cycle_ = granted_;
      break;
    }
    Tick();
    if (irq_ && until_irq_) {
      granted_ = cycle_;
      break;
    }
  }
  if (progress_ && out_->busy && cycle_ >= next_progress_) {
    next_progress_ = cycle_ + kProgressCycles;
    progress_(cycle_);
  }
}

bool EngineRtl::Sleeping() const { return !out_->busy && quiet_ >= kSettleCycles && port_.idle(); }

void EngineRtl::Tick() {
  if (!trace_file_.empty()) UpdateTrace();
  const AxiIn& in = port_.Drive();
  out_ = &model_->Settle(in, lite_, reset_, cycle_);
  checker_.Observe(cycle_, in, out_->axi);
  lite_checker_.Observe(cycle_, lite_, out_->lite);
  const bool moved = port_.Clock(out_->axi) || lite_.aw_valid || lite_.w_valid || lite_.ar_valid ||
                     lite_.b_ready || lite_.r_ready || out_->axi.ar.valid || out_->axi.aw.valid;
  quiet_ = moved ? 0 : quiet_ + 1;
  if (tap_) {
    if (out_->requantised.valid) {
      tap_({out_->requantised.tag, TapWord::Stage::kRequantised, out_->requantised.data, cycle_});
    }
    if (out_->written.valid) {
      tap_({out_->written.tag, TapWord::Stage::kWritten, out_->written.data, cycle_});
    }
  }
  irq_ = out_->irq;
  model_->Edge();
  if (model_->AssertionFailed()) {
    throw Error(
        ErrorKind::kCheck,
        fmt::format("an assertion of the RTL failed in engine cycle {} (named above); trace "
                    "the cycles before it with --trace",
                    cycle_));
  }
  ++cycle_;
  ++simulated_;
}

void EngineRtl::UpdateTrace() {
  const bool wanted = cycle_ >= trace_from_ && cycle_ <= trace_to_;
  if (wanted == tracing_) return;
  tracing_ = wanted;
  if (wanted) {
    model_->StartTrace(trace_file_);
  } else {
    model_->StopTrace();
  }
}

void EngineRtl::CatchUp() {
  if (failure_) std::rethrow_exception(failure_);
  const uint64_t now = clock_.CycleAt(sc_core::sc_time_stamp());
  while (cycle_ < now) Tick();
}

template <typename Done>
void EngineRtl::Handshake(const char* what, sc_core::sc_time& delay, Done done) {
  const uint64_t before = cycle_;
  for (int i = 0; i < kHandshakeLimit; ++i) {
    Tick();
    if (!done()) continue;
    delay += clock_.At(cycle_) - clock_.At(before);
    return;
  }
  throw Error(ErrorKind::kDevice,
              fmt::format("engine does not answer a register {} within {} cycles (cycle {})", what,
                          kHandshakeLimit, cycle_));
}

uint32_t EngineRtl::ReadRegister(uint32_t offset, sc_core::sc_time& delay) {
  CatchUp();
  lite_.ar_valid = true;
  lite_.ar_addr = static_cast<uint16_t>(offset);
  lite_.r_ready = true;
  uint32_t value = 0;
  Handshake("read", delay, [&] {
    if (lite_.ar_valid && out_->lite.ar_ready) lite_.ar_valid = false;
    value = out_->lite.r.data;
    return out_->lite.r.valid;
  });
  lite_.r_ready = false;
  return value;
}

void EngineRtl::WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) {
  CatchUp();
  namespace r = driver::regs;
  if (offset == r::kRegWindowBase) window_base_ = value & ~0xFFFu;
  if (offset == r::kRegWindowLimit) window_limit_ = value & ~0xFFFu;
  checker_.SetWindow(window_base_, window_limit_);
  lite_.aw_valid = lite_.w_valid = true;
  lite_.aw_addr = static_cast<uint16_t>(offset);
  lite_.w_data = value;
  lite_.b_ready = true;
  Handshake("write", delay, [&] {
    if (lite_.aw_valid && out_->lite.aw_ready) lite_.aw_valid = false;
    if (lite_.w_valid && out_->lite.w_ready) lite_.w_valid = false;
    return out_->lite.b.valid;
  });
  lite_.b_ready = false;
}

}  // namespace fragua::sim

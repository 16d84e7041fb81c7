#include "platform/rtl_clock.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"
#include "platform/engine_rtl.h"

namespace fragua::sim {
namespace {

constexpr uint64_t kBatch = 4096;  ///< cycles between looks at the stop flag
constexpr uint64_t kProgressCycles = 20000;

}  // namespace

RtlClock::RtlClock(const sc_core::sc_module_name& name, const PlatformOptions& options,
                   std::function<void(std::exception_ptr)> failed)
    : sc_module(name),
      edges_(options.engine.clock_mhz),
      stop_(options.stop),
      failed_(std::move(failed)),
      ddr_(options.board.ddr, options.engine.engines) {
  SC_THREAD(Thread);
  set_stack_size(4 << 20);
}

void RtlClock::Grant(const sc_core::sc_time& until, const EngineRtl* irq_of) {
  if (failure_) std::rethrow_exception(failure_);
  granted_ = edges_.CycleAt(until);
  until_irq_of_ = irq_of;
  grant_event_.notify(sc_core::SC_ZERO_TIME);
}

void RtlClock::Thread() {
  for (;;) {
    while (failure_ || cycle_ >= granted_) wait(grant_event_);
    try {
      RunBatch();
    } catch (...) {
      failure_ = std::current_exception();
      failed_(failure_);
      continue;
    }
    const sc_core::sc_time now = edges_.At(cycle_);
    if (now > sc_core::sc_time_stamp()) wait(now - sc_core::sc_time_stamp());
    for (EngineRtl* engine : engines_) engine->AnnounceIrq();
  }
}

void RtlClock::RunBatch() {
  if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
    throw Error(ErrorKind::kDevice, fmt::format("interrupted in engine cycle {}", cycle_));
  }
  const uint64_t end = std::min(granted_, cycle_ + kBatch);
  while (cycle_ < end) {
    if (AllSleep()) {
      // Nothing inside changes while they are idle, so the cycles need no clocking.
      for (EngineRtl* engine : engines_) engine->Skip(granted_ - cycle_);
      ddr_.Rest();
      cycle_ = granted_;
      break;
    }
    Tick();
    if (until_irq_of_ != nullptr && until_irq_of_->irq()) {
      granted_ = cycle_;
      break;
    }
  }
  const bool busy = std::ranges::any_of(engines_, [](const EngineRtl* e) { return e->busy(); });
  if (progress_ && busy && cycle_ >= next_progress_) {
    next_progress_ = cycle_ + kProgressCycles;
    progress_(cycle_);
  }
}

bool RtlClock::AllSleep() const {
  return std::ranges::all_of(engines_, [](const EngineRtl* e) { return e->Sleeping(); });
}

void RtlClock::Tick() {
  ddr_.BeginCycle();
  // The order matters to the controller only; what the engines see of each other comes through it.
  const size_t first = static_cast<size_t>(ddr_.first());
  for (size_t i = 0; i < engines_.size(); ++i) {
    engines_[(first + i) % engines_.size()]->Drive();
  }
  for (EngineRtl* engine : engines_) engine->Step();
  ++cycle_;
}

void RtlClock::CatchUp() {
  if (failure_) std::rethrow_exception(failure_);
  const uint64_t now = edges_.CycleAt(sc_core::sc_time_stamp());
  while (cycle_ < now) Tick();
}

}  // namespace fragua::sim

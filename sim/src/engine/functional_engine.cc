// Registers and time around the Core: what the host sees, when.

#include "fragua/sim/functional_engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/core.h"

namespace fragua::sim {

namespace regs = driver::regs;

class FunctionalEngine::Impl {
 public:
  Impl(const driver::EngineConfig& config, BusMemory& memory, const FunctionalOptions& options)
      : config_(config), options_(options), core_(config, memory, options) {}

  uint32_t Read32(uint32_t offset) const;
  void Write32(uint32_t offset, uint32_t value);
  bool irq() const { return (irq_status_ & irq_enable_) != 0; }
  uint64_t cycle() const { return static_cast<uint64_t>(cycle_); }
  void AdvanceTo(uint64_t cycle);
  std::optional<uint64_t> NextEvent() const;
  void SetTap(std::function<void(const TapWord&)> tap) { core_.SetTap(std::move(tap)); }
  void SetObserver(EngineObserver* observer) { core_.SetObserver(observer); }
  std::string DescribeState() const { return core_.Describe(); }

 private:
  void Kick();
  void SoftReset();
  void Apply(const Event& event);
  bool in_reset() const { return reset_ && cycle_ >= reset_done_; }

  const driver::EngineConfig config_;
  const FunctionalOptions options_;
  Core core_;
  std::multimap<int64_t, Event> events_;
  int64_t cycle_ = 0;

  // Registers as the host sees them now.
  bool enabled_ = false, reset_ = false, busy_ = false;
  int64_t reset_done_ = 0;
  BusSetup setup_;
  uint32_t tail_ = 0, head_ = 0, sequence_ = 0;
  uint32_t irq_enable_ = 0, irq_status_ = 0;
  uint32_t watchdog_ = regs::kRegWatchdogReset;
  EngineError error_{regs::ErrorCode::kNone, 0, 0};
  Counters counters_;
};

uint32_t FunctionalEngine::Impl::Read32(uint32_t offset) const {
  const auto count = [](int64_t value) { return static_cast<uint32_t>(value); };
  switch (offset) {
    case regs::kRegId:
      return regs::kRegIdReset;
    case regs::kRegVersion:
      return regs::kVersionValue;
    case regs::kRegAbiHash:
      return regs::kAbiHashValue;
    case regs::kRegCapsArray:
      return regs::kCapsArrayPc.Put(count(config_.pc)) | regs::kCapsArrayPk.Put(count(config_.pk)) |
             regs::kCapsArrayLanes.Put(count(config_.lanes)) |
             regs::kCapsArrayAccBits.Put(count(config_.acc_bits));
    case regs::kRegCapsAct:
      return count(config_.activation_words);
    case regs::kRegCapsSqueeze:
      return count(config_.squeeze_words);
    case regs::kRegCapsWeight:
      return count(config_.weight_words);
    case regs::kRegCapsPool:
      return count(config_.pool_words);
    case regs::kRegControl:
      return regs::kControlEnable.Put(enabled_ ? 1 : 0) |
             regs::kControlSoftReset.Put(reset_ ? 1 : 0);
    case regs::kRegStatus:
      return regs::kStatusBusy.Put(busy_ ? 1 : 0) |
             regs::kStatusError.Put(error_.code != regs::ErrorCode::kNone ? 1 : 0) |
             regs::kStatusInReset.Put(in_reset() ? 1 : 0);
    case regs::kRegRingBase:
      return setup_.ring_base;
    case regs::kRegRingSize:
      return setup_.ring_log2;
    case regs::kRegHead:
      return head_;
    case regs::kRegTail:
      return tail_;
    case regs::kRegSequence:
      return sequence_;
    case regs::kRegIrqEnable:
      return irq_enable_;
    case regs::kRegIrqStatus:
      return irq_status_;
    case regs::kRegErrorCode:
      return static_cast<uint32_t>(error_.code);
    case regs::kRegErrorTag:
      return error_.tag;
    case regs::kRegErrorAddr:
      return error_.address;
    case regs::kRegWindowBase:
      return setup_.window_base;
    case regs::kRegWindowLimit:
      return setup_.window_limit;
    case regs::kRegWatchdog:
      return watchdog_;
    case regs::kRegCountCycles:
      return count(counters_.cycles());
    case regs::kRegCountCompute:
      return count(counters_.compute);
    case regs::kRegCountWaitWeights:
      return count(counters_.wait_weights);
    case regs::kRegCountWaitActivations:
      return count(counters_.wait_activations);
    case regs::kRegCountWaitOutput:
      return count(counters_.wait_output);
    case regs::kRegCountWaitRequant:
      return count(counters_.wait_requant);
    case regs::kRegCountOverhead:
      return count(counters_.overhead);
    case regs::kRegCountIdle:
      return count(counters_.idle);
    case regs::kRegCountReadBeats:
      return count(counters_.read_beats);
    case regs::kRegCountWriteBeats:
      return count(counters_.write_beats);
    default:
      return 0;
  }
}

void FunctionalEngine::Impl::Write32(uint32_t offset, uint32_t value) {
  switch (offset) {
    case regs::kRegControl:
      enabled_ = regs::kControlEnable.Get(value) != 0;
      if (regs::kControlSoftReset.Get(value) != 0) {
        if (!reset_) SoftReset();
      } else {
        reset_ = false;
      }
      break;
    case regs::kRegRingBase:
      setup_.ring_base = value;
      break;
    case regs::kRegRingSize:
      setup_.ring_log2 = value & 0x1F;
      break;
    case regs::kRegTail:
      if (!reset_) tail_ = value;
      break;
    case regs::kRegIrqEnable:
      irq_enable_ = value & 3;
      break;
    case regs::kRegIrqStatus:
      irq_status_ &= ~value;
      break;
    case regs::kRegWindowBase:
      setup_.window_base = value;
      break;
    case regs::kRegWindowLimit:
      setup_.window_limit = value;
      break;
    case regs::kRegWatchdog:
      watchdog_ = value;
      break;
    default:
      return;
  }
  Kick();
}

void FunctionalEngine::Impl::Kick() {
  if (!enabled_ || reset_ || core_.failed()) return;
  if (core_.head() == tail_ && core_.quiescent()) return;
  if (!busy_) core_.Barrier();
  busy_ = true;
  // What was said about the end no longer holds when more work has come.
  std::erase_if(events_, [](const auto& entry) {
    return entry.second.kind == Event::Kind::kIdle ||
           (entry.second.kind == Event::Kind::kError &&
            entry.second.error.code == regs::ErrorCode::kWatchdog);
  });
  const auto publish = [this](const Event& event) {
    events_.emplace(std::max(event.cycle, cycle_ + 1), event);
  };
  core_.Run(tail_, cycle_, setup_, publish);
  const bool stuck = !core_.failed() && !(core_.quiescent() && core_.head() == tail_);
  if (stuck && watchdog_ != 0) {
    Event event;
    event.kind = Event::Kind::kError;
    event.cycle = std::max(core_.last_progress(), cycle_) + watchdog_;
    event.error = {regs::ErrorCode::kWatchdog, 0xFFFFFFFF, 0};
    event.counters = counters_;
    publish(event);
  }
}

void FunctionalEngine::Impl::SoftReset() {
  // A busy engine has bursts to end first.
  reset_done_ = cycle_ + (busy_ ? options_.ddr.read_latency + 16 : 2);
  reset_ = true;
  busy_ = false;
  events_.clear();
  core_.Reset();
  tail_ = head_ = sequence_ = irq_status_ = 0;
  error_ = {regs::ErrorCode::kNone, 0, 0};
  counters_ = {};
}

void FunctionalEngine::Impl::Apply(const Event& event) {
  counters_ = event.counters;
  switch (event.kind) {
    case Event::Kind::kFetched:
      head_ = event.value;
      break;
    case Event::Kind::kSignal:
      sequence_ = event.value;
      irq_status_ |= regs::kIrqStatusDone.mask();
      break;
    case Event::Kind::kCounters:
      break;
    case Event::Kind::kError:
      error_ = event.error;
      irq_status_ |= regs::kIrqStatusError.mask();
      break;
    case Event::Kind::kIdle:
      busy_ = false;
      break;
  }
}

void FunctionalEngine::Impl::AdvanceTo(uint64_t cycle) {
  const auto target = static_cast<int64_t>(cycle);
  while (!events_.empty() && events_.begin()->first <= target) {
    cycle_ = std::max(cycle_, events_.begin()->first);
    const Event event = events_.begin()->second;
    events_.erase(events_.begin());
    Apply(event);
    // Nothing that would have come after an error happens.
    if (event.kind == Event::Kind::kError) events_.clear();
  }
  cycle_ = std::max(cycle_, target);
}

std::optional<uint64_t> FunctionalEngine::Impl::NextEvent() const {
  if (events_.empty()) return std::nullopt;
  return static_cast<uint64_t>(events_.begin()->first);
}

FunctionalEngine::FunctionalEngine(const driver::EngineConfig& config, BusMemory& memory,
                                   const FunctionalOptions& options) {
  driver::ValidateEngineConfig(config, "engine " + config.name);
  impl_ = std::make_unique<Impl>(config, memory, options);
}
FunctionalEngine::~FunctionalEngine() = default;

uint32_t FunctionalEngine::Read32(uint32_t offset) { return impl_->Read32(offset); }
void FunctionalEngine::Write32(uint32_t offset, uint32_t value) { impl_->Write32(offset, value); }
bool FunctionalEngine::irq() const { return impl_->irq(); }
uint64_t FunctionalEngine::cycle() const { return impl_->cycle(); }
void FunctionalEngine::AdvanceTo(uint64_t cycle) { impl_->AdvanceTo(cycle); }
std::optional<uint64_t> FunctionalEngine::NextEvent() const { return impl_->NextEvent(); }
void FunctionalEngine::SetTap(std::function<void(const TapWord&)> tap) {
  impl_->SetTap(std::move(tap));
}
void FunctionalEngine::SetObserver(EngineObserver* observer) { impl_->SetObserver(observer); }
std::string FunctionalEngine::DescribeState() const { return impl_->DescribeState(); }

}  // namespace fragua::sim

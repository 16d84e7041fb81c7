#include "engine/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fragua::sim {

namespace regs = driver::regs;

namespace {
constexpr int64_t kFetchCycles = 8;  ///< a command is eight beats
}  // namespace

Core::Core(const driver::EngineConfig& config, BusMemory& memory, const FunctionalOptions& options)
    : config_(config),
      memory_(memory),
      options_(options),
      hazards_(options.strict),
      buffers_(config_, hazards_),
      random_(options.seed),
      space_(static_cast<size_t>(config.store_fifo_words), 0) {}

void Core::Reset() {
  failed_ = false;
  head_ = 0;
  for (auto& queue : queues_) queue.clear();
  for (auto& token : tokens_) token.clear();
  stream_.clear();
  space_.assign(static_cast<size_t>(config_.store_fifo_words), 0);
  pending_ = {};
  storing_ = {};
  counters_ = {};
  fetch_free_ = load_free_ = read_bus_free_ = compute_free_ = 0;
  written_ = write_bus_free_ = stored_ = accounted_ = last_progress_ = idle_tail_ = 0;
  hazards_.Reset();
  // The hardware keeps its memories' contents; a host must not rely on that.
  buffers_.Poison();
}

bool Core::quiescent() const {
  return std::ranges::all_of(queues_, [](const auto& q) { return q.empty(); }) &&
         !pending_.active && !storing_.active;
}

void Core::Run(uint32_t tail, int64_t cycle, const BusSetup& setup,
               const std::function<void(const Event&)>& publish) {
  if (failed_ || (head_ == tail && quiescent())) return;
  publish_ = &publish;
  setup_ = setup;
  if (cycle < accounted_) {
    // Busy was still up: the idle cycles booked beyond `cycle` did not happen.
    const int64_t back = std::min(idle_tail_, accounted_ - cycle);
    counters_.idle -= back;
    accounted_ -= back;
  } else if (quiescent()) {
    accounted_ = cycle;
  }
  idle_tail_ = 0;
  fetch_free_ = std::max(fetch_free_, cycle);
  do {
    Fetch(tail, cycle, setup);
  } while (!failed_ && Step());
  if (!failed_ && quiescent() && head_ == tail) {
    const int64_t end = std::max({fetch_free_, load_free_, written_, stored_, read_bus_free_});
    idle_tail_ = std::max<int64_t>(end - accounted_, 0);
    counters_.idle += idle_tail_;
    accounted_ += idle_tail_;
    Publish(Event::Kind::kIdle, end);
  }
}

void Core::Fetch(uint32_t tail, int64_t cycle, const BusSetup& setup) {
  while (!failed_ && head_ != tail) {
    const uint32_t entries = 1u << setup.ring_log2;
    const uint32_t address = setup.ring_base + (head_ % entries) * 64;
    std::array<uint8_t, 64> raw;
    if (setup.ring_base % 64 != 0) {
      FailWith(regs::ErrorCode::kMisaligned, 0xFFFFFFFF, setup.ring_base, cycle);
      return;
    }
    if (!ReadBurst(address, raw, 0xFFFFFFFF)) return;
    regs::Command command;
    for (size_t i = 0; i < raw.size(); ++i) {
      command.words()[i / 8] |= uint64_t{raw[i]} << (8 * (i % 8));
    }
    Unit unit;
    switch (static_cast<regs::Opcode>(command.Get(regs::header::kOpcode))) {
      case regs::Opcode::kLoad:
        unit = Unit::kLoad;
        break;
      case regs::Opcode::kCompute:
        unit = Unit::kCompute;
        break;
      case regs::Opcode::kStore:
      case regs::Opcode::kSignal:
        unit = Unit::kStore;
        break;
      default:
        FailWith(regs::ErrorCode::kIllegalOpcode,
                 static_cast<uint32_t>(command.Get(regs::header::kTag)), 0, fetch_free_);
        return;
    }
    auto& queue = queues_[static_cast<size_t>(unit)];
    // In ring order: a full queue holds everything behind it.
    if (queue.size() >= static_cast<size_t>(config_.queue_commands)) return;
    fetch_free_ += kFetchCycles;
    counters_.read_beats += 8;
    queue.push_back({command, fetch_free_ + options_.ddr.read_latency});
    Publish(Event::Kind::kFetched, fetch_free_ + options_.ddr.read_latency, ++head_);
    Progress(fetch_free_ + options_.ddr.read_latency);
  }
}

bool Core::Step() {
  std::array<bool (Core::*)(), kUnits> order = {&Core::StepLoad, &Core::StepStore,
                                                &Core::StepCompute};
  if (options_.schedule == Schedule::kLazyLoad) {
    order = {&Core::StepCompute, &Core::StepStore, &Core::StepLoad};
  } else if (options_.schedule == Schedule::kRandom) {
    std::ranges::shuffle(order, random_);
  }
  for (const auto step : order) {
    if ((this->*step)()) return true;
    if (failed_) return false;
  }
  return false;
}

bool Core::TokensReady(uint32_t mask) const {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if ((mask >> i & 1) != 0 && tokens_[i].empty()) return false;
  }
  return true;
}

int64_t Core::TakeTokens(Unit unit, uint32_t mask) {
  int64_t cycle = 0;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if ((mask >> i & 1) == 0) continue;
    cycle = std::max(cycle, tokens_[i].front().cycle);
    hazards_.Join(unit, tokens_[i].front().clock);
    tokens_[i].pop_front();
  }
  return cycle;
}

void Core::PostTokens(Unit unit, uint32_t mask, int64_t cycle) {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if ((mask >> i & 1) == 0) continue;
    if (tokens_[i].size() >= static_cast<size_t>(regs::kTokenMax)) {
      FailWith(regs::ErrorCode::kTokenOverflow, 0xFFFFFFFF, 0, cycle);
      return;
    }
    tokens_[i].push_back({hazards_.Completed(unit), cycle});
  }
}

bool Core::ReadBurst(uint32_t address, std::span<uint8_t> data, uint32_t tag) {
  const int64_t cycle = last_progress_;
  if (address < setup_.window_base || uint64_t{address} + data.size() > setup_.window_limit) {
    FailWith(regs::ErrorCode::kOutOfWindow, tag, address, cycle);
    return false;
  }
  if (memory_.Read(address, data) != BusStatus::kOkay) {
    FailWith(regs::ErrorCode::kReadResponse, tag, address, cycle);
    return false;
  }
  return true;
}

bool Core::WriteBurst(uint32_t address, std::span<const uint8_t> data, uint32_t tag) {
  const int64_t cycle = last_progress_;
  if (address < setup_.window_base || uint64_t{address} + data.size() > setup_.window_limit) {
    FailWith(regs::ErrorCode::kOutOfWindow, tag, address, cycle);
    return false;
  }
  if (memory_.Write(address, data) != BusStatus::kOkay) {
    FailWith(regs::ErrorCode::kWriteResponse, tag, address, cycle);
    return false;
  }
  return true;
}

void Core::FailWith(regs::ErrorCode code, uint32_t tag, uint32_t address, int64_t cycle) {
  failed_ = true;
  Event event;
  event.kind = Event::Kind::kError;
  event.cycle = std::max(cycle, last_progress_);
  event.error = {code, tag, address};
  event.counters = counters_;
  (*publish_)(event);
}

void Core::Publish(Event::Kind kind, int64_t cycle, uint32_t value) {
  Event event;
  event.kind = kind;
  event.cycle = cycle;
  event.value = value;
  event.counters = counters_;
  (*publish_)(event);
}

int64_t Core::Beats(int64_t beats) const {
  return static_cast<int64_t>(std::ceil(static_cast<double>(beats) / options_.ddr.efficiency));
}

void Core::Tap(TapWord::Stage stage, uint32_t tag, uint64_t data, int64_t cycle) const {
  if (tap_) tap_({tag, stage, data, static_cast<uint64_t>(cycle)});
  if (observer_ != nullptr) observer_->OnWord({tag, stage, data, static_cast<uint64_t>(cycle)});
}

std::string Core::Describe() const {
  std::string text;
  constexpr std::array<const char*, 4> kTokenNames = {"LCW", "LCA", "CL", "SL"};
  for (size_t u = 0; u < kUnits; ++u) {
    text += fmt::format("{}: {} queued", Name(static_cast<Unit>(u)), queues_[u].size());
    if (!queues_[u].empty()) {
      const regs::Command& next = queues_[u].front().command;
      text += fmt::format(", next tag {:#x}", next.Get(regs::header::kTag));
      for (size_t i = 0; i < tokens_.size(); ++i) {
        if ((next.Get(regs::header::kWait) >> i & 1) != 0 && tokens_[i].empty()) {
          text += fmt::format(" waits for token {}", kTokenNames[i]);
        }
      }
    }
    text += '\n';
  }
  if (pending_.active) {
    text += fmt::format("COMPUTE tag {:#x} has sent {} of {} words to the store stream\n",
                        pending_.tile.tag, pending_.sent,
                        pending_.words.size() + (pending_.tile.stamp ? 8 : 0));
  }
  if (storing_.active) {
    text += fmt::format("STORE tag {:#x} waits for word {} of run {}\n",
                        storing_.command.Get(regs::header::kTag), storing_.word, storing_.run);
  }
  text += fmt::format("store stream holds {} words\n", stream_.size());
  return text;
}

}  // namespace fragua::sim

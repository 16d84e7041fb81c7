// What each unit does with one command. Tokens are taken before, given after; see docs/ENGINE.md.

#include <algorithm>
#include <cmath>

#include "engine/core.h"

namespace fragua::sim {

namespace regs = driver::regs;

namespace {

constexpr int64_t kBurstBytes = 128;     ///< bursts are 16 beats and end at 128-byte boundaries
constexpr int64_t kCommandOverhead = 3;  ///< cycles between two COMPUTE commands
constexpr int64_t kPipelineCycles = 16;  ///< last step -> result written, without requantisation

uint32_t Mask(const regs::Command& command, const regs::Field& field) {
  return static_cast<uint32_t>(command.Get(field));
}

constexpr int64_t kWhole = 1 << 16;

/// How much of its command has passed when word `i` of `count` leaves, in parts of kWhole: maps
/// leave evenly, sums at the end of each K-block, stamps at the end.
int64_t Share(const Tile& tile, size_t i, size_t count) {
  if (i >= count) return kWhole;
  const size_t steps = tile.pool == PoolMode::kSum ? static_cast<size_t>(tile.kblocks) : count;
  const size_t step = i * steps / count + (tile.pool == PoolMode::kSum ? 1 : 0);
  return static_cast<int64_t>(step) * kWhole / static_cast<int64_t>(steps);
}

/// ERROR_ADDR of a transfer that was refused as a whole.
uint32_t FaultAddress(const regs::Command& command, regs::ErrorCode code) {
  return code == regs::ErrorCode::kMisaligned ? Mask(command, regs::load::kDdrAddr) : 0;
}

uint32_t Tag(const regs::Command& command) { return Mask(command, regs::header::kTag); }

}  // namespace

std::optional<regs::ErrorCode> Core::TransferFault(const regs::Command& command, bool load) const {
  // LOAD and STORE share the layout of these fields.
  const auto get = [&](const regs::Field& field) { return command.Get(field); };
  const int64_t runs = get(regs::load::kRuns), words = get(regs::load::kRunWords);
  if (runs == 0 || words == 0) return regs::ErrorCode::kBadShape;
  if (get(regs::load::kDdrAddr) % 8 != 0 || get(regs::load::kDdrStride) % 8 != 0) {
    return regs::ErrorCode::kMisaligned;
  }
  if (!load) return std::nullopt;
  if (get(regs::load::kDst) == 0) {
    const int64_t end =
        get(regs::load::kDstAddr) + (runs - 1) * get(regs::load::kDstStride) + words;
    if (end > config_.activation_words) return regs::ErrorCode::kBadShape;
  } else if (words % (config_.macs_per_cycle() / 8) != 0 ||
             get(regs::load::kDstAddr) >= config_.weight_words) {
    return regs::ErrorCode::kBadShape;
  }
  return std::nullopt;
}

bool Core::StepLoad() {
  auto& queue = queues_[static_cast<size_t>(Unit::kLoad)];
  if (queue.empty()) return false;
  const regs::Command command = queue.front().command;
  const uint32_t wait = Mask(command, regs::header::kWait);
  if (!TokensReady(wait)) return false;
  const int64_t arrived = queue.front().cycle;
  queue.pop_front();
  hazards_.Start(Unit::kLoad, Tag(command));
  const int64_t start = std::max({load_free_, arrived, TakeTokens(Unit::kLoad, wait)});
  if (const auto fault = TransferFault(command, true)) {
    FailWith(*fault, Tag(command), FaultAddress(command, *fault), start);
    return false;
  }
  const int64_t runs = command.Get(regs::load::kRuns);
  const int64_t run_bytes = command.Get(regs::load::kRunWords) * 8;
  const bool weights = command.Get(regs::load::kDst) != 0;
  const int64_t slices = config_.macs_per_cycle() / 8;
  std::array<uint8_t, kBurstBytes> raw;
  for (int64_t run = 0; run < runs; ++run) {
    // Bus addresses wrap at 32 bits, as in the hardware; the window check catches what that does.
    const auto base = static_cast<uint32_t>(command.Get(regs::load::kDdrAddr) +
                                            run * command.Get(regs::load::kDdrStride));
    const int64_t place =
        command.Get(regs::load::kDstAddr) + run * command.Get(regs::load::kDstStride);
    for (int64_t done = 0; done < run_bytes;) {
      const auto address = static_cast<uint32_t>(base + done);
      const int64_t bytes = std::min(run_bytes - done, kBurstBytes - address % kBurstBytes);
      const std::span<uint8_t> burst(raw.data(), static_cast<size_t>(bytes));
      if (!ReadBurst(address, burst, Tag(command))) return false;
      hazards_.OnDdrRead(address, burst.size());
      for (int64_t i = 0; i < bytes; i += 8) {
        uint64_t word = 0;
        for (size_t b = 0; b < 8; ++b) word |= uint64_t{burst[i + b]} << (8 * b);
        const int64_t index = (done + i) / 8;
        const int64_t at =
            weights ? (place + index / slices) % config_.weight_words : place + index;
        const int slice = weights ? static_cast<int>(index % slices) : 0;
        (weights ? buffers_.weight : buffers_.activation).Write(Unit::kLoad, at, slice, word);
        if (observer_ != nullptr)
          observer_->OnLoad({Tag(command), weights, static_cast<uint32_t>(at), slice, word, 0});
      }
      done += bytes;
    }
  }
  const int64_t beats = runs * run_bytes / 8;
  const int64_t end = std::max(start + options_.ddr.read_latency, read_bus_free_) + Beats(beats);
  read_bus_free_ = end;
  load_free_ = std::max(start + 1, end - options_.ddr.read_latency);
  counters_.read_beats += beats;
  Progress(end);
  PostTokens(Unit::kLoad, Mask(command, regs::header::kPost), end);
  return true;
}

bool Core::StepCompute() {
  if (pending_.active) return PushResults();
  auto& queue = queues_[static_cast<size_t>(Unit::kCompute)];
  if (queue.empty()) return false;
  const regs::Command command = queue.front().command;
  const uint32_t wait = Mask(command, regs::header::kWait);
  if (!TokensReady(wait)) return false;
  const int64_t arrived = queue.front().cycle;
  queue.pop_front();
  const Tile tile = DecodeTile(command);
  hazards_.Start(Unit::kCompute, tile.tag);
  const int64_t weights = TakeTokens(Unit::kCompute, wait & regs::kTokenLcw);
  const int64_t activations = TakeTokens(Unit::kCompute, wait & regs::kTokenLca);
  TakeTokens(Unit::kCompute, wait & ~(regs::kTokenLcw | regs::kTokenLca));
  if (IsBadShape(tile, config_)) {
    FailWith(regs::ErrorCode::kBadShape, tile.tag, 0, std::max(arrived, compute_free_));
    return false;
  }
  // Every cycle since the last command gets its cause, in the order in which the causes end.
  const auto account = [&](int64_t until, int64_t& counter) {
    if (until <= accounted_) return;
    counter += until - accounted_;
    accounted_ = until;
  };
  account(arrived, counters_.idle);
  account(weights, counters_.wait_weights);
  account(activations, counters_.wait_activations);
  if (tile.drain) {
    hazards_.Drain();
    account(written_, counters_.overhead);
  }
  const int64_t steps = tile.steps_per_pixel(config_.pc);
  const int64_t per_pixel = std::max<int64_t>(steps, config_.pk / config_.lanes);
  const int64_t pixels = tile.pixels() * tile.kblocks;
  const int64_t overhead = kCommandOverhead + int64_t{tile.kblocks} * (8 / config_.pc);
  const int64_t start = std::max(accounted_, compute_free_);
  const int64_t duration = pixels * per_pixel;
  counters_.overhead += overhead;
  counters_.compute += pixels * steps;
  counters_.wait_requant += pixels * (per_pixel - steps);
  accounted_ = compute_free_ = start + overhead + duration;
  const int64_t latency = kPipelineCycles + config_.pk / config_.lanes;
  written_ = std::max(written_, compute_free_ + latency);

  pending_ = {};
  pending_.active = true;
  pending_.tile = tile;
  pending_.post = Mask(command, regs::header::kPost);
  pending_.clock = hazards_.Begun(Unit::kCompute);
  pending_.first_cycle = start + overhead + latency;
  pending_.span = duration;
  TileSink sink;
  sink.observer = observer_;
  int64_t tapped = 0;
  const int64_t words = pixels * (tile.pair ? 1 : config_.words_per_pixel());
  const auto when = [&](int64_t i) { return pending_.first_cycle + duration * i / words; };
  if (tap_ || observer_ != nullptr) {
    sink.requantised = [&](uint64_t word) {
      Tap(TapWord::Stage::kRequantised, tile.tag, word, when(tapped++));
    };
  }
  sink.written = [&](uint64_t word) {
    Tap(TapWord::Stage::kWritten, tile.tag, word, when(tapped));
    if (tile.destination == Destination::kStream) pending_.words.push_back(word);
  };
  RunTile(tile, config_, buffers_, sink);
  Progress(written_);
  PushResults();
  return true;
}

bool Core::PushResults() {
  Pending& p = pending_;
  const size_t count = p.words.size();
  const size_t total = count + (p.tile.stamp ? p.stamp.size() : 0);
  const size_t before = p.sent;
  while (p.sent < total && !space_.empty()) {
    const size_t i = p.sent++;
    const int64_t share = p.span * Share(p.tile, i, count) / kWhole;
    const int64_t ready = p.first_cycle + share + p.stalled;
    const int64_t free_at = space_.front();
    space_.pop_front();
    if (free_at > ready) {
      p.stalled += free_at - ready;
      counters_.wait_output += free_at - ready;
      accounted_ += free_at - ready;
      compute_free_ += free_at - ready;
      written_ = std::max(written_, compute_free_ + kPipelineCycles + config_.pk / config_.lanes);
    }
    if (i == count) p.stamp = counters_.Stamp(p.tile.tag);
    stream_.push_back({i < count ? p.words[i] : p.stamp[i - count], std::max(ready, free_at),
                       p.clock, i >= count});
  }
  if (p.sent == total) FinishCompute();
  return p.sent != before || !p.active;
}

void Core::FinishCompute() {
  pending_.active = false;
  PostTokens(Unit::kCompute, pending_.post, written_);
  Publish(Event::Kind::kCounters, written_);
}

bool Core::StepStore() {
  if (storing_.active) return DrainStream();
  auto& queue = queues_[static_cast<size_t>(Unit::kStore)];
  if (queue.empty()) return false;
  const regs::Command command = queue.front().command;
  const uint32_t wait = Mask(command, regs::header::kWait);
  if (!TokensReady(wait)) return false;
  const int64_t arrived = queue.front().cycle;
  queue.pop_front();
  hazards_.Start(Unit::kStore, Tag(command));
  const int64_t start = std::max({write_bus_free_, arrived, TakeTokens(Unit::kStore, wait)});
  if (static_cast<regs::Opcode>(command.Get(regs::header::kOpcode)) == regs::Opcode::kSignal) {
    stored_ = std::max(stored_, start);
    Progress(stored_);
    Publish(Event::Kind::kSignal, stored_, Mask(command, regs::signal::kValue));
    PostTokens(Unit::kStore, Mask(command, regs::header::kPost), stored_);
    return true;
  }
  if (const auto fault = TransferFault(command, false)) {
    FailWith(*fault, Tag(command), FaultAddress(command, *fault), start);
    return false;
  }
  storing_ = {};
  storing_.active = true;
  storing_.command = command;
  storing_.start = start;
  DrainStream();
  return !failed_;
}

bool Core::DrainStream() {
  Storing& s = storing_;
  const int64_t runs = s.command.Get(regs::store::kRuns);
  const int64_t run_words = s.command.Get(regs::store::kRunWords);
  bool moved = false;
  std::array<uint8_t, kBurstBytes> raw;
  while (s.run < runs) {
    const auto address =
        static_cast<uint32_t>(s.command.Get(regs::store::kDdrAddr) +
                              s.run * s.command.Get(regs::store::kDdrStride) + s.word * 8);
    const int64_t words = std::min(run_words - s.word, (kBurstBytes - address % kBurstBytes) / 8);
    if (static_cast<int64_t>(stream_.size()) < words) return moved;
    int64_t ready = s.start;
    for (int64_t i = 0; i < words; ++i) {
      const StreamWord& word = stream_.front();
      for (size_t b = 0; b < 8; ++b) raw[i * 8 + b] = static_cast<uint8_t>(word.data >> (8 * b));
      ready = std::max(ready, word.cycle);
      hazards_.Join(Unit::kStore, word.clock);
      if (observer_ != nullptr) {
        const auto at = static_cast<uint32_t>(address + i * 8);
        observer_->OnStore({Tag(s.command), word.stamp, at, word.data, 0});
      }
      stream_.pop_front();
    }
    const std::span<const uint8_t> burst(raw.data(), static_cast<size_t>(words * 8));
    hazards_.OnDdrWrite(address, burst.size());
    write_bus_free_ = std::max(ready, write_bus_free_) + Beats(words);
    for (int64_t i = 0; i < words; ++i) space_.push_back(write_bus_free_ - words + 1 + i);
    if (!WriteBurst(address, burst, Tag(s.command))) return false;
    counters_.write_beats += words;
    Progress(write_bus_free_);
    moved = true;
    s.word += words;
    if (s.word == run_words) {
      s.word = 0;
      ++s.run;
    }
  }
  FinishStore(write_bus_free_ + options_.ddr.write_latency);
  return true;
}

void Core::FinishStore(int64_t cycle) {
  storing_.active = false;
  stored_ = std::max(stored_, cycle);
  Progress(stored_);
  PostTokens(Unit::kStore, Mask(storing_.command, regs::header::kPost), stored_);
}

}  // namespace fragua::sim

// Plays a ring to its end, independently of how its tokens were derived.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "fragua/model/error.h"
#include "ring.h"

namespace fragua::driver {
namespace {

constexpr int kTokenKinds = 4;

class RingPlayer {
 public:
  RingPlayer(const Schedule& schedule, const std::vector<RingEntry>& order,
             const EngineConfig& engine)
      : schedule_(schedule), order_(order), engine_(engine) {}

  void Play() {
    while (Fetch() | Advance(kLoadQueue) | Advance(kComputeQueue) | Advance(kStoreQueue)) {
    }
    for (const auto& queue : queues_) {
      FRAGUA_CHECK(queue.empty(),
                   fmt::format("ring stops at command {} of {}", fetched_, order_.size()));
    }
    FRAGUA_CHECK(fetched_ == order_.size(), fmt::format("{} of {}", fetched_, order_.size()));
    for (const int tokens : tokens_) FRAGUA_CHECK(tokens == 0, fmt::format("{} left", tokens));
    FRAGUA_CHECK(fifo_ == 0, fmt::format("{} result words without a STORE", fifo_));
  }

 private:
  static constexpr int kLoadQueue = 0, kComputeQueue = 1, kStoreQueue = 2;

  const regs::Command& CommandOf(const RingEntry& entry) const {
    const auto index = static_cast<size_t>(entry.index);
    switch (entry.unit) {
      case RingEntry::Unit::kLoad:
        return schedule_.loads[index].command;
      case RingEntry::Unit::kCompute:
        return schedule_.computes[index].command;
      default:
        return schedule_.stores[index].command;
    }
  }

  bool Fetch() {
    if (fetched_ == order_.size()) return false;
    auto& queue = queues_[static_cast<size_t>(order_[fetched_].unit)];
    if (queue.size() >= static_cast<size_t>(engine_.queue_commands)) return false;
    queue.push_back(order_[fetched_++]);
    return true;
  }

  bool Advance(int unit) {
    auto& queue = queues_[static_cast<size_t>(unit)];
    if (queue.empty()) return false;
    const RingEntry entry = queue.front();
    const regs::Command& command = CommandOf(entry);
    bool& running = running_[static_cast<size_t>(unit)];
    bool moved = false;
    if (!running) {
      if (!Take(command)) return false;
      running = moved = true;
      left_[static_cast<size_t>(unit)] = StreamWords(entry);
    }
    int64_t& left = left_[static_cast<size_t>(unit)];
    if (unit == kComputeQueue) {
      const int64_t step = std::min(left, engine_.store_fifo_words - fifo_);
      fifo_ += step;
      left -= step;
      moved = moved || step > 0;
    } else if (unit == kStoreQueue) {
      const int64_t step = std::min(left, fifo_);
      fifo_ -= step;
      left -= step;
      moved = moved || step > 0;
    }
    if (left > 0) return moved;
    Post(command);
    running = false;
    queue.pop_front();
    return true;
  }

  int64_t StreamWords(const RingEntry& entry) const {
    if (entry.unit == RingEntry::Unit::kLoad) return 0;
    if (entry.unit == RingEntry::Unit::kStore) {
      return schedule_.stores[static_cast<size_t>(entry.index)].words;
    }
    return ResultWords(schedule_.computes[static_cast<size_t>(entry.index)]);
  }

  /// From the command's shape, not from its stores.
  int64_t ResultWords(const ComputeNode& node) const {
    const bool stamped = (node.command.Get(regs::header::kFlags) & regs::compute::kFlagStamp) != 0;
    int64_t words = stamped ? static_cast<int64_t>(regs::stamp::kBytes / 8) : 0;
    if (node.command.Get(regs::compute::kDstSelect) != 2) return words;
    const Tile& tile = node.tile;
    const int64_t per_pixel = engine_.words_per_pixel();
    if (tile.sum_op >= 0) return words + int64_t{1} * tile.blocks * engine_.pk / 2;
    if (tile.pool_op >= 0) {
      return words + tile.blocks * per_pixel * tile.pooled_rows * tile.pooled_cols;
    }
    return words + tile.blocks * per_pixel * tile.rows * tile.cols;
  }

  bool Take(const regs::Command& command) {
    const auto wait = static_cast<uint32_t>(command.Get(regs::header::kWait));
    for (size_t kind = 0; kind < kTokenKinds; ++kind) {
      if ((wait >> kind & 1) != 0 && tokens_[kind] == 0) return false;
    }
    for (size_t kind = 0; kind < kTokenKinds; ++kind) tokens_[kind] -= wait >> kind & 1;
    return true;
  }

  void Post(const regs::Command& command) {
    const auto post = static_cast<uint32_t>(command.Get(regs::header::kPost));
    for (size_t kind = 0; kind < kTokenKinds; ++kind) tokens_[kind] += post >> kind & 1;
  }

  const Schedule& schedule_;
  const std::vector<RingEntry>& order_;
  const EngineConfig& engine_;
  size_t fetched_ = 0;
  std::array<std::deque<RingEntry>, 3> queues_;
  std::array<bool, 3> running_{};
  std::array<int64_t, 3> left_{};
  std::array<int, kTokenKinds> tokens_{};
  int64_t fifo_ = 0;
};

/// However the units race, a counter never holds more tokens than were posted by commands already
/// fetched and not taken by commands that have left their queue.
void CheckTokenBounds(const Schedule& schedule, const std::vector<RingEntry>& order,
                      const EngineConfig& engine) {
  std::array<int, kTokenKinds> balance{};
  for (const RingEntry& entry : order) {
    const auto index = static_cast<size_t>(entry.index);
    const regs::Command& command =
        entry.unit == RingEntry::Unit::kLoad      ? schedule.loads[index].command
        : entry.unit == RingEntry::Unit::kCompute ? schedule.computes[index].command
                                                  : schedule.stores[index].command;
    const auto wait = static_cast<uint32_t>(command.Get(regs::header::kWait));
    const auto post = static_cast<uint32_t>(command.Get(regs::header::kPost));
    for (size_t kind = 0; kind < kTokenKinds; ++kind) {
      balance[kind] -= wait >> kind & 1;
      FRAGUA_CHECK(balance[kind] >= 0, fmt::format("token {} is waited for before it is posted in "
                                                   "the ring",
                                                   kind));
      balance[kind] += post >> kind & 1;
      const int most = balance[kind] + engine.queue_commands + 1;
      FRAGUA_CHECK(most <= regs::kTokenMax, fmt::format("{} tokens of kind {}", most, kind));
    }
  }
}

}  // namespace

void CheckRing(const Schedule& schedule, const std::vector<RingEntry>& order,
               const EngineConfig& engine) {
  CheckTokenBounds(schedule, order, engine);
  RingPlayer(schedule, order, engine).Play();
}

}  // namespace fragua::driver

#include <algorithm>

#include "ring.h"

namespace fragua::driver {
namespace {

// Cycles the units spend around their work, as measured on the engine.
constexpr double kFetchCycles = 12;     // eight beats and the assembly of one command
constexpr double kCommandCycles = 3;    // between two COMPUTE commands
constexpr double kPipelineCycles = 22;  // last array step -> result written

}  // namespace

RingTimer::RingTimer(const Schedule& schedule, const EngineConfig& engine,
                     const BoardConfig::Ddr& ddr)
    : schedule_(schedule),
      engine_(engine),
      ddr_(ddr),
      beat_(1.0 / ddr.efficiency),
      load_end_(schedule.loads.size(), 0),
      compute_end_(schedule.computes.size(), 0),
      store_end_(schedule.stores.size(), 0) {}

bool RingTimer::LoadQueueFull() const {
  const auto depth = static_cast<size_t>(engine_.queue_commands);
  return load_starts_.size() >= depth && load_starts_[load_starts_.size() - depth] > fetched_;
}

/// Time at which the next command is in its unit's queue: after the one before it, and when the
/// command `queue_commands` places earlier in the same queue has begun.
double RingTimer::Fetch(std::vector<double>& starts) {
  const auto depth = static_cast<size_t>(engine_.queue_commands);
  fetched_ += kFetchCycles;
  if (starts.size() >= depth) fetched_ = std::max(fetched_, starts[starts.size() - depth]);
  return fetched_;
}

void RingTimer::Add(const RingEntry& entry) {
  const auto index = static_cast<size_t>(entry.index);
  switch (entry.unit) {
    case RingEntry::Unit::kLoad: {
      const LoadNode& node = schedule_.loads[index];
      double start = std::max(Fetch(load_starts_), load_free_);
      if (node.after_compute >= 0) {
        start = std::max(start, compute_end_[static_cast<size_t>(node.after_compute)]);
      }
      if (node.after_store >= 0) {
        start = std::max(start, store_end_[static_cast<size_t>(node.after_store)]);
      }
      load_starts_.push_back(start);
      load_free_ = start + ddr_.read_latency + static_cast<double>(node.words) * beat_;
      load_end_[index] = load_free_;
      end_ = std::max(end_, load_free_);
      return;
    }
    case RingEntry::Unit::kCompute: {
      const ComputeNode& node = schedule_.computes[index];
      double start = std::max(Fetch(compute_starts_), array_free_);
      for (const int load : node.loads) {
        start = std::max(start, load_end_[static_cast<size_t>(load)]);
      }
      if (node.drain && index > 0) start = std::max(start, compute_end_[index - 1]);
      compute_starts_.push_back(start);
      array_free_ = start + static_cast<double>(node.cycles) + kCommandCycles;
      // Results that the DDR port does not take fast enough hold the array up.
      double words = 0;
      for (const int store : node.stores) {
        words += static_cast<double>(schedule_.stores[static_cast<size_t>(store)].words);
      }
      const double slack = engine_.store_fifo_words;
      const double drained = std::max(store_free_, start) + (words - slack) * beat_;
      if (words > 0) array_free_ = std::max(array_free_, drained);
      compute_end_[index] = array_free_ + kPipelineCycles;
      end_ = std::max(end_, compute_end_[index]);
      return;
    }
    case RingEntry::Unit::kStore: {
      const StoreNode& node = schedule_.stores[index];
      const auto compute = static_cast<size_t>(node.compute);
      const double data_begins =
          compute_end_[compute] - static_cast<double>(schedule_.computes[compute].cycles);
      const double start = std::max({Fetch(store_starts_), store_free_, data_begins});
      store_starts_.push_back(start);
      store_free_ =
          std::max(start + static_cast<double>(node.words) * beat_, compute_end_[compute]);
      store_end_[index] = store_free_ + ddr_.write_latency;
      end_ = std::max(end_, store_end_[index]);
      return;
    }
  }
}

}  // namespace fragua::driver

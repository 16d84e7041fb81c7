#pragma once
// From a schedule to the ring: an order in which loads are as early as the queues allow, the tokens
// that make it right, a check of both, and an estimate of the time it takes.

#include <cstdint>
#include <vector>

#include "fragua/driver/board_config.h"
#include "schedule.h"

namespace fragua::driver {

struct RingEntry {
  enum class Unit { kLoad, kCompute, kStore };
  Unit unit = Unit::kLoad;
  int index = 0;  ///< into Schedule::loads, computes or stores
};

/// COMPUTE and STORE keep their order; loads move forward.
std::vector<RingEntry> OrderRing(const Schedule& schedule, const EngineConfig& engine,
                                 const BoardConfig::Ddr& ddr);

/// Sets WAIT, POST and DRAIN of every command: a command waits only for what no earlier wait of its
/// unit implies, and posts only what somebody waits for.
void AssignTokens(Schedule& schedule, const std::vector<RingEntry>& order,
                  const EngineConfig& engine);

/// Plays the commands with finite queues and a finite store FIFO; aborts (a compiler bug) when they
/// stop before the end, when a token counter could overflow, or when tokens are left over.
void CheckRing(const Schedule& schedule, const std::vector<RingEntry>& order,
               const EngineConfig& engine);

/// Estimated engine cycles, one command after the other in ring order.
class RingTimer {
 public:
  RingTimer(const Schedule& schedule, const EngineConfig& engine, const BoardConfig::Ddr& ddr);
  void Add(const RingEntry& entry);
  /// A load added now would have to wait for a place in its queue, holding up the fetch.
  bool LoadQueueFull() const;
  uint64_t total() const { return static_cast<uint64_t>(end_); }
  /// Cycle in which a COMPUTE's last result left.
  const std::vector<double>& compute_end() const { return compute_end_; }

 private:
  double Fetch(std::vector<double>& starts);

  const Schedule& schedule_;
  const EngineConfig& engine_;
  const BoardConfig::Ddr& ddr_;
  double beat_;
  double fetched_ = 0;
  double end_ = 0;
  double array_free_ = 0;
  double load_free_ = 0;
  double store_free_ = 0;
  std::vector<double> load_starts_, compute_starts_, store_starts_;  ///< in order of the unit
  std::vector<double> load_end_, compute_end_, store_end_;           ///< by index
};

}  // namespace fragua::driver

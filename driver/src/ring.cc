#include "ring.h"

#include <algorithm>
#include <limits>

namespace fragua::driver {
namespace {

using regs::header::kPost;
using regs::header::kWait;

/// Loads that may be ahead of their first use at a time; far below what a token counter holds.
constexpr int kMaxLoadsAhead = 100;

/// COMPUTE commands a load is placed behind the one that frees its space: far enough that the
/// array has work in its queue while the load waits there, near enough that it is never late.
int Lookahead(const EngineConfig& engine) { return std::max(1, engine.queue_commands / 2); }

/// The COMPUTE after which a load may run at the earliest; -1 = from the start.
int Release(const Schedule& schedule, const LoadNode& load) {
  int release = load.after_compute;
  if (load.after_store >= 0) {
    release = std::max(release, schedule.stores[static_cast<size_t>(load.after_store)].compute);
  }
  return release;
}

/// What a load waits for: at least `needed`, but better the last command of that unit which has
/// left its queue anyway when the load is fetched. Waiting for that costs nothing and spares
/// tokens.
int Coarsened(int needed, int fetched, const EngineConfig& engine) {
  return needed < 0 ? needed : std::max(needed, fetched - engine.queue_commands - 2);
}

void SetBits(regs::Command& command, const regs::Field& field, uint32_t bits) {
  command.Set(field, command.Get(field) | bits);
}

}  // namespace

std::vector<RingEntry> OrderRing(const Schedule& schedule, const EngineConfig& engine,
                                 const BoardConfig::Ddr& ddr) {
  const auto& loads = schedule.loads;
  std::vector<int> release(loads.size());
  std::vector<int> waiting(loads.size());
  for (size_t i = 0; i < loads.size(); ++i) {
    release[i] = Release(schedule, loads[i]);
    waiting[i] = static_cast<int>(i);
  }
  // Loads whose space is free first come first: they hold up nobody behind them.
  std::stable_sort(waiting.begin(), waiting.end(), [&](int a, int b) {
    const auto x = static_cast<size_t>(a);
    const auto y = static_cast<size_t>(b);
    return release[x] != release[y] ? release[x] < release[y]
                                    : loads[x].first_use < loads[y].first_use;
  });

  std::vector<RingEntry> order;
  RingTimer timer(schedule, engine, ddr);
  const auto add = [&](RingEntry::Unit unit, int index) {
    order.push_back({unit, index});
    timer.Add(order.back());
  };
  const int lookahead = Lookahead(engine);
  std::vector<int> due_at(schedule.computes.size() + 1);  // loads in the ring by first use
  int ahead = 0;
  for (int compute = 0; compute < static_cast<int>(schedule.computes.size()); ++compute) {
    std::vector<int> later;
    for (const int load : waiting) {
      const auto i = static_cast<size_t>(load);
      const bool due = loads[i].first_use <= compute;
      const bool early = (release[i] < compute - lookahead + 1 || release[i] < 0) &&
                         ahead < kMaxLoadsAhead && !timer.LoadQueueFull();
      if (due || early) {
        add(RingEntry::Unit::kLoad, load);
        ++due_at[static_cast<size_t>(loads[i].first_use)];
        ++ahead;
      } else {
        later.push_back(load);
      }
    }
    waiting = std::move(later);
    add(RingEntry::Unit::kCompute, compute);
    ahead -= due_at[static_cast<size_t>(compute)];
    for (const int store : schedule.computes[static_cast<size_t>(compute)].stores) {
      add(RingEntry::Unit::kStore, store);
    }
  }
  return order;
}

void AssignTokens(Schedule& schedule, const std::vector<RingEntry>& order,
                  const EngineConfig& engine) {
  std::vector<int> place(schedule.loads.size());  // of a load in its unit's order
  std::vector<int> load_at;
  for (const RingEntry& entry : order) {
    if (entry.unit != RingEntry::Unit::kLoad) continue;
    place[static_cast<size_t>(entry.index)] = static_cast<int>(load_at.size());
    load_at.push_back(entry.index);
  }
  int computes = 0;  // in the ring so far
  int stores = 0;
  int seen_weights = -1, seen_rows = -1, seen_compute = -1, seen_store = -1;
  for (const RingEntry& entry : order) {
    const auto index = static_cast<size_t>(entry.index);
    if (entry.unit == RingEntry::Unit::kLoad) {
      LoadNode& load = schedule.loads[index];
      if (load.after_store > seen_store) {
        seen_store = Coarsened(load.after_store, stores, engine);
        SetBits(load.command, kWait, regs::kTokenSl);
        StoreNode& store = schedule.stores[static_cast<size_t>(seen_store)];
        SetBits(store.command, kPost, regs::kTokenSl);
      }
      if (load.after_compute > seen_compute) {
        seen_compute = Coarsened(load.after_compute, computes, engine);
        SetBits(load.command, kWait, regs::kTokenCl);
        ComputeNode& compute = schedule.computes[static_cast<size_t>(seen_compute)];
        SetBits(compute.command, kPost, regs::kTokenCl);
      }
    } else if (entry.unit == RingEntry::Unit::kStore) {
      ++stores;
    } else {
      ++computes;
      ComputeNode& compute = schedule.computes[index];
      int weights = -1, rows = -1;
      for (const int load : compute.loads) {
        const auto i = static_cast<size_t>(load);
        int& latest = schedule.loads[i].weights ? weights : rows;
        latest = std::max(latest, place[i]);
      }
      // Loads complete in order, so a wait for one implies all before it, of either kind.
      const int seen = std::max(seen_weights, seen_rows);
      if (weights > seen) {
        seen_weights = weights;
        SetBits(compute.command, kWait, regs::kTokenLcw);
        LoadNode& load = schedule.loads[static_cast<size_t>(load_at[static_cast<size_t>(weights)])];
        SetBits(load.command, kPost, regs::kTokenLcw);
      }
      if (rows > seen) {
        seen_rows = rows;
        SetBits(compute.command, kWait, regs::kTokenLca);
        LoadNode& load = schedule.loads[static_cast<size_t>(load_at[static_cast<size_t>(rows)])];
        SetBits(load.command, kPost, regs::kTokenLca);
      }
      if (compute.drain) SetBits(compute.command, regs::header::kFlags, regs::compute::kFlagDrain);
    }
  }
}

}  // namespace fragua::driver

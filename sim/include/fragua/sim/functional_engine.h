#pragma once
// The engine without the RTL: executes the 64-byte command stream exactly as docs/ENGINE.md states
// it, and estimates when each thing would happen. Registers behave as in docs/REGISTERS.md.
//
// Commands run as soon as the doorbell rings, in an arbitrary legal interleaving of the three
// units; what the host can see (HEAD, SEQUENCE, interrupt, errors, counters) appears at the
// estimated cycle. So memory may show results early, which a correct host cannot notice. The
// estimate: COMPUTE takes one cycle per array step (or what the requantisation lanes need) plus a
// fixed overhead per K-block and command, LOAD and STORE take the DDR latency plus beats /
// efficiency, tokens and the store FIFO connect the three. Reads and writes do not compete in the
// estimate.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fragua/driver/board_config.h"
#include "fragua/driver/engine_config.h"
#include "fragua/sim/bus_memory.h"
#include "fragua/sim/observation.h"
#include "fragua/sim/tap.h"

namespace fragua::sim {

/// Which unit moves first when several can. All are legal; a command stream that lacks a token
/// gives different data.
enum class Schedule {
  kEagerLoad,  ///< LOAD runs as far ahead as tokens and queues allow
  kLazyLoad,   ///< LOAD runs only when COMPUTE and STORE can do nothing
  kRandom,     ///< seeded coin at every command
};

struct FunctionalOptions {
  Schedule schedule = Schedule::kEagerLoad;
  uint64_t seed = 1;  ///< for kRandom
  /// Proves the tokens, whatever the schedule: throws Error(kCheck) naming both commands when a
  /// unit reads a word that was never written, or touches a word that another unit wrote or reads
  /// without a token between them, or COMPUTE reads what an earlier COMPUTE wrote with no DRAIN
  /// between, or an accumulator leaves acc_bits.
  bool strict = true;
  driver::BoardConfig::Ddr ddr;  ///< latencies and efficiency of the time estimate
};

class FunctionalEngine {
 public:
  /// `memory` is used until destruction. Throws Error(kInput) when the configuration is out of
  /// range.
  FunctionalEngine(const driver::EngineConfig& config, BusMemory& memory,
                   const FunctionalOptions& options = {});
  ~FunctionalEngine();
  FunctionalEngine(const FunctionalEngine&) = delete;
  FunctionalEngine& operator=(const FunctionalEngine&) = delete;

  /// Registers at the current cycle. Unknown offsets read 0 and ignore writes, as does writing
  /// read-only ones.
  uint32_t Read32(uint32_t offset);
  void Write32(uint32_t offset, uint32_t value);
  /// The interrupt line.
  bool irq() const;

  /// Engine clock cycle; starts at 0, never goes back.
  uint64_t cycle() const;
  void AdvanceTo(uint64_t cycle);
  /// Cycle of the next change that the host could see; empty when nothing more will happen by
  /// itself.
  std::optional<uint64_t> NextEvent() const;

  /// Copies of words on the output path, while commands execute (i.e. inside Write32).
  void SetTap(std::function<void(const TapWord&)> tap);
  /// Sees every word and its pixel, while commands execute; nullptr = nobody looks.
  void SetObserver(EngineObserver* observer);

  /// What every unit waits for, one line each; for messages when a stream does not end.
  std::string DescribeState() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::sim

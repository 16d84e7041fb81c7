#pragma once
// The three units, their queues, tokens and the store stream: executes commands and estimates when.
// No registers here.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/buffers.h"
#include "engine/counters.h"
#include "engine/hazards.h"
#include "engine/tile.h"
#include "fragua/sim/functional_engine.h"

namespace fragua::sim {

/// Why the engine has stopped.
struct EngineError {
  driver::regs::ErrorCode code = driver::regs::ErrorCode::kNone;
  uint32_t tag = 0xFFFFFFFF;
  uint32_t address = 0;
};

/// Something the host will see at `cycle`.
struct Event {
  enum class Kind { kFetched, kSignal, kCounters, kError, kIdle } kind = Kind::kFetched;
  int64_t cycle = 0;
  uint32_t value = 0;  ///< HEAD or SEQUENCE
  Counters counters = {};
  EngineError error = {};
};

/// Where the ring is and what may be touched.
struct BusSetup {
  uint32_t ring_base = 0, ring_log2 = 0;
  uint32_t window_base = 0, window_limit = 0;
};

class Core {
 public:
  Core(const driver::EngineConfig& config, BusMemory& memory, const FunctionalOptions& options);

  /// Executes what can be executed of the commands up to `tail`, from `cycle` on; `publish` gets
  /// the events, in no order.
  void Run(uint32_t tail, int64_t cycle, const BusSetup& setup,
           const std::function<void(const Event&)>& publish);
  void Reset();
  /// The host saw the engine idle: everything before is ordered with everything after.
  void Barrier() { hazards_.Barrier(); }

  bool quiescent() const;  ///< no command queued or running
  bool failed() const { return failed_; }
  int64_t last_progress() const { return last_progress_; }
  uint32_t head() const { return head_; }
  std::string Describe() const;
  void SetTap(std::function<void(const TapWord&)> tap) { tap_ = std::move(tap); }
  void SetObserver(EngineObserver* observer) { observer_ = observer; }

 private:
  struct Queued {
    driver::regs::Command command;
    int64_t cycle;  ///< arrival in the queue
  };
  struct Token {
    Clock clock;
    int64_t cycle;
  };
  struct StreamWord {
    uint64_t data;
    int64_t cycle;
    Clock clock;
    bool stamp;
  };
  /// The COMPUTE command whose results have not all entered the store stream.
  struct Pending {
    bool active = false;
    Tile tile;
    uint32_t post = 0;
    Clock clock;
    std::vector<uint64_t> words;  ///< results for the stream
    size_t sent = 0;              ///< of words, then of the stamp
    std::array<uint64_t, 8> stamp{};
    bool stamped = false;
    int64_t first_cycle = 0, span = 0;  ///< word i is ready at first_cycle + span * i / count
    int64_t stalled = 0;                ///< cycles lost to a full FIFO so far
  };
  /// The STORE command that has not had all its words.
  struct Storing {
    bool active = false;
    driver::regs::Command command;
    int64_t run = 0, word = 0;  ///< next run and word within it
    int64_t start = 0;
  };

  void Fetch(uint32_t tail, int64_t cycle, const BusSetup& setup);
  bool Step();
  bool StepLoad();
  bool StepCompute();
  bool PushResults();
  bool StepStore();
  bool DrainStream();
  void FinishCompute();
  void FinishStore(int64_t cycle);

  bool TokensReady(uint32_t mask) const;
  int64_t TakeTokens(Unit unit, uint32_t mask);
  void PostTokens(Unit unit, uint32_t mask, int64_t cycle);
  std::optional<driver::regs::ErrorCode> TransferFault(const driver::regs::Command& command,
                                                       bool load) const;
  bool ReadBurst(uint32_t address, std::span<uint8_t> data, uint32_t tag);
  bool WriteBurst(uint32_t address, std::span<const uint8_t> data, uint32_t tag);
  void FailWith(driver::regs::ErrorCode code, uint32_t tag, uint32_t address, int64_t cycle);
  void Publish(Event::Kind kind, int64_t cycle, uint32_t value = 0);
  void Progress(int64_t cycle) { last_progress_ = std::max(last_progress_, cycle); }
  int64_t Beats(int64_t beats) const;  ///< cycles they take
  void Tap(TapWord::Stage stage, uint32_t tag, uint64_t data, int64_t cycle) const;

  const driver::EngineConfig config_;
  BusMemory& memory_;
  const FunctionalOptions options_;
  HazardMonitor hazards_;
  Buffers buffers_;
  std::mt19937_64 random_;
  std::function<void(const TapWord&)> tap_;
  EngineObserver* observer_ = nullptr;
  const std::function<void(const Event&)>* publish_ = nullptr;
  BusSetup setup_;

  bool failed_ = false;
  uint32_t head_ = 0;
  std::array<std::deque<Queued>, kUnits> queues_;
  std::array<std::deque<Token>, 4> tokens_;  ///< by token bit
  std::deque<StreamWord> stream_;
  std::deque<int64_t> space_;  ///< cycles at which FIFO places became free again
  Pending pending_;
  Storing storing_;

  // The estimate. Each is the cycle at which something becomes free.
  int64_t fetch_free_ = 0, load_free_ = 0, read_bus_free_ = 0, compute_free_ = 0;
  int64_t written_ = 0, write_bus_free_ = 0, stored_ = 0;
  int64_t accounted_ = 0;  ///< every cycle up to here has a cause in counters_
  int64_t last_progress_ = 0;
  int64_t idle_tail_ = 0;  ///< last part of accounted_, taken back when more work arrives in time
  Counters counters_;
};

}  // namespace fragua::sim

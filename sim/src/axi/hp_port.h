#pragma once
// The memory side of the engine's AXI4 master, cycle by cycle: high-performance port and DDR
// controller as one queue per direction with latency, a limit of bursts in flight, and bandwidth as
// token buckets (one per direction and one shared). Deterministic; random stalls only when a seed
// is given. One call to the memory behind it per burst.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "axi/axi_pins.h"
#include "fragua/driver/board_config.h"
#include "fragua/sim/bus_fault.h"
#include "fragua/sim/bus_memory.h"

namespace fragua::sim {

class HpPort {
 public:
  struct Stalls {
    uint64_t seed = 1;
    int percent = 30;  ///< of cycles, on every channel independently
  };

  HpPort(const driver::BoardConfig::Ddr& ddr, BusMemory& memory, std::optional<Stalls> stalls = {});

  /// Pins for the coming cycle.
  const AxiIn& Drive();
  /// The cycle's handshakes, with the pins that Drive() gave. Returns true when anything moved.
  bool Clock(const AxiOut& engine);

  /// Replaces the plan; burst indices count from now. Bursts in flight stay as they are.
  void SetFaults(std::vector<BusFault> faults);
  /// No burst in flight.
  bool idle() const { return reads_.empty() && writes_.empty(); }
  /// `cycles` during which nothing was in flight and nothing asked for have passed.
  void Skip(uint64_t cycles);

 private:
  struct Burst {
    AxiAddress address;
    uint64_t index = 0;  ///< for faults
    uint64_t due = 0;    ///< cycle of the first read beat / the write response
    size_t beats_done = 0;
    BusStatus status = BusStatus::kOkay;
    bool started = false;  ///< read: data fetched; write: all beats have come
    std::vector<uint8_t> data;
  };
  /// Bandwidth: gains per cycle, pays per beat, holds a few beats at most.
  struct Bucket {
    int64_t level = 0, gain = 0;
    void Refill() { level = level + gain < kCap ? level + gain : kCap; }
    bool Holds(int64_t price) const { return level >= price; }
    static constexpr int64_t kOne = 1 << 16;
    static constexpr int64_t kCap = 4 * kOne;
  };

  bool Stall();
  BusStatus FaultOf(BusFault::Kind kind, uint64_t index) const;
  void DriveRead();
  void FinishWrite(Burst& burst);

  const driver::BoardConfig::Ddr ddr_;
  BusMemory& memory_;
  std::optional<Stalls> stalls_;
  std::mt19937_64 random_;
  std::vector<BusFault> faults_;
  uint64_t read_index_ = 0, write_index_ = 0;
  uint64_t hang_reads_until_ = 0, hang_writes_until_ = 0;

  uint64_t cycle_ = 0;
  int64_t price_;
  Bucket read_, write_, shared_;
  std::deque<Burst> reads_;   ///< in the order of their addresses, which is the order of data
  std::deque<Burst> writes_;  ///< front: oldest without response taken
  AxiIn pins_;
};

}  // namespace fragua::sim

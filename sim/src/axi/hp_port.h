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
#include "axi/bucket.h"
#include "axi/ddr_controller.h"
#include "fragua/driver/board_config.h"
#include "fragua/sim/bus_fault.h"
#include "fragua/sim/bus_memory.h"
#include "fragua/sim/memory_stalls.h"

namespace fragua::sim {

class HpPort {
 public:
  HpPort(const driver::BoardConfig::Ddr& ddr, BusMemory& memory,
         std::optional<MemoryStalls> stalls = {});

  /// From now on this port is number `port` of a controller that others use too; without one it has
  /// the DDR to itself. The owner of the controller calls its BeginCycle().
  void Share(DdrController& controller, int port) {
    controller_ = &controller;
    number_ = port;
  }

  /// Pins for the coming cycle.
  const AxiIn& Drive();
  /// The cycle's handshakes, with the pins that Drive() gave. Returns true when anything moved.
  bool Clock(const AxiOut& engine);

  /// Other figures and stalls from the next cycle on; bursts in flight keep their due times.
  void SetBehaviour(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls);
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
  /// True in the channel's percentage of the calls.
  bool Stall(int MemoryStalls::*percent) {
    return stalls_ && static_cast<int>(random_() % 100) < (*stalls_).*percent;
  }
  uint64_t Jitter() {
    return stalls_ && stalls_->jitter > 0 ? random_() % (static_cast<uint64_t>(stalls_->jitter) + 1)
                                          : 0;
  }
  void Reorder();
  /// A beat in the direction of `own` may move / has moved.
  bool Affords(const Bucket& own) const;
  void Pay(Bucket& own);
  BusStatus FaultOf(BusFault::Kind kind, uint64_t index) const;
  void DriveRead();
  void FinishWrite(Burst& burst);

  driver::BoardConfig::Ddr ddr_;
  BusMemory& memory_;
  std::optional<MemoryStalls> stalls_;
  std::mt19937_64 random_;
  std::vector<BusFault> faults_;
  uint64_t read_index_ = 0, write_index_ = 0;
  uint64_t hang_reads_until_ = 0, hang_writes_until_ = 0;

  uint64_t cycle_ = 0;
  int64_t price_ = 0;
  Bucket read_, write_, shared_;
  DdrController* controller_ = nullptr;
  int number_ = 0;
  std::deque<Burst> reads_;   ///< in the order of data: of their addresses, unless reordered
  std::deque<Burst> writes_;  ///< front: oldest without response taken
  AxiIn pins_;
};

}  // namespace fragua::sim

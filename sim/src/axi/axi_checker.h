#pragma once
// Rules of AXI4 and the promises of docs/ENGINE.md, checked on the pins between engine and memory
// in every cycle.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "axi/axi_pins.h"

namespace fragua::sim {

class AxiChecker {
 public:
  /// Bus addresses the engine may touch: what the host last wrote to the window registers.
  void SetWindow(uint32_t base, uint32_t limit) {
    window_base_ = base;
    window_limit_ = limit;
  }
  /// Most bursts in flight that the engine promises; no limit otherwise.
  void SetLimits(size_t reads, size_t writes) {
    most_reads_ = reads;
    most_writes_ = writes;
  }
  /// The settled pins of one cycle. Throws Error(kCheck) naming the rule, the channel and the
  /// cycle.
  void Observe(uint64_t cycle, const AxiIn& memory, const AxiOut& engine);

 private:
  void CheckAddress(const char* channel, const AxiAddress& address) const;
  void CheckWrites(const AxiIn& memory, const AxiOut& engine);
  void CheckReadData(const AxiIn& memory, const AxiOut& engine);
  void CheckResponses(const AxiIn& memory, const AxiOut& engine);
  /// `who` broke it: the engine, or the model of the memory.
  [[noreturn]] void Fail(const char* channel, const char* rule,
                         const char* who = "the engine") const;

  uint64_t cycle_ = 0;
  uint32_t window_base_ = 0, window_limit_ = 0;
  // What was offered and not taken in the last cycle.
  AxiAddress held_ar_, held_aw_;
  AxiOut::Data held_w_;
  AxiIn::Data held_r_;
  AxiIn::Response held_b_;
  std::deque<uint32_t> write_beats_;  ///< beats still to come of each accepted write address
  bool inside_burst_ = false;         ///< a beat was taken and it was not the last
  size_t unanswered_ = 0;             ///< bursts whose data have been taken, without a response
  std::array<std::deque<uint32_t>, 2> read_beats_;  ///< still to come, by ID
  size_t most_reads_ = SIZE_MAX, most_writes_ = SIZE_MAX;
};

}  // namespace fragua::sim

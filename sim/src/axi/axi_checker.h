#pragma once
// Rules of AXI4 and AXI4-Lite, and the promises of docs/ENGINE.md, checked on the engine's pins in
// every cycle.

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
  /// The settled pins of one cycle. Throws Error(kCheck) naming the rule, the channel and the
  /// cycle.
  void Observe(uint64_t cycle, const AxiIn& memory, const AxiOut& engine);
  void Observe(uint64_t cycle, const LiteIn& host, const LiteOut& engine);

 private:
  void CheckAddress(const char* channel, const AxiAddress& address) const;
  void CheckWrites(const AxiIn& memory, const AxiOut& engine);
  [[noreturn]] void Fail(const char* channel, const char* rule) const;

  uint64_t cycle_ = 0;
  uint32_t window_base_ = 0, window_limit_ = 0;
  // What was offered and not taken in the last cycle.
  AxiAddress held_ar_, held_aw_;
  AxiOut::Data held_w_;
  LiteOut::Response held_b_, held_r_;
  std::deque<uint32_t> write_beats_;  ///< beats still to come of each accepted write address
  bool lite_aw_ = false, lite_w_ = false, lite_ar_ = false;  ///< accepted, not answered
};

}  // namespace fragua::sim

#pragma once
// Rules of AXI4-Lite, and the promises of docs/ENGINE.md, checked on the register port's pins in
// every cycle. A second request may be accepted while the first one's answer waits.

#include <cstdint>

#include "axi/axi_pins.h"

namespace fragua::sim {

class AxiLiteChecker {
 public:
  static constexpr int kAnswerCycles = 3;  ///< from the request's last handshake to the answer

  /// The settled pins of one cycle. Throws Error(kCheck) naming the rule, the channel, the cycle
  /// and who broke it.
  void Observe(uint64_t cycle, const LiteIn& host, const LiteOut& engine);
  /// The engine was reset: nothing is pending any more.
  void Reset() { *this = {}; }

 private:
  void CheckHost(const LiteIn& host);
  void CheckAnswers(const LiteIn& host, const LiteOut& engine);
  [[noreturn]] void Fail(const char* who, const char* channel, const char* rule) const;

  uint64_t cycle_ = 0;
  LiteIn held_;  ///< its valid bits: offered, not taken in the last cycle
  LiteOut::Response held_b_, held_r_;
  int aw_ = 0, w_ = 0, ar_ = 0;           ///< accepted, not answered
  int write_waits_ = 0, read_waits_ = 0;  ///< cycles since the request was complete
};

}  // namespace fragua::sim

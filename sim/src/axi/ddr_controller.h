#pragma once
// The DDR controller behind several high-performance ports: so many 64-bit beats per engine clock
// cycle over all of them and both directions. Ports are asked in turn, beginning behind the one
// that was served last, so none starves. A write beat that was promised in the same cycle may bring
// the account below zero by a beat per port; nobody is served until the debt is paid.

#include <algorithm>
#include <cstdint>

#include "axi/bucket.h"
#include "fragua/driver/board_config.h"

namespace fragua::sim {

class DdrController {
 public:
  DdrController(const driver::BoardConfig::Ddr& ddr, int ports)
      : gain_(Bucket::Beats(ddr.total_beats_per_cycle)), ports_(ports), level_(Most()) {}

  /// Once per cycle, before any port is driven.
  void BeginCycle() { level_ = std::min(level_ + gain_, Most()); }
  /// The port to be driven first in this cycle; the others follow in a ring.
  int first() const { return first_; }
  bool HoldsBeat() const { return level_ >= Bucket::kOne; }
  void TakeBeat(int port) {
    level_ -= Bucket::kOne;
    first_ = (port + 1) % ports_;
  }
  /// Cycles without any traffic have passed.
  void Rest() { level_ = Most(); }

 private:
  /// What a cycle brings is never lost, whatever fraction was left.
  int64_t Most() const { return gain_ + Bucket::kCap; }

  const int64_t gain_;
  const int ports_;
  int64_t level_;
  int first_ = 0;
};

}  // namespace fragua::sim

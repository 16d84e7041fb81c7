#pragma once
// Bandwidth as a token bucket: gains per cycle, pays per beat, holds a few beats at most.

#include <cstdint>

namespace fragua::sim {

struct Bucket {
  int64_t level = 0, gain = 0;
  void Refill() { level = level + gain < kCap ? level + gain : kCap; }
  bool Holds(int64_t price) const { return level >= price; }
  static constexpr int64_t kOne = 1 << 16;
  static constexpr int64_t kCap = 4 * kOne;
  /// `value` beats per cycle.
  static int64_t Beats(double value) {
    return static_cast<int64_t>(value * static_cast<double>(kOne));
  }
};

}  // namespace fragua::sim

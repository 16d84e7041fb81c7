#pragma once
// Seeded choices. Every part of a campaign takes a generator of its own from the numbers that name
// it, so that each part can be made again alone.

#include <cstdint>
#include <initializer_list>
#include <random>

namespace fragua::campaign {

/// Mixes the numbers that name something into a seed (splitmix64).
inline uint64_t Seed(std::initializer_list<uint64_t> names) {
  uint64_t seed = 0;
  for (const uint64_t name : names) {
    seed += name + 0x9E3779B97F4A7C15u;
    seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9u;
    seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBu;
    seed ^= seed >> 31;
  }
  return seed;
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /// low..high, both possible. Same numbers on every machine.
  int Pick(int low, int high) {
    return low + static_cast<int>(engine_() % (static_cast<uint64_t>(high - low) + 1));
  }
  bool Chance(int percent) { return Pick(0, 99) < percent; }
  int OneOf(std::initializer_list<int> values) {
    return values.begin()[Pick(0, static_cast<int>(values.size()) - 1)];
  }
  uint64_t Bits() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace fragua::campaign

#pragma once
// Random behaviour of the memory port beyond its figures; everything follows from the seed.

#include <cstdint>

namespace fragua::sim {

struct MemoryStalls {
  uint64_t seed = 1;
  /// Percentage of cycles, 0..99, in which a channel refuses (AR, AW, W) or has nothing to give (R,
  /// B).
  int ar = 0, r = 0, aw = 0, w = 0, b = 0;
  int jitter = 0;  ///< every burst takes 0..jitter cycles longer, evenly spread
  /// Reads of different IDs may overtake each other, as AXI allows; the Zynq's port does not.
  bool reorder_reads = false;

  static MemoryStalls Uniform(uint64_t seed, int percent) {
    return {seed, percent, percent, percent, percent, percent, 0, false};
  }
};

}  // namespace fragua::sim

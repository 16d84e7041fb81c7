#pragma once
// What kind of fault makes just these bytes wrong.

#include <cstdint>
#include <span>
#include <string>

namespace fragua::driver {

enum class DifferenceKind {
  kNone,
  kUpperHalves,  ///< every second 32-bit word, the one at the higher address
  kLowerHalves,  ///< every second 32-bit word, the other one
  kLanes,        ///< always the same bits of a 64-bit word
  kLines,        ///< whole cache lines, others right
  kScattered,
};

struct DifferencePattern {
  DifferenceKind kind = DifferenceKind::kNone;
  std::string text;  ///< what is wrong, with numbers; empty when nothing is
};

/// Both equally long, in the order in which they lie in the engine's memory, from the beginning of
/// a cache line on.
DifferencePattern DescribeDifferences(std::span<const uint8_t> expected,
                                      std::span<const uint8_t> got);

}  // namespace fragua::driver

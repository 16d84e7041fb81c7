#pragma once
// Requantisation constants for operators whose rounding is not the engine's own: found by search,
// and proved by trying every input there is (docs/NUMERICS.md, "ADD and AVERAGE_POOL_2D on the
// engine").

#include <cstdint>
#include <optional>

#include "fragua/driver/arm_kernels.h"
#include "fragua/model/requantise.h"

namespace fragua::driver {

/// Both inputs of an ADD enter the accumulators `kPairWeight` times, which leaves the engine six
/// fractional bits more.
inline constexpr int kPairWeight = 64;

/// What the engine's PAIR adds: kPairWeight * (a - za) * ma + kPairWeight * (b - zb) * mb, shifted.
struct PairFactors {
  int32_t ma = 0, mb = 0;  ///< 0..2^31 - 1
  int shift = 0;           ///< 0..31
};

/// Factors with which PAIR equals the ADD for all 65,536 pairs of bytes; nothing when none of the
/// candidates does. `add`: its tensors are ignored.
std::optional<PairFactors> FindPairFactors(const AddArgs& add);

/// A factor with which requantisation of the sum of `count` bytes equals their average for every
/// sum there is, clamped to [act_min, act_max]; nothing when none of the candidates does.
std::optional<model::Multiplier> FindAverageFactor(int count, int32_t act_min, int32_t act_max);

}  // namespace fragua::driver

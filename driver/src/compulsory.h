#pragma once
// The bytes that no schedule of a segment's stages can save, whatever the compiler does: the
// measure for what it moves. See docs/COMPILER.md.

#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/program.h"
#include "stage.h"

namespace fragua::driver {

/// Reads and writes that stages which run one after the other, each with all its maps whole, cannot
/// do without, by the operator that owns them:
/// * the packed weights and parameters of every convolution, once;
/// * the rows some tap reads of every map that must be in DDR, once for every stage that reads it;
/// * the results that go into such a map, once; sums, once.
/// A map must be in DDR when the processor makes or reads it, or when it is larger than the
/// activation buffer: between two stages it can be nowhere else. A map that would fit does not
/// count, even where there is no room beside it, nor do results between the two convolutions of a
/// stage, commands, and stamp records. So this is below what is possible rather than above it.
/// Depends on the segment and the buffer's size alone, not on plans.
std::vector<OpTraffic> CompulsoryTraffic(const Segment& segment, const EngineConfig& engine);

}  // namespace fragua::driver

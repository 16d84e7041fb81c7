#pragma once
// Places the maps of a segment in one piece of DDR, so that maps that are never needed at the same
// time share it.

#include <cstdint>

#include "stage.h"

namespace fragua::driver {

/// Sets arena_offset of every map that is not on chip; returns the bytes needed.
uint32_t PlaceMaps(Segment& segment);

}  // namespace fragua::driver

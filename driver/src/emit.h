#pragma once
// Writes down the commands of a planned segment, one after the other.

#include <vector>

#include "chip_plan.h"
#include "schedule.h"
#include "stage.h"

namespace fragua::driver {

/// Adds the pieces of sums to the segment's maps. DDR offsets in the schedule are relative to maps.
Schedule EmitSegment(Segment& segment, const std::vector<StagePlan>& plans,
                     const CompileOptions& options);

}  // namespace fragua::driver

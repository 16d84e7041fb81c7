#pragma once
// Decides what stays on chip: where in the activation buffer each stage keeps its input, and which
// results never go to DDR.

#include <vector>

#include "stage.h"
#include "strips.h"

namespace fragua::driver {

struct StagePlan {
  StripPlan strips;
  int in_base = 0;      ///< first activation buffer word of the stage's input view
  int middle_base = 0;  ///< first word of the first convolution's result in its buffer
};

/// One per stage; marks maps that stay on chip. A stage's input and its successor's lie at opposite
/// ends of the buffer where possible, so that the successor's first rows load meanwhile.
std::vector<StagePlan> PlanChip(Segment& segment, const CompileOptions& options);

}  // namespace fragua::driver

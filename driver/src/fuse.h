#pragma once
// Builds the stages of a segment: which operators become one, and which map each reads and writes.

#include <span>

#include "conv_unit.h"
#include "fragua/driver/compiler.h"
#include "stage.h"

namespace fragua::driver {

/// `ops`: consecutive operators, each of which can run on the engine. PAD operators in it are taken
/// over by the convolutions that read them. Weight images are packed.
Segment BuildSegment(const GraphFacts& facts, std::span<const int> ops,
                     const CompileOptions& options);

}  // namespace fragua::driver

#pragma once
// From a segment of operators to a finished program.

#include <span>

#include "fragua/driver/compiler.h"
#include "graph_facts.h"

namespace fragua::driver {

/// `ops`: consecutive operators that the engine can run. `first_tag`: TAG of the first command.
Program CompileSegment(const GraphFacts& facts, std::span<const int> ops, uint32_t first_tag,
                       const CompileOptions& options);

}  // namespace fragua::driver

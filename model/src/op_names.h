#pragma once
#include "fragua/model/graph.h"

namespace fragua::model::internal {

/// Gives every operator a readable name of its own: that of its first output tensor where it
/// serves, else type and position ("conv_2d_07"). The same graph always gets the same names.
void NameOps(Graph* graph);

}  // namespace fragua::model::internal

#pragma once
// From one operator of a TensorFlow Lite file, its attributes as the graph has them.

#include <string>

#include "fragua/model/graph.h"
#include "tflite_format.h"

namespace fragua::model::internal {

/// Fills op.attributes from the options table and from constant parameter operands, which are then
/// removed from op.inputs; op.type, op.inputs (all of them) and op.outputs (in range) are set
/// already. An absent bias becomes -1. Throws Error(kInput) with the text of `where` (file,
/// operator, position) in front.
void ReadOptions(const fb::Operator& source, const Graph& graph, const std::string& where, Op* op);

}  // namespace fragua::model::internal

#pragma once
// `check --localise`.

#include "execution.h"
#include "fragua/model/graph.h"
#include "options.h"

namespace fragua::app {

/// Throws Error(kInput) for what cannot be looked into: a backend other than rtl, a build without
/// it, a folder that cannot be written.
void CheckLocalise(const RunOptions& options);

/// Prints what it finds; 0 when every byte and every word is right, else 1.
int Localise(const model::Graph& graph, const Inference& inputs, const RunOptions& options);

}  // namespace fragua::app

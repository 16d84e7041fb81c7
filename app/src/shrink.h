#pragma once
// Makes a network with a mismatch as small as it can be while the mismatch persists.

#include <functional>
#include <vector>

#include "execution.h"
#include "fragua/model/graph.h"

namespace fragua::app {

struct Case {
  model::Graph graph;
  Inference inputs;
};

/// The same operator on a part of its data: half of the rows, columns, input channels or output
/// channels, then all but one. Every one is a valid network. Empty for a network of more than one
/// operator, and for operators whose parts are not like the whole (a mean, a softmax).
std::vector<Case> SmallerCases(const Case& whole);

struct ShrinkOptions {
  int tries = 150;  ///< calls of `persists` at most
  std::function<void(int tries, const Case& smallest)> progress;
};

/// Greedy: takes the first smaller case that persists until none does, or until the tries are used
/// up. `whole` persists.
Case Shrink(Case whole, const std::function<bool(const Case&)>& persists,
            const ShrinkOptions& options = {});

}  // namespace fragua::app

#pragma once
// Weights, biases, scales, zero points and activations at the edges of their ranges.

#include "fragua/model/graph.h"
#include "random.h"

namespace fragua::campaign {

/// Replaces the values of every convolution and every map's quantisation; shapes stay, and so do
/// the rules that tie the scales of joined and pooled maps together. Accumulators keep inside 25
/// bits.
void SetEdgeValues(model::Graph& graph, Random& random);

}  // namespace fragua::campaign

#pragma once
// The golden model's word on every layer of one inference.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fragua/model/graph.h"
#include "report.h"

namespace fragua::app {

class TapAssembler;

/// Bytes of a tensor as the backend has it, empty when it has not got it.
using TensorSource = std::function<std::span<const uint8_t>(int tensor)>;

/// Runs the golden model on `inputs` and compares every tensor that a source knows (all sources are
/// compared; a concatenation that none has is joined from its parts). A convolution, pool or
/// concatenation placed on the fabric that no source has in full does not match (with `must_show`:
/// a device without a tap shows nothing but what it stores). Fills `match` of
/// report.layers (one per operator of the graph) and appends to report.mismatches. `origins`
/// (optional) adds the command and cycle that made the first differing element. Does nothing in a
/// build without the golden model.
void CompareWithGolden(const model::Graph& graph, const std::vector<std::vector<uint8_t>>& inputs,
                       const std::vector<TensorSource>& sources, const TapAssembler* origins,
                       RunReport& report, bool must_show = true);

}  // namespace fragua::app

#pragma once
// Runs a graph with the golden arithmetic: bit-exact int8 (docs/NUMERICS.md) or float, chosen by
// the tensors' types.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::golden {

/// Little-endian bytes of every tensor, by tensor index; empty for constants and tensors not
/// computed.
using Values = std::vector<std::vector<uint8_t>>;

struct RunOptions {
  bool reference_only = false;  ///< plain loops only; otherwise fast paths proved equal to them
  /// Called before each operator with (index, count); may throw to stop.
  std::function<void(int, int)> progress;
};

/// The graph has passed model::Validate; what its types or parameters ask beyond the implemented
/// operators is refused with Error(kInput) that names the operator and its position. int8 results
/// equal the TensorFlow Lite Micro reference kernels byte for byte; float sums may differ in their
/// last bits between fast paths and plain loops. `inputs` in the order of graph.inputs, each
/// exactly the tensor's bytes; throws Error(kInput) with found and expected sizes otherwise.
Values Run(const model::Graph& graph, std::span<const std::vector<uint8_t>> inputs,
           const RunOptions& options = {});

}  // namespace fragua::golden

#pragma once
// One random small network of a campaign: a topology that some way of fusing on the engine belongs
// to, then values at the edges of what the arithmetic has to take.

#include <cstdint>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::campaign {

/// What a net is built around.
enum class Kind {
  kChain,      ///< convolutions of any kernel, stride and padding
  kFire,       ///< squeeze, two expands, concatenation; pool behind it now and then
  kConvPool,   ///< max-pool 3x3 or 2x2 behind a convolution
  kConvMean,   ///< sum of all pixels behind a convolution
  kExpand,     ///< two convolutions of one map, joined
  kImage,      ///< packed first layer
  kDepthwise,  ///< depthwise, alone or with a 1x1
  kConnected,  ///< fully connected
  kPoolAlone,  ///< pools and means with no convolution before them
  kPad,        ///< explicit PAD in front of a convolution
  kWide,       ///< up to 1024 channels on a small map
  kStrips,     ///< a map that does not fit on chip
  kOnChip,     ///< a chain of maps small enough to stay
  kSum,        ///< residual additions
  kAverage,    ///< average pools, some of the whole map
  kCount,
};

struct Net {
  Kind kind = Kind::kChain;
  model::Graph graph;  ///< valid, with inputs and outputs of its own
};

/// The same seed gives the same net. `mac_budget`: about the most multiply-accumulates of a layer;
/// `chip_bytes`: of the activation buffer, to make maps that do or do not fit.
Net RandomNet(uint64_t seed, int64_t mac_budget, int64_t chip_bytes);

/// Bytes for the graph's inputs: random, constant at either end, or alternating ends.
std::vector<std::vector<uint8_t>> RandomInputs(const model::Graph& graph, uint64_t seed);

}  // namespace fragua::campaign

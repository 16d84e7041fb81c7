#pragma once
// Networks of one layer, for a look at whether the engine computes.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

struct SelfTestLayer {
  std::string what;
  model::Graph graph;  ///< one input, one output
  std::vector<uint8_t> input;
};

/// Gives back its input, in which every bit of a 64-bit word takes both values and no 32-bit word
/// is like its neighbours. With as many channels as the engine makes at a time, so that bytes lie
/// in memory in the tensor's order.
SelfTestLayer CopyLayer(const EngineConfig& engine);
/// 3x3 with padding, biases and a multiplier for every channel.
SelfTestLayer ConvolutionLayer();

}  // namespace fragua::driver

#pragma once
// Built-in networks: a topology from YAML, int8, with seeded synthetic weights. Cycles and
// bit-exactness do not depend on the values of weights; labels do, and mean nothing here
// (Graph::synthetic_weights).

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::model {

enum class LayerType { kConv, kMaxPool, kFire, kMean };

/// One entry of a topology's `layers`. Every convolution is followed by ReLU; pooling is in ceil
/// mode.
struct Layer {
  LayerType type = LayerType::kConv;
  std::string name;
  int outputs = 0;  ///< conv: output channels, 0 = as many as there are classes
  int kernel = 1, stride = 1, padding = 0;        ///< conv and max_pool; padding: conv only
  int squeeze = 0, expand1x1 = 0, expand3x3 = 0;  ///< fire: output channels
  bool bypass = false;                            ///< fire: the input is added to the output
};

struct Topology {
  std::string name;
  int input_size = 0;  ///< rows and columns
  int input_channels = 3;
  int classes = 0;
  std::vector<Layer> layers;
};

/// Reads configs/networks/NAME.yaml. Throws Error(kInput) naming file, line, key, found and
/// expected.
Topology ReadTopology(const std::string& path);

/// The network for pictures of input_size x input_size and so many classes; 0 = what the topology
/// says. Input: int8 RGB, pixel - 128 (input_encoding "rgb8"). Operators are called as in the
/// literature: "conv1", "fire2/squeeze1x1", "fire2/expand1x1", "fire2/expand3x3", "fire2/concat",
/// "fire3/bypass", "pool3", "mean". The same seed gives the same bytes on every machine. Scales are
/// such that on pictures every layer's outputs spread over most of the int8 range. Throws
/// Error(kInput) when the network does not fit the input size.
Graph BuildNetwork(const Topology& topology, int input_size, int classes, uint32_t seed);
Graph BuildNetwork(const std::string& topology_yaml_path, int input_size, int classes,
                   uint32_t seed);

}  // namespace fragua::model

#include <fmt/format.h>

#include <set>

#include "fragua/model/networks.h"
#include "fragua/model/yaml_reader.h"

namespace fragua::model {
namespace {

constexpr int kMaxSize = 4096;
constexpr int kMaxChannels = 8192;
constexpr int kMaxKernel = 15;

Layer ReadConv(const YamlNode& node, Layer layer) {
  const YamlNode outputs = node.Get("outputs");
  const bool is_classes = outputs.is_scalar() && outputs.AsText() == "classes";
  layer.outputs = is_classes ? 0 : outputs.AsInt(1, kMaxChannels);
  layer.kernel = node.GetInt("kernel", 1, kMaxKernel);
  layer.stride = node.GetIntOr("stride", 1, 1, kMaxKernel);
  layer.padding = node.GetIntOr("padding", 0, 0, layer.kernel - 1);
  return layer;
}

Layer ReadPool(const YamlNode& node, Layer layer) {
  layer.kernel = node.GetInt("kernel", 1, kMaxKernel);
  // With a larger stride a window in ceil mode could lie wholly beyond the map.
  layer.stride = node.GetInt("stride", 1, layer.kernel);
  return layer;
}

Layer ReadFire(const YamlNode& node, Layer layer) {
  layer.squeeze = node.GetInt("squeeze", 1, kMaxChannels);
  layer.expand1x1 = node.GetInt("expand1x1", 1, kMaxChannels);
  layer.expand3x3 = node.GetInt("expand3x3", 1, kMaxChannels);
  layer.bypass = node.GetBoolOr("bypass", false);
  return layer;
}

Layer ReadLayer(const YamlNode& node) {
  Layer layer;
  layer.type = static_cast<LayerType>(node.GetChoice("type", {"conv", "max_pool", "fire", "mean"}));
  layer.name = node.GetText("name");
  switch (layer.type) {
    case LayerType::kConv:
      layer = ReadConv(node, layer);
      break;
    case LayerType::kMaxPool:
      layer = ReadPool(node, layer);
      break;
    case LayerType::kFire:
      layer = ReadFire(node, layer);
      break;
    case LayerType::kMean:
      break;
  }
  node.RejectUnknownKeys();
  return layer;
}

}  // namespace

Topology ReadTopology(const std::string& path) {
  const YamlNode root = ReadYaml(path);
  Topology topology;
  topology.name = root.GetText("name");
  const YamlNode input = root.Get("input");
  topology.input_size = input.GetInt("size", 1, kMaxSize);
  // A picture: the input encoding is RGB.
  topology.input_channels = input.GetInt("channels", 3, 3);
  input.RejectUnknownKeys();
  topology.classes = root.GetInt("classes", 1, kMaxChannels);
  const YamlNode layers = root.Get("layers");
  root.RejectUnknownKeys();
  std::set<std::string> names;
  for (const YamlNode& node : layers.Items(1)) {
    topology.layers.push_back(ReadLayer(node));
    const std::string& name = topology.layers.back().name;
    if (!names.insert(name).second) node.Fail(fmt::format("there is a layer '{}' already", name));
    const bool is_last = topology.layers.size() == layers.Items().size();
    if ((topology.layers.back().type == LayerType::kMean) != is_last) {
      node.Fail("the last layer must be a mean, and only the last");
    }
  }
  return topology;
}

}  // namespace fragua::model

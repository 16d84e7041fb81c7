#include "fragua/model/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"
#include "graph_equality.h"
#include "test_graphs.h"

namespace fragua::model {
namespace {

using ::testing::HasSubstr;

std::string Config(const std::string& name) {
  return std::string(FRAGUA_SOURCE_DIR) + "/configs/networks/" + name + ".yaml";
}

int64_t Macs(const Graph& graph) {
  return std::accumulate(graph.ops.begin(), graph.ops.end(), int64_t{0},
                         [&](int64_t sum, const Op& op) { return sum + MacCount(graph, op); });
}

const Op& Find(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.ops.begin(), graph.ops.end(),
                                  [&](const Op& op) { return op.name == name; });
  if (found == graph.ops.end()) throw std::runtime_error("no operator " + name);
  return *found;
}

std::vector<int> ShapeOf(const Graph& graph, const std::string& name) {
  return graph.tensor(Find(graph, name).outputs[0]).shape;
}

using Shape = std::vector<int>;

/// FNV-1a over all constants, and over all scales as bits.
uint64_t Fingerprint(const Graph& graph) {
  uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&hash](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (const Tensor& tensor : graph.tensors) {
    for (uint8_t byte : tensor.data) add(byte);
    for (float scale : tensor.quant.scale) {
      const auto bits = std::bit_cast<uint32_t>(scale);
      for (int shift = 0; shift < 32; shift += 8) add(static_cast<uint8_t>(bits >> shift));
    }
  }
  return hash;
}

TEST(Networks, SqueezeNet11HasThePublishedShapes) {
  const Graph graph = BuildNetwork(Config("squeezenet-1.1"), 0, 0, 1);
  EXPECT_EQ(graph.name, "squeezenet-1.1");
  EXPECT_TRUE(graph.synthetic_weights);
  EXPECT_EQ(graph.input_encoding, "rgb8");
  EXPECT_EQ(Macs(graph), 349151936);
  EXPECT_EQ(graph.tensor(graph.inputs[0]).shape, (Shape{1, 224, 224, 3}));
  EXPECT_EQ(graph.tensor(graph.inputs[0]).quant.scale, std::vector<float>{1.0f});
  EXPECT_EQ(graph.tensor(graph.inputs[0]).quant.zero_point, std::vector<int32_t>{-128});
  EXPECT_EQ(ShapeOf(graph, "conv1"), (Shape{1, 111, 111, 64}));
  EXPECT_EQ(ShapeOf(graph, "pool1"), (Shape{1, 55, 55, 64}));
  EXPECT_EQ(ShapeOf(graph, "fire2/squeeze1x1"), (Shape{1, 55, 55, 16}));
  EXPECT_EQ(ShapeOf(graph, "fire3/concat"), (Shape{1, 55, 55, 128}));
  EXPECT_EQ(ShapeOf(graph, "pool3"), (Shape{1, 27, 27, 128}));
  EXPECT_EQ(ShapeOf(graph, "pool5"), (Shape{1, 13, 13, 256}));
  EXPECT_EQ(ShapeOf(graph, "fire9/expand3x3"), (Shape{1, 13, 13, 256}));
  EXPECT_EQ(ShapeOf(graph, "conv10"), (Shape{1, 13, 13, 1000}));
  EXPECT_EQ(ShapeOf(graph, "mean"), (Shape{1, 1000}));
  EXPECT_EQ(Find(graph, "fire5/expand3x3").attributes.padding, (Padding{1, 1, 1, 1}));
  EXPECT_EQ(graph.ops.size(), 38u);
}

TEST(Networks, SqueezeNet10HasThePublishedShapes) {
  const Graph graph = BuildNetwork(Config("squeezenet-1.0"), 0, 0, 1);
  EXPECT_EQ(ShapeOf(graph, "conv1"), (Shape{1, 111, 111, 96}));
  EXPECT_EQ(ShapeOf(graph, "pool4"), (Shape{1, 27, 27, 256}));
  EXPECT_EQ(ShapeOf(graph, "pool8"), (Shape{1, 13, 13, 512}));
  EXPECT_EQ(ShapeOf(graph, "mean"), (Shape{1, 1000}));
  // The same layers as the reference model, whose conv10 is padded to 15x15: 2*2*14 pixels of
  // 512*1000 more.
  EXPECT_EQ(Macs(graph), 861339936 - (15 * 15 - 13 * 13) * 512000);
}

TEST(Networks, BypassAddsAroundEverySecondFire) {
  const Graph graph = BuildNetwork(Config("squeezenet-1.0-bypass"), 63, 10, 1);
  std::vector<std::string> adds;
  for (const Op& op : graph.ops) {
    if (op.type == OpType::kAdd) adds.push_back(op.name);
  }
  EXPECT_EQ(adds, (std::vector<std::string>{"fire3/bypass", "fire5/bypass", "fire7/bypass",
                                            "fire9/bypass"}));
  const Op& add = Find(graph, "fire5/bypass");
  EXPECT_EQ(add.inputs, (std::vector<int>{Find(graph, "pool4").outputs[0],
                                          Find(graph, "fire5/concat").outputs[0]}));
  EXPECT_EQ(Find(graph, "fire6/squeeze1x1").inputs[0], add.outputs[0]);
}

// 113 -> 56 exactly, 56 -> 28 with a window that hangs over.
TEST(Networks, PoolingIsInCeilMode) {
  const Graph graph = BuildNetwork(Config("squeezenet-1.1"), 227, 10, 1);
  EXPECT_EQ(ShapeOf(graph, "pool1"), (Shape{1, 56, 56, 64}));
  EXPECT_EQ(Find(graph, "pool1").attributes.padding, Padding{});
  EXPECT_EQ(ShapeOf(graph, "pool3"), (Shape{1, 28, 28, 128}));
  EXPECT_EQ(Find(graph, "pool3").attributes.padding, (Padding{0, 0, 1, 1}));
}

TEST(Networks, AnySizeThatFitsAndAnyClassCount) {
  for (const char* name : {"squeezenet-1.0", "squeezenet-1.1", "squeezenet-1.0-bypass"}) {
    int classes = 1;
    for (int size : {7, 8, 15, 33, 56}) {
      SCOPED_TRACE(::testing::Message() << name << " " << size << " " << classes);
      const Graph graph = BuildNetwork(Config(name), size, classes, 3);
      EXPECT_EQ(graph.tensor(graph.outputs[0]).shape, (Shape{1, classes}));
      classes += 5;
    }
  }
  EXPECT_THAT(ErrorOf([] { BuildNetwork(Config("squeezenet-1.0"), 6, 10, 1); }),
              HasSubstr("layer 'conv1': the 7x7 kernel"));
  EXPECT_THAT(ErrorOf([] { BuildNetwork(Config("squeezenet-1.0"), -1, 10, 1); }),
              HasSubstr("found input size -1"));
  EXPECT_THAT(ErrorOf([] { BuildNetwork(Config("squeezenet-1.0"), 32, 5000, 1); }),
              HasSubstr("5000 classes"));
}

TEST(Networks, WeightsFollowTheSeedAlone) {
  const Graph a = BuildNetwork(Config("squeezenet-1.1"), 32, 10, 5);
  ExpectSameGraph(a, BuildNetwork(Config("squeezenet-1.1"), 32, 10, 5));
  const Graph b = BuildNetwork(Config("squeezenet-1.1"), 32, 10, 6);
  const int w = Find(a, "conv1").inputs[1];
  EXPECT_NE(a.tensor(w).data, b.tensor(w).data);
  // Fixed for good, and the same on every machine: published figures are for these weights.
  EXPECT_EQ(Fingerprint(a), 15244647497470884266u);
}

TEST(Networks, WeightsUseTheirRangeAndScalesDiffer) {
  const Graph graph = BuildNetwork(Config("squeezenet-1.1"), 32, 10, 1);
  for (const Op& op : graph.ops) {
    if (op.type != OpType::kConv2d) continue;
    SCOPED_TRACE(op.name);
    const Tensor& weights = graph.tensor(op.inputs[1]);
    const auto values = weights.as<int8_t>();
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), 127);
    EXPECT_EQ(*std::min_element(values.begin(), values.end()),
              -127);  // -128 does not fit the engine
    EXPECT_EQ(weights.quant.scale.size(), static_cast<size_t>(weights.shape[0]));
    EXPECT_NE(weights.quant.scale.front(), weights.quant.scale.back());
    EXPECT_EQ(op.attributes.activation, Activation::kRelu);
  }
}

TEST(Networks, SurviveATfliteFile) {
  for (const char* name : {"squeezenet-1.1", "squeezenet-1.0-bypass"}) {
    const Graph graph = BuildNetwork(Config(name), 56, 10, 1);
    ExpectSameGraph(graph, ReadTfliteBytes(WriteTfliteBytes(graph), "x.tflite"));
  }
}

class TopologyErrors : public ::testing::Test {
 protected:
  std::string ErrorFor(const std::string& layers, const std::string& head = "") {
    const std::string path = ::testing::TempDir() + "fragua_networks_test.yaml";
    std::ofstream(path) << "name: n\n"
                        << head << "input: {size: 32, channels: 3}\nclasses: 10\nlayers:\n"
                        << layers;
    const std::string text = ErrorOf([&] { BuildNetwork(path, 0, 0, 1); });
    std::remove(path.c_str());
    return text;
  }
};

TEST_F(TopologyErrors, NameLineAndField) {
  const std::string mean = "  - {type: mean, name: m}\n";
  EXPECT_THAT(ErrorFor(mean, "clases: 3\n"), HasSubstr(".yaml:2:9: clases: unknown key 'clases'"));
  EXPECT_THAT(ErrorFor("  - {type: conv, name: a, outputs: 4, kernel: 3, strid: 2}\n" + mean),
              HasSubstr(":5:57: layers[0].strid: unknown key 'strid'"));
  EXPECT_THAT(ErrorFor("  - {type: cov, name: a}\n"),
              HasSubstr("layers[0].type: found 'cov', expected one of: conv"));
  EXPECT_THAT(ErrorFor("  - {type: conv, name: a, outputs: 0, kernel: 3}\n"),
              HasSubstr("from 1 to 8192"));
  EXPECT_THAT(ErrorFor("  - {type: max_pool, name: a, kernel: 2, stride: 3}\n"),
              HasSubstr("from 1 to 2"));
  EXPECT_THAT(ErrorFor(mean + mean), HasSubstr("the last layer must be a mean"));
  EXPECT_THAT(ErrorFor("  - {type: conv, name: a, outputs: 4, kernel: 3}\n"),
              HasSubstr("the last layer must be a mean"));
  EXPECT_THAT(ErrorFor("  - {type: conv, name: m, outputs: 4, kernel: 3}\n" + mean),
              HasSubstr("a layer 'm' already"));
  EXPECT_THAT(ErrorFor("  []\n"), HasSubstr("at least 1"));
}

TEST_F(TopologyErrors, BypassNeedsEqualChannels) {
  EXPECT_THAT(
      ErrorFor("  - {type: conv, name: c, outputs: 7, kernel: 3}\n"
               "  - {type: fire, name: f, squeeze: 2, expand1x1: 4, expand3x3: 4, bypass: true}\n"
               "  - {type: mean, name: m}\n"),
      HasSubstr("layer 'f': bypass needs as many output as input channels, found 8 and 7"));
}

}  // namespace
}  // namespace fragua::model

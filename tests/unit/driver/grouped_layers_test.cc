// Depthwise and fully-connected layers on the functional model, byte for byte against golden.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "every_engine.h"
#include "fragua/model/requantise.h"
#include "net_builder.h"

namespace fragua {
namespace {

using test::NetBuilder;
using test::RunEverywhere;
using test::Square;

/// Everything computes on the engine, whatever its shape.
void ExpectAllOnFabric(const model::Graph& graph) {
  for (const test::NamedEngine& engine : test::Engines()) {
    for (size_t op = 0; op < graph.ops.size(); ++op) {
      EXPECT_EQ(driver::WhyNotPlaceable(graph, static_cast<int>(op), engine.config), "")
          << engine.name << ": " << graph.ops[op].name;
    }
  }
}

void CheckEverywhere(NetBuilder& net) {
  ExpectAllOnFabric(net.graph());
  RunEverywhere(net);
}

struct DepthwiseCase {
  const char* name;
  int height, width, channels;
  test::ConvShape shape;
};

class DepthwiseTable : public testing::TestWithParam<DepthwiseCase> {};

TEST_P(DepthwiseTable, MatchesGolden) {
  const DepthwiseCase& c = GetParam();
  NetBuilder net(7);
  net.Output(net.Depthwise(net.Input(c.height, c.width, c.channels), c.shape, "dw"));
  CheckEverywhere(net);
}

test::ConvShape Relu6(test::ConvShape shape) {
  shape.activation = model::Activation::kRelu6;
  return shape;
}

INSTANTIATE_TEST_SUITE_P(
    Compiler, DepthwiseTable,
    testing::Values(DepthwiseCase{"d3x3", 9, 8, 16, Square(0, 3, 1, 1)},
                    DepthwiseCase{"d3x3_stride2", 13, 11, 40, Square(0, 3, 2)},
                    DepthwiseCase{"d3x3_stride2_pad1_relu6", 12, 12, 24, Relu6(Square(0, 3, 2, 1))},
                    DepthwiseCase{"image_stride2", 15, 17, 3, Square(0, 3, 2, 1)},
                    DepthwiseCase{"d5x5", 9, 10, 33, Square(0, 5, 1, 2)},
                    DepthwiseCase{"d1x1", 6, 7, 20, Square(0, 1)},
                    DepthwiseCase{"d1x1_stride3", 10, 11, 8, Square(0, 1, 3)},
                    DepthwiseCase{"global_7x7", 7, 7, 50, Square(0, 7)},
                    DepthwiseCase{"asymmetric", 11, 14, 12, {0, 5, 2, 2, 1, {2, 0, 1, 1}}},
                    DepthwiseCase{"kernel_larger_than_map", 3, 3, 8, Square(0, 7, 1, 3)},
                    DepthwiseCase{"many_channels", 3, 4, 200, Square(0, 3, 1, 1)}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(GroupedLayers, DepthwiseOfOneChannelIsAConvolution) {
  for (const int multiplier : {1, 8, 40}) {
    NetBuilder net(61);
    const int x = net.Depthwise(net.Input(15, 14, 1), Square(0, 3, 2, 1), "first", multiplier);
    net.Output(net.Depthwise(x, Square(0, 3, 1, 1), "second"));
    CheckEverywhere(net);
    if (HasFatalFailure()) return;
  }
}

TEST(GroupedLayers, SeparableBlocksRunInChains) {
  NetBuilder net(3);
  int x = net.Conv(net.Input(15, 14, 3), Square(24, 3, 2, 1), "conv");
  x = net.Depthwise(x, Relu6(Square(0, 3, 1, 1)), "dw1");
  x = net.Conv(x, Square(40, 1), "pw1");
  x = net.Depthwise(x, Square(0, 3, 2, 1), "dw2");
  net.Output(net.Conv(x, Square(50, 1), "pw2"));
  CheckEverywhere(net);
}

TEST(GroupedLayers, DepthwiseTakesOverAPad) {
  NetBuilder net(41);
  const int padded = net.Pad(net.Input(9, 10, 16, -3), {1, 0, 2, 1}, "pad");
  net.Output(net.Depthwise(padded, Square(0, 3, 2), "dw"));
  CheckEverywhere(net);
}

TEST(GroupedLayers, PoolsAndMeansOnTheOutputPathOfDepthwise) {
  for (const bool mean : {false, true}) {
    NetBuilder net(13);
    const int x = net.Depthwise(net.Input(12, 13, 40), Square(0, 3, 1, 1), "dw");
    net.Output(mean ? net.Mean(x) : net.MaxPool(x, 3, 0, true, "pool"));
    CheckEverywhere(net);
    if (HasFatalFailure()) return;
  }
}

TEST(GroupedLayers, DepthwiseKeepsTheHolesOfAConcatenation) {
  NetBuilder net(31);
  const int x = net.Fire(net.Input(9, 8, 16), 12, 20, 28, "fire");
  int y = net.Depthwise(net.Pad(x, {1, 1, 1, 1}, "pad"), Square(0, 3), "dw");
  y = net.MaxPool(y, 2, 0, false, "pool");
  y = net.Depthwise(y, Square(0, 3, 1, 1), "dw2");
  net.Output(net.Conv(y, Square(30, 1), "conv"));
  net.Output(y);
  CheckEverywhere(net);
}

TEST(GroupedLayers, DepthwiseOfOnePartOfAConcatenation) {
  NetBuilder net(37);
  const int in = net.Input(8, 8, 16);
  const int a = net.Conv(in, Square(20, 1), "a", 0.1f, -5);
  const int b = net.Conv(in, Square(36, 1), "b", 0.1f, -5);
  net.Output(net.Concat({a, b}, "joined"));
  net.Output(net.Depthwise(b, Square(0, 3, 1, 1), "dw"));
  CheckEverywhere(net);
}

TEST(GroupedLayers, FullyConnectedWithOneScaleAndWithMany) {
  for (const bool per_channel : {false, true}) {
    NetBuilder net(43);
    int x = net.Flatten(net.Input(1, 1, 70), "flatten");
    x = net.FullyConnected(x, 45, per_channel, "fc1");
    net.Output(net.FullyConnected(x, 10, per_channel, "fc2"));
    CheckEverywhere(net);
    if (HasFatalFailure()) return;
  }
}

/// Sums that a factor from a product in single precision rounds otherwise than one in double.
std::vector<int32_t> TellingSums(float in, float weight, float out) {
  const float product = in * weight;
  const auto single = model::ToMultiplier(double{product} / double{out});
  const auto twice = model::ToMultiplier(double{in} * double{weight} / double{out});
  std::vector<int32_t> sums;
  for (int32_t sum = 1 << 23; sum < (1 << 24) - 1000 && sums.size() < 20; ++sum) {
    const int value = model::Requantise(sum, single);
    if (value < 128 && value != model::Requantise(sum, twice)) sums.push_back(sum);
  }
  return sums;
}

TEST(GroupedLayers, FullyConnectedWithOneScaleMultipliesInSinglePrecision) {
  NetBuilder net(67);
  net.Output(net.FullyConnected(net.Input(1, 1, 4, 0), 20, false, "fc"));
  model::Graph& graph = net.graph();
  const model::Op& op = graph.ops[0];
  model::Tensor& weights = graph.tensor(op.inputs[1]);
  model::Tensor& bias = graph.tensor(op.inputs[2]);
  graph.tensor(0).quant.scale[0] = 0.0137f;
  weights.quant.scale[0] = 0.0113f;
  graph.tensor(op.outputs[0]).quant = {{20.5f}, {0}, 0};
  graph.ops[0].attributes.activation = model::Activation::kNone;
  const std::vector<int32_t> sums = TellingSums(0.0137f, 0.0113f, 20.5f);
  ASSERT_EQ(sums.size(), 20u);
  std::fill(weights.data.begin(), weights.data.end(), uint8_t{1});
  for (size_t k = 0; k < sums.size(); ++k) {
    for (size_t b = 0; b < 4; ++b) {
      bias.data[4 * k + b] = static_cast<uint8_t>(static_cast<uint32_t>(sums[k]) >> (8 * b));
    }
  }
  ExpectAllOnFabric(graph);
  test::ExpectSameAsGolden(graph, {std::vector<uint8_t>(4, 0)}, {});  // the sums are the biases
}

void SetBias(model::Tensor& bias, size_t channel, int32_t value) {
  for (size_t b = 0; b < 4; ++b) {
    bias.data[4 * channel + b] = static_cast<uint8_t>(static_cast<uint32_t>(value) >> (8 * b));
  }
}

// Normalisation folded into a nearly dead channel leaves a tiny weight scale and an enormous bias.
TEST(GroupedLayers, BiasesThatNoAccumulatorHoldsAreReplacedByEqualOnes) {
  NetBuilder net(71);
  net.Output(net.Depthwise(net.Input(9, 8, 24, 5), Square(0, 3, 1, 1), "dw"));
  model::Graph& graph = net.graph();
  const model::Op& op = graph.ops[0];
  graph.ops[0].attributes.activation = model::Activation::kNone;
  model::Tensor& weights = graph.tensor(op.inputs[1]);
  model::Tensor& bias = graph.tensor(op.inputs[2]);
  graph.tensor(op.outputs[0]).quant = {{0.05f}, {-20}, 0};
  const float in = graph.tensor(0).quant.scale[0];
  // The result half way between two values, and in the middle of one; both signs.
  const double results[] = {23.0, 18.5, -40.0, -7.5, 0.3, 60.5};
  for (size_t i = 0; i < 6; ++i) {
    const int32_t value = (i % 2 == 0 ? 90'000'000 : 30'000'000) * (results[i] < 0 ? -1 : 1);
    weights.quant.scale[3 * i] = static_cast<float>(results[i] * 0.05 / value / double{in});
    SetBias(bias, 3 * i, value);
  }
  CheckEverywhere(net);
}

TEST(GroupedLayers, ABiasThatMattersAndDoesNotFitIsRefused) {
  NetBuilder net(73);
  net.Output(net.Depthwise(net.Input(5, 5, 16), Square(0, 3, 1, 1), "dw"));
  model::Graph& graph = net.graph();
  SetBias(graph.tensor(graph.ops[0].inputs[2]), 3, 20'000'000);
  graph.tensor(graph.ops[0].outputs[0]).quant.scale[0] = 4.0f;  // many values within the range
  EXPECT_NE(driver::WhyNotPlaceable(graph, 0, test::Engine(8, 16)), "");
}

TEST(GroupedLayers, FullyConnectedReadsAFlattenedMapAsItsWindow) {
  NetBuilder net(47);
  const int x = net.Conv(net.Input(6, 5, 16), Square(20, 3, 2), "conv");
  net.Output(net.FullyConnected(net.Flatten(x, "flatten"), 30, false, "fc"));
  CheckEverywhere(net);
}

TEST(GroupedLayers, FullyConnectedBehindAMeanAndOfAMap) {
  NetBuilder net(53);
  const int x = net.Conv(net.Input(6, 6, 16), Square(40, 1), "conv");
  const int y = net.FullyConnected(net.Mean(x), 24, true, "fc");
  net.Output(y);
  net.Output(net.FullyConnected(x, 9, false, "of_map"));
  // 6x6x40 weights of eight outputs are more than the tight engines' buffers hold.
  RunEverywhere(net);
}

TEST(GroupedLayers, AFlatteningOnTheProcessorDoesNotMatter) {
  NetBuilder net(59);
  int x = net.Conv(net.Input(4, 4, 16), Square(20, 3), "conv");
  x = net.Flatten(x, "flatten");
  x = net.FullyConnected(x, 24, false, "fc1");
  net.Output(net.FullyConnected(x, 9, true, "fc2"));
  const auto inputs = net.RandomInputs();
  const size_t ops = net.graph().ops.size();
  for (uint32_t pattern = 0; pattern < (1u << ops); ++pattern) {
    SCOPED_TRACE(pattern);
    test::EngineRun run;
    for (size_t i = 0; i < ops; ++i) {
      run.places.push_back((pattern >> i & 1) != 0 ? driver::Place::kFabric : driver::Place::kArm);
    }
    test::ExpectSameAsGolden(net.graph(), inputs, run);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace fragua

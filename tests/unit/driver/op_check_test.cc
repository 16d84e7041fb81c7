// Every reason for which an operator stays off the engine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "fragua/driver/compiler.h"
#include "fragua/model/error.h"
#include "net_builder.h"
#include "on_engine.h"

namespace fragua {
namespace {

using driver::EngineConfig;
using driver::WhyNotPlaceable;
using test::NetBuilder;
using test::Square;
using testing::HasSubstr;
using testing::IsEmpty;

/// A network of one convolution, for tests to bend.
struct OneConv {
  explicit OneConv(int channels = 16, test::ConvShape shape = Square(16, 3, 1, 1)) : net(5) {
    net.Output(net.Conv(net.Input(10, 10, channels), shape, "conv"));
  }
  model::Graph& graph() { return net.graph(); }
  model::Tensor& weights() { return graph().tensor(graph().ops[0].inputs[1]); }
  model::Tensor& bias() { return graph().tensor(graph().ops[0].inputs[2]); }
  model::Tensor& out() { return graph().tensor(graph().ops[0].outputs[0]); }
  std::string Why(const EngineConfig& engine = {}) { return WhyNotPlaceable(graph(), 0, engine); }
  NetBuilder net;
};

void SetBias(model::Tensor& bias, int channel, int32_t value) {
  for (int b = 0; b < 4; ++b) {
    bias.data[static_cast<size_t>(channel * 4 + b)] =
        static_cast<uint8_t>(static_cast<uint32_t>(value) >> (8 * b));
  }
}

TEST(OpCheck, AcceptsAnOrdinaryConvolution) { EXPECT_THAT(OneConv().Why(), IsEmpty()); }

TEST(OpCheck, RefusesTheWeightMinus128) {
  OneConv conv;
  conv.weights().data[5 * 144 + 7] = 0x80;
  EXPECT_THAT(conv.Why(), HasSubstr("output channel 5 has a weight of -128"));
}

TEST(OpCheck, AcceptsADeadChannelWhateverItsBias) {
  for (const int32_t bias : {1 << 30, -(1 << 30), INT32_MAX, 70000, -3}) {
    OneConv conv;
    std::fill_n(conv.weights().data.begin() + 5 * 144, 144, uint8_t{0});
    SetBias(conv.bias(), 5, bias);
    EXPECT_THAT(conv.Why(), IsEmpty());
    test::ExpectSameAsGolden(conv.graph(), conv.net.RandomInputs(), {});
  }
}

TEST(OpCheck, RefusesDilation) {
  OneConv conv;
  conv.graph().ops[0].attributes.dilation_w = 2;
  EXPECT_THAT(conv.Why(), HasSubstr("no dilation and this has 1x2"));
}

TEST(OpCheck, RefusesAKernelThatLeavesTheRowRing) {
  const auto why = [](int columns) {
    NetBuilder net(6);
    test::ConvShape shape = Square(16, 1);
    shape.kernel_h = 15;
    shape.padding.top = shape.padding.bottom = 7;
    net.Output(net.Conv(net.Input(1, columns, 16), shape, "conv"));
    const auto places = driver::PlaceAllOnFabric(net.graph(), EngineConfig{});
    if (places[0] == driver::Place::kFabric) driver::Compile(net.graph(), places, {});
    return WhyNotPlaceable(net.graph(), 0, EngineConfig{});
  };
  EXPECT_THAT(why(2184), IsEmpty());  // 15 rows of 4368 words
  EXPECT_THAT(why(2185), HasSubstr("15 rows of 4370 words exceed"));
}

TEST(OpCheck, RefusesPaddingBeyondTheCommandFields) {
  NetBuilder net(7);
  model::Padding pads;
  pads.left = 40000;
  const int padded = net.Pad(net.Input(4, 8, 16), pads, "pad");
  net.Output(net.Conv(padded, Square(16, 1, 15), "conv"));
  EXPECT_THAT(WhyNotPlaceable(net.graph(), 1, {}), HasSubstr("padding included"));
}

TEST(OpCheck, RefusesLargeKernelsAndStrides) {
  EXPECT_THAT(OneConv(8, Square(8, 16, 1, 8)).Why(), HasSubstr("exceeds 15"));
  EXPECT_THAT(OneConv(8, Square(8, 15, 1, 7)).Why(), IsEmpty());
}

TEST(OpCheck, RefusesScalingUp) {
  OneConv conv;
  conv.out().quant.scale[0] = 1e-5f;
  EXPECT_THAT(conv.Why(), HasSubstr("scaled up"));
}

TEST(OpCheck, ProvesTheAccumulatorFromTheWeights) {
  // 1x1 over 1024 channels, all weights 127: |acc| can reach 1024 * 127 * 128 = 16,646,144 and
  // 25 bits end at 16,777,215: 131,071 of room for the folded bias.
  OneConv conv(1024, Square(16, 1));
  conv.graph().tensor(0).quant.zero_point[0] = 0;
  for (uint8_t& w : conv.weights().data) w = 127;
  for (int k = 0; k < 16; ++k) SetBias(conv.bias(), k, 0);
  EXPECT_THAT(conv.Why(), IsEmpty());
  SetBias(conv.bias(), 3, -131072);
  EXPECT_THAT(conv.Why(), IsEmpty());  // -16,777,216 is the last negative value
  SetBias(conv.bias(), 3, -131073);
  EXPECT_THAT(conv.Why(), HasSubstr("output channel 3 can reach an accumulator of 16777217"));
  EngineConfig wide;
  wide.acc_bits = 26;
  EXPECT_THAT(conv.Why(wide), IsEmpty());
}

TEST(OpCheck, JudgesDepthwiseAsConvolutions) {
  const auto why = [](auto&& bend, int acc_bits = 25) {
    NetBuilder net(5);
    net.Output(net.Depthwise(net.Input(10, 10, 20, 0), Square(0, 15, 1, 7), "dw"));
    bend(net.graph());
    EngineConfig engine;
    engine.acc_bits = acc_bits;
    return WhyNotPlaceable(net.graph(), 0, engine);
  };
  const auto weights = [](model::Graph& g) -> model::Tensor& {
    return g.tensor(g.ops[0].inputs[1]);
  };
  EXPECT_THAT(why([](model::Graph&) {}), IsEmpty());
  EXPECT_THAT(why([&](model::Graph& g) { weights(g).data[7 * 20 + 13] = 0x80; }),
              HasSubstr("output channel 13 has a weight of -128"));
  EXPECT_THAT(why([&](model::Graph& g) { weights(g).shape[3] = 40; }),
              HasSubstr("40 channels of 20 and the engine has no depth multiplier"));
  EXPECT_THAT(why([](model::Graph& g) { g.ops[0].attributes.dilation_h = 3; }),
              HasSubstr("no dilation and this has 3x1"));
  // 225 taps of 127 in channel 4 alone: 225 * 127 * 128 = 3,657,600, and 22 bits end at 2,097,151.
  const auto heavy = [&](model::Graph& g) {
    for (size_t tap = 0; tap < 225; ++tap) {
      for (size_t c = 0; c < 20; ++c) weights(g).data[tap * 20 + c] = c == 4 ? 127 : 1;
    }
    for (int c = 0; c < 20; ++c) SetBias(g.tensor(g.ops[0].inputs[2]), c, 0);
  };
  EXPECT_THAT(why(heavy, 23), IsEmpty());
  EXPECT_THAT(why(heavy, 22), HasSubstr("output channel 4 can reach an accumulator of 3657600"));
}

TEST(OpCheck, JudgesFullyConnectedAndWhatFlattensForIt) {
  const auto why = [](int op, auto&& bend, int side = 4) {
    NetBuilder net(5);
    const int flat = net.Flatten(net.Input(side, side, 8), "flatten");
    net.Output(net.FullyConnected(flat, 10, true, "fc"));
    bend(net.graph());
    return WhyNotPlaceable(net.graph(), op, EngineConfig{});
  };
  const auto nothing = [](model::Graph&) {};
  EXPECT_THAT(why(0, nothing), IsEmpty());
  EXPECT_THAT(why(1, nothing), IsEmpty());
  EXPECT_THAT(why(1, nothing, 16), HasSubstr("kernel 16x16"));
  EXPECT_THAT(why(0, nothing, 16), HasSubstr("fc reads its result and does not run"));
  EXPECT_THAT(why(1, [](model::Graph& g) { g.tensor(g.ops[1].inputs[1]).data[300] = 0x80; }),
              HasSubstr("output channel 2 has a weight of -128"));
  EXPECT_THAT(why(1,
                  [](model::Graph& g) {
                    g.tensor(g.ops[1].inputs[1]).shape = {20, 64};
                  }),
              HasSubstr("it makes 2 rows of its input and the engine one"));
  EXPECT_THAT(why(0, [](model::Graph& g) { g.outputs.push_back(1); }), HasSubstr("not only read"));
  EXPECT_THAT(why(0,
                  [](model::Graph& g) {
                    g.tensor(g.ops[0].outputs[0]).shape = {2, 64};
                  }),
              HasSubstr("only flattens"));
}

TEST(OpCheck, RefusesBiasesBeyond27Bits) {
  OneConv conv;
  conv.graph().tensor(0).quant.zero_point[0] = 0;
  EngineConfig wide;
  wide.acc_bits = 32;
  SetBias(conv.bias(), 2, (1 << 26) - 1);
  EXPECT_THAT(conv.Why(wide), IsEmpty());
  SetBias(conv.bias(), 2, 1 << 26);
  EXPECT_THAT(conv.Why(wide), HasSubstr("output channel 2 has bias 67108864"));
}

TEST(OpCheck, RefusesWhatDoesNotFitTheBuffers) {
  EngineConfig small;
  small.weight_words = 16;
  EXPECT_THAT(OneConv().Why(small), HasSubstr("19 words and the weight buffer has 16"));
  small = {};
  small.activation_words = 64;  // three rows of ten pixels are 60 words of two... one block
  EXPECT_THAT(OneConv().Why(small), IsEmpty());
  EXPECT_THAT(OneConv(32).Why(small), HasSubstr("activation buffer has 64"));
  EXPECT_THAT(OneConv(2048, Square(8, 1)).Why({}), HasSubstr("256 words of eight channels"));
}

TEST(OpCheck, RefusesUnsuitablePools) {
  const auto why = [](auto&& bend) {
    NetBuilder net(9);
    net.Output(net.MaxPool(net.Input(9, 9, 16), 3, 0, true, "pool"));
    bend(net.graph());
    return WhyNotPlaceable(net.graph(), 0, EngineConfig{});
  };
  EXPECT_THAT(why([](model::Graph&) {}), IsEmpty());
  EXPECT_THAT(why([](model::Graph& g) { g.ops[0].attributes.stride_w = 1; }),
              HasSubstr("not 3x3 with stride 2x1"));
  EXPECT_THAT(why([](model::Graph& g) { g.ops[0].attributes.padding.top = 2; }),
              HasSubstr("at most 1 at the top and left, not 2 and 0"));
  EXPECT_THAT(why([](model::Graph& g) { g.tensor(1).quant.scale[0] *= 2; }),
              HasSubstr("different scales"));
  EXPECT_THAT(why([](model::Graph& g) { g.tensor(1).shape[1] = 6; }), HasSubstr("hang over"));
  EXPECT_THAT(
      why([](model::Graph& g) { g.ops[0].attributes.activation = model::Activation::kRelu; }),
      HasSubstr("activation of its own"));
}

TEST(OpCheck, RefusesUnsuitableConcatenationsAndMeans) {
  NetBuilder net(9);
  const int in = net.Input(6, 6, 8);
  const int a = net.Conv(in, Square(16, 1), "a", 0.1f, -5);
  const int b = net.Conv(in, Square(16, 1), "b", 0.1f, -5);
  const int joined = net.Concat({a, b}, "joined");
  net.Output(net.Mean(joined));
  model::Graph& graph = net.graph();
  EXPECT_THAT(WhyNotPlaceable(graph, 2, EngineConfig{}), IsEmpty());
  EXPECT_THAT(WhyNotPlaceable(graph, 3, EngineConfig{}), IsEmpty());
  graph.ops[3].attributes.axes = {2, 3};
  EXPECT_THAT(WhyNotPlaceable(graph, 3, EngineConfig{}), HasSubstr("height and width only"));
  graph.tensor(b).quant.scale[0] = 0.2f;
  EXPECT_THAT(WhyNotPlaceable(graph, 2, EngineConfig{}), HasSubstr("different scales"));
  graph.ops[2].attributes.axis = 2;
  EXPECT_THAT(WhyNotPlaceable(graph, 2, EngineConfig{}), HasSubstr("joins channels only"));
}

TEST(OpCheck, CompileRefusesWithLayerAndReason) {
  OneConv conv;
  conv.weights().data[0] = 0x80;
  const std::vector<driver::Place> places = {driver::Place::kFabric};
  try {
    driver::Compile(conv.graph(), places, {});
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("layer 0 'conv' (CONV_2D) cannot run on the engine"));
    EXPECT_THAT(error.what(), HasSubstr("-128"));
  }
}

}  // namespace
}  // namespace fragua

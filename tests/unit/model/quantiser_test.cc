#include "fragua/model/quantiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "float_graph.h"
#include "fragua/model/error.h"

namespace fragua::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

const Tensor& ByName(const Graph& graph, const std::string& name) {
  const auto it = std::find_if(graph.tensors.begin(), graph.tensors.end(),
                               [&](const Tensor& tensor) { return tensor.name == name; });
  EXPECT_NE(it, graph.tensors.end()) << name;
  return *it;
}

TEST(Quantiser, SharesScalesOnlyWhereValuesAreCopied) {
  const SmallNetwork net;
  QuantiseOptions options;
  options.range = RangeMethod::kMinMax;
  options.score_headroom = 0.25;
  const Calibration calibration = net.Calibrate();
  const Graph graph = Quantise(net.graph, calibration, options, Preprocess{});
  const auto quant = [&](int tensor) { return ByName(graph, net.graph.tensor(tensor).name).quant; };
  EXPECT_EQ(graph.input_encoding, "rgb8");
  EXPECT_THAT(quant(net.graph.inputs[0]).scale, ElementsAre(1.0F));
  EXPECT_THAT(quant(net.graph.inputs[0]).zero_point, ElementsAre(-128));
  // What the pool and the concatenation themselves hold does not matter: they only copy.
  const auto top = static_cast<float>(calibration.statistics(net.y).seen.max / 255.0);
  for (const int tensor : {net.y, net.p, net.c}) {
    EXPECT_THAT(quant(tensor).scale, ElementsAre(top));
    EXPECT_THAT(quant(tensor).zero_point, ElementsAre(-128));  // behind a ReLU
  }
  const auto mean = static_cast<float>(calibration.statistics(net.m).seen.max * 1.25 / 255.0);
  EXPECT_THAT(quant(net.m).scale, ElementsAre(mean));
  EXPECT_THAT(quant(net.s).scale, ElementsAre(1.0F / 256));
}

// One output of the first convolution, for a patch of raw pixels, in real numbers.
double FloatOutput(const SmallNetwork& net, const Preprocess& pre, size_t channel,
                   const std::vector<uint8_t>& patch) {
  double sum = net.bias[channel];
  for (size_t tap = 0; tap < 9; ++tap) {
    for (int c = 0; c < 3; ++c) {
      const auto i = static_cast<size_t>(c);
      const double pixel = patch[tap * 3 + static_cast<size_t>(pre.source_channel(c))];
      const double x = (pixel * pre.pixel_scale - pre.mean[i]) * pre.scale[i];
      sum += x * net.weights[channel * 27 + tap * 3 + i];
    }
  }
  return sum;
}

double Int8Output(const Graph& graph, size_t channel, const std::vector<uint8_t>& patch) {
  const Tensor& input = graph.tensor(graph.inputs[0]);
  const Tensor& w = ByName(graph, "w");
  const Tensor& b = ByName(graph, "b");
  int64_t sum = b.as<int32_t>()[channel];
  for (size_t k = 0; k < 27; ++k) {
    const int q = static_cast<int>(patch[k]) - 128;
    sum += int64_t{w.as<int8_t>()[channel * 27 + k]} * (q - input.quant.zero_point[0]);
  }
  EXPECT_FLOAT_EQ(b.quant.scale[channel], w.quant.scale[channel] * input.quant.scale[0]);
  return static_cast<double>(sum) * b.quant.scale[channel];
}

class Fold : public ::testing::TestWithParam<const char*> {};

TEST_P(Fold, GivesTheNetworkRawPixels) {
  const SmallNetwork net;
  const Preprocess pre = ParsePreprocess(GetParam());
  QuantiseOptions options;
  options.correct_bias = false;
  const Graph graph = Quantise(net.graph, net.Calibrate(), options, pre);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20; ++round) {
    std::vector<uint8_t> patch(27);
    for (uint8_t& pixel : patch) pixel = static_cast<uint8_t>(random());
    for (size_t channel = 0; channel < 5; ++channel) {
      // Each of 27 weights is off by at most half a step, each pixel at most 255; the bias half of
      // its own.
      const double bound = ByName(graph, "w").quant.scale[channel] * 0.5 * (27 * 255 + 2);
      EXPECT_NEAR(Int8Output(graph, channel, patch), FloatOutput(net, pre, channel, patch), bound)
          << "channel " << channel << " seed " << kSeed;
      EXPECT_LT(bound, 0.15 * std::abs(27 * 255 * pre.pixel_scale * pre.scale[0]) + 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Fold, ::testing::Values("none", "torchvision", "caffe-bgr"));

TEST(Quantiser, UsesTheWholeSymmetricRangeOfEachChannel) {
  const SmallNetwork net;
  const Graph graph = Quantise(net.graph, net.Calibrate(), {}, Preprocess{});
  const auto w = ByName(graph, "w").as<int8_t>();
  for (size_t channel = 0; channel < 5; ++channel) {
    int most = 0;
    for (size_t k = 0; k < 27; ++k) most = std::max(most, std::abs(int{w[channel * 27 + k]}));
    EXPECT_EQ(most, channel == 2 || channel == 3 ? 0 : 127) << channel;
  }
  // A dead channel still delivers its bias.
  for (const size_t channel : {2, 3}) {
    EXPECT_NEAR(Int8Output(graph, channel, std::vector<uint8_t>(27, 200)), net.bias[channel], 1e-4);
  }
  for (const int32_t b : ByName(graph, "b").as<int32_t>()) EXPECT_LE(std::abs(b), 1 << 25);
}

TEST(Quantiser, PadsAFoldedPictureOnlyWithWhatZeroMeant) {
  const SmallNetwork net({1, 1, 1, 1});
  const Calibration calibration = net.Calibrate();
  EXPECT_THAT(
      ErrorOf([&] { Quantise(net.graph, calibration, {}, ParsePreprocess("torchvision")); }),
      HasSubstr("'op0' pads the picture"));
  Preprocess grey;
  grey.mean = {100.0F, 100.0F, 100.0F};
  grey.scale = {0.5F, 0.25F, 2.0F};
  QuantiseOptions plain;
  plain.correct_bias = false;
  const Graph graph = Quantise(net.graph, calibration, plain, grey);
  EXPECT_EQ(graph.tensor(graph.inputs[0]).quant.zero_point[0], 100 - 128);
  const std::vector<uint8_t> patch(27, 100);
  EXPECT_NEAR(Int8Output(graph, 0, patch), net.bias[0], ByName(graph, "b").quant.scale[0]);
  EXPECT_EQ(Quantise(net.graph, calibration, {}, Preprocess{}).tensor(0).quant.zero_point[0], -128);
}

TEST(Quantiser, LeavesTheInputCalibratedWithoutPreprocess) {
  const SmallNetwork net({1, 1, 1, 1});
  QuantiseOptions options;
  options.range = RangeMethod::kMinMax;
  const Calibration calibration = net.Calibrate();
  const Graph graph = Quantise(net.graph, calibration, options, std::nullopt);
  EXPECT_EQ(graph.input_encoding, "");
  const Quantization& input = graph.tensor(graph.inputs[0]).quant;
  const Range seen = calibration.statistics(net.graph.inputs[0]).seen;
  EXPECT_LT(seen.min, -2.0);
  EXPECT_FLOAT_EQ(input.scale[0], static_cast<float>((seen.max - seen.min) / 255));
  // The ends map to the ends, up to the rounding of the zero point.
  const double scale = input.scale[0];
  EXPECT_NEAR(scale * (-128 - input.zero_point[0]), seen.min, scale);
  EXPECT_NEAR(scale * (127 - input.zero_point[0]), seen.max, scale);
}

// The mean output over the calibration inputs must not change: that is what the correction is for.
TEST(Quantiser, CorrectsTheBiasForRoundedWeights) {
  FloatGraph g;
  const std::vector<float> weights = Random(8 * 16, -1.0F, 1.0F);
  const int x = g.Tensor("x", {1, 2, 2, 16});
  const int w = g.Tensor("w", {8, 1, 1, 16}, weights);
  const int y = g.Add(OpType::kConv2d, {x, w, -1}, {1, 2, 2, 8});
  g.graph.inputs = {x};
  g.graph.outputs = {y};
  Calibration calibration(g.graph);
  calibration.Observe(x, Random(64, 0.0F, 9.0F));
  calibration.Observe(y, Random(32, -9.0F, 9.0F));
  double worst[2] = {0, 0};
  for (const bool correct : {false, true}) {
    QuantiseOptions options;
    options.correct_bias = correct;
    const Graph graph = Quantise(g.graph, calibration, options, std::nullopt);
    const auto q = ByName(graph, "w").as<int8_t>();
    const Tensor& b = graph.tensor(graph.ops[0].inputs[2]);
    for (size_t o = 0; o < 8; ++o) {
      double drift = b.as<int32_t>()[o] * double{b.quant.scale[o]};
      for (size_t i = 0; i < 16; ++i) {
        const double error =
            q[o * 16 + i] * double{ByName(graph, "w").quant.scale[o]} - weights[o * 16 + i];
        drift += error * calibration.statistics(x).channel_mean(i);
      }
      worst[correct ? 1 : 0] = std::max(worst[correct ? 1 : 0], std::abs(drift));
    }
  }
  EXPECT_GT(worst[0], 0.02);
  EXPECT_LT(worst[1], 0.001);
}

TEST(Quantiser, RefusesWhatItCannotQuantise) {
  const SmallNetwork net;
  const Calibration empty(net.graph);
  EXPECT_THAT(ErrorOf([&] { Quantise(net.graph, empty, {}, Preprocess{}); }),
              HasSubstr("never observed"));
  const Graph once = Quantise(net.graph, net.Calibrate(), {}, Preprocess{});
  EXPECT_THAT(ErrorOf([&] { Quantise(once, Calibration(once), {}, Preprocess{}); }),
              HasSubstr("only float networks"));
  Calibration nan(net.graph);
  std::vector<float> values(48, 1.0F);
  values[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ErrorOf([&] { nan.Observe(0, values); }), HasSubstr("tensor 'x' holds nan"));
  Preprocess broken;
  broken.scale[1] = 0;
  EXPECT_THAT(ErrorOf([&] { Quantise(net.graph, net.Calibrate(), {}, broken); }),
              HasSubstr("scale that is zero"));
}

}  // namespace
}  // namespace fragua::model

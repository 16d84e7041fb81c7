#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// 1x1 convolution over one channel with weight 1 and factor scale_in * scale_w / scale_out: shows
/// the requantisation alone.
OneOp Rescaler(int pixels, float scale_in, int zero_in, float scale_out, int zero_out,
               int32_t bias = 0) {
  return OneOp(OpType::kConv2d,
               {Map({1, 1, pixels, 1}, Q(scale_in, zero_in)),
                Weights({1, 1, 1, 1}, {int8_t{1}}, Q(1, 0)), Bias({bias})},
               Map({1, 1, pixels, 1}, Q(scale_out, zero_out)));
}

class Conv2d : public ::testing::TestWithParam<bool> {};  // parameter: reference only
INSTANTIATE_TEST_SUITE_P(Path, Conv2d, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Reference" : "Fast"; });

TEST_P(Conv2d, RoundsTwice) {
  // Factor 1/4 is m = 2^30 and one right shift. 1 * m rounds 0.5 up to 1, and 1/2 rounds away to 1:
  // a single rounding of 0.25 would give 0. -1 rounds -0.5 up to 0. -2 is -1, and -1/2 rounds away
  // to -1.
  EXPECT_THAT(Rescaler(7, 0.25f, 0, 1, 0).Int8({{1, -1, 2, -2, 5, -3, 0}}, GetParam()),
              ElementsAre(1, 0, 1, -1, 2, -1, 0));
}

TEST_P(Conv2d, ScalesUp) {
  // Factor 3 is m = 0.75 * 2^31 and two left shifts.
  EXPECT_THAT(Rescaler(4, 3, 0, 1, 0).Int8({{1, -2, 42, 50}}, GetParam()),
              ElementsAre(3, -6, 126, 127));
}

TEST_P(Conv2d, AppliesZeroPointsBiasAndSaturates) {
  // (x + 128) + 10, factor 1, - 20.
  EXPECT_THAT(Rescaler(4, 1, -128, 1, -20, 10).Int8({{-128, -127, 9, 10}}, GetParam()),
              ElementsAre(-10, -9, 127, 127));
  EXPECT_THAT(Rescaler(2, 1, 127, 1, 0, -1).Int8({{-1, 0}}, GetParam()), ElementsAre(-128, -128));
}

TEST_P(Conv2d, FusedActivationClampsAtTheZeroPoint) {
  OneOp op = Rescaler(4, 1, 0, 0.5f, -3);
  op.attributes().activation = Activation::kRelu;
  EXPECT_THAT(op.Int8({{-5, 0, 3, 70}}, GetParam()), ElementsAre(-3, -3, 3, 127));
  op.attributes().activation = Activation::kRelu6;  // 6 / 0.5 - 3 = 9
  EXPECT_THAT(op.Int8({{-5, 0, 3, 70}}, GetParam()), ElementsAre(-3, -3, 3, 9));
}

TEST_P(Conv2d, PaddingIsRealZero) {
  // Sum of a 3x3 window of (x - 10) with all weights 1 over a 2x2 map: every window sees the whole
  // map, padding adds nothing.
  OneOp op(OpType::kConv2d,
           {Map({1, 2, 2, 1}, Q(1, 10)), Weights({1, 3, 3, 1}, std::vector<int8_t>(9, 1), Q(1, 0))},
           Map({1, 2, 2, 1}, Q(1, 0)));
  op.attributes().padding = {1, 1, 1, 1};
  EXPECT_THAT(op.Int8({{11, 12, 13, 14}}, GetParam()), ElementsAre(10, 10, 10, 10));
}

TEST_P(Conv2d, WalksWindowsByStridePaddingAndDilationPerAxis) {
  // 3x4 map 1..12, kernel 2x2 with weights 1 10 100 -100 of factor 1; one row of padding on top.
  OneOp op(OpType::kConv2d,
           {Map({1, 3, 4, 1}), Weights({1, 2, 2, 1}, std::vector<float>{1, 10, 100, -100})},
           Map({1, 2, 2, 1}));
  op.attributes().padding = {1, 0, 0, 0};
  op.attributes().stride_h = 2;
  op.attributes().dilation_w = 2;
  // Row 0 sees padding and row 0; row 1 sees rows 1 and 2. Columns 0 and 2, then 1 and 3.
  EXPECT_THAT(op.Float({{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, GetParam()),
              ElementsAre(100 - 300, 200 - 400, 5 + 70 + 900 - 1100, 6 + 80 + 1000 - 1200));
}

TEST_P(Conv2d, UsesEachChannelsScaleAndWeights) {
  // Two input, three output channels; weights OHWI. Sums of (3, 4): 3, 4, 7; factors 1, 2, 10.
  OneOp op(OpType::kConv2d,
           {Map({1, 1, 1, 2}, Q(1, 0)),
            Weights({3, 1, 1, 2}, {int8_t{1}, 0, 0, 1, 1, 1}, {{1, 2, 10}, {0, 0, 0}, 0}),
            Bias({0, 1, 0})},
           Map({1, 1, 1, 3}, Q(1, 0)));
  EXPECT_THAT(op.Int8({{3, 4}}, GetParam()), ElementsAre(3, 10, 70));
}

TEST_P(Conv2d, BiasWrapsLikeA32BitAdder) {
  OneOp op = Rescaler(1, 0x1p-25f, 0, 1, 0, INT32_MAX);
  EXPECT_THAT(op.Int8({{1}}, GetParam()), ElementsAre(-64));
}

TEST(Conv2dRefusal, NamesWhatItCannotDo) {
  const auto refusal = [](OneOp op) {
    try {
      op.Int8({std::vector<int8_t>(static_cast<size_t>(op.graph.tensor(0).elements()))});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  OneOp grouped(
      OpType::kConv2d,
      {Map({1, 1, 1, 4}, Q(1, 0)), Weights({2, 1, 1, 2}, std::vector<int8_t>(4, 1), Q(1, 0))},
      Map({1, 1, 1, 2}, Q(1, 0)));
  EXPECT_THAT(refusal(grouped), HasSubstr("operator 0 'only' (CONV_2D)"));
  EXPECT_THAT(refusal(grouped), HasSubstr("grouped"));
  OneOp asymmetric = Rescaler(1, 1, 0, 1, 0);
  asymmetric.graph.tensor(1).quant.zero_point = {3};
  EXPECT_THAT(refusal(asymmetric), HasSubstr("zero point 3, expected 0"));
  OneOp scales = Rescaler(1, 1, 0, 1, 0);
  scales.graph.tensor(1).quant = {{1, 2}, {0, 0}, 0};
  EXPECT_THAT(refusal(scales), HasSubstr("2 scales, expected 1 or 1"));
  OneOp bias = Rescaler(1, 1, 0, 1, 0);
  bias.graph.tensor(2) = Bias({1, 2});
  EXPECT_THAT(refusal(bias), HasSubstr("2 x int32, expected 1 x int32"));
  const int64_t depth = 66000;  // 66000 * 255 * 128 > 2^31
  OneOp wide(OpType::kConv2d,
             {Map({1, 1, 1, depth}, Q(1, 0)),
              Weights({1, 1, 1, depth}, std::vector<int8_t>(depth, 1), Q(1, 0))},
             Map({1, 1, 1, 1}, Q(1, 0)));
  EXPECT_THAT(refusal(wide), HasSubstr("may overflow the int32 accumulator"));
  OneOp unscaled = Rescaler(1, 1, 0, 1, 0);
  unscaled.graph.tensor(0).quant = {};
  EXPECT_THAT(refusal(unscaled), HasSubstr("0 scales"));
}

TEST(DepthwiseConv2d, KeepsChannelsApart) {
  // Two input channels, multiplier 2: output channel 2c + m is weight[2c + m] * (x[c] - 1),
  // factor 1.
  OneOp op(OpType::kDepthwiseConv2d,
           {Map({1, 1, 2, 2}, Q(1, 1)),
            Weights({1, 1, 1, 4}, {int8_t{1}, 2, 3, 4}, {{1, 1, 1, 0.5f}, {0, 0, 0, 0}, 3}),
            Bias({0, 0, 0, 5})},
           Map({1, 1, 2, 4}, Q(1, 0)));
  op.attributes().depth_multiplier = 2;
  EXPECT_THAT(op.Int8({{2, 3, 4, 5}}), ElementsAre(1, 2, 6, 7, 3, 6, 12, 11));
}

TEST(DepthwiseConv2d, WalksItsWindow) {
  // 3x3 map, 2x2 kernel 1 10 100 1000, pad top and left 1, stride 2.
  OneOp op(OpType::kDepthwiseConv2d,
           {Map({1, 3, 3, 1}), Weights({1, 2, 2, 1}, std::vector<float>{1, 10, 100, 1000}),
            FloatBias({0.5f})},
           Map({1, 2, 2, 1}));
  op.attributes().padding = {1, 1, 0, 0};
  op.attributes().stride_h = op.attributes().stride_w = 2;
  op.attributes().activation = Activation::kRelu;
  EXPECT_THAT(
      op.Float({{1, -2, 3, -4, 5, 6, 7, 8, 9}}),
      ElementsAre(1000.5f, 3000 - 200 + 0.5f, 7000 - 40 + 0.5f, 5 + 60 + 800 + 9000 + 0.5f));
}

TEST(FullyConnected, MultipliesRowsByWeights) {
  // Two rows of two; weights OI of three outputs; (x - 1), factor 1/2.
  OneOp op(OpType::kFullyConnected,
           {Map({2, 2}, Q(0.5f, 1)), Weights({3, 2}, {int8_t{1}, 0, 0, 1, 2, -2}, Q(1, 0)),
            Bias({0, 0, 4})},
           Map({2, 3}, Q(1, -1)));
  EXPECT_THAT(op.Int8({{3, 5, 1, 7}}), ElementsAre(0, 1, -1, -1, 2, -5));
}

TEST(FullyConnected, OneWeightScaleMultipliesScalesAsFloats) {
  // The exact product of the scales would give 3.
  const float in = 0.1f, weight = 0.7f, out = 1e6f;
  ASSERT_NE(double{in * weight}, double{in} * weight);
  OneOp op(OpType::kFullyConnected,
           {Map({1, 1}, Q(in, 0)), Weights({1, 1}, {int8_t{0}}, Q(weight, 0)), Bias({49999999})},
           Map({1, 1}, Q(out, 0)));
  EXPECT_THAT(op.Int8({{0}}), ElementsAre(4));
}

TEST(FullyConnected, Float) {
  OneOp op(
      OpType::kFullyConnected,
      {Map({1, 3}), Weights({2, 3}, std::vector<float>{1, 2, 3, -1, 0, 0}), FloatBias({0.5f, 0})},
      Map({1, 2}));
  op.attributes().activation = Activation::kRelu6;
  EXPECT_THAT(op.Float({{1, 0.5f, 0.25f}}), ElementsAre(3.25f, 0));
  EXPECT_THAT(op.Float({{-9, 9, 9}}), ElementsAre(6, 6));
}

}  // namespace
}  // namespace fragua::golden

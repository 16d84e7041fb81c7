// The fast paths against the reference, over shapes chosen to leave every block and strip unfilled.

#include <gtest/gtest.h>

#include <algorithm>

#include "../../../golden/src/convolution.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

struct Shape {
  int h, w, c, out_c, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  model::Padding padding;
};

std::ostream& operator<<(std::ostream& os, const Shape& s) {
  return os << s.h << "x" << s.w << "x" << s.c << " -> " << s.out_c << ", kernel " << s.kernel_h
            << "x" << s.kernel_w << ", stride " << s.stride_h << "," << s.stride_w << ", dilation "
            << s.dilation_h << "," << s.dilation_w << ", padding " << s.padding.top << ","
            << s.padding.left << "," << s.padding.bottom << "," << s.padding.right;
}

int OutSize(int in, int kernel, int stride, int dilation, int pad) {
  return (in + pad - (kernel - 1) * dilation - 1) / stride + 1;
}

std::vector<int> OutShape(const Shape& s) {
  return {1, OutSize(s.h, s.kernel_h, s.stride_h, s.dilation_h, s.padding.top + s.padding.bottom),
          OutSize(s.w, s.kernel_w, s.stride_w, s.dilation_w, s.padding.left + s.padding.right),
          s.out_c};
}

void SetAttributes(const Shape& s, OneOp& op) {
  op.attributes().padding = s.padding;
  op.attributes().stride_h = s.stride_h;
  op.attributes().stride_w = s.stride_w;
  op.attributes().dilation_h = s.dilation_h;
  op.attributes().dilation_w = s.dilation_w;
}

int64_t WeightCount(const Shape& s) { return int64_t{s.out_c} * s.kernel_h * s.kernel_w * s.c; }

/// Int8 with the full range of values, weights and zero points.
void ExpectInt8Equal(const Shape& s, std::mt19937& random) {
  const auto weights = RandomIntegers<int8_t>(random, WeightCount(s), -128, 127);
  const auto bias = RandomIntegers<int32_t>(random, s.out_c, -100000, 100000);
  Quantization per_channel;
  for (const int v : RandomIntegers<int>(random, s.out_c, 1, 1000)) {
    per_channel.scale.push_back(static_cast<float>(v) * 1e-5f);
  }
  per_channel.zero_point.assign(per_channel.scale.size(), 0);
  const auto zero = RandomIntegers<int32_t>(random, 2, -128, 127);
  OneOp op(OpType::kConv2d,
           {Map({1, s.h, s.w, s.c}, Q(0.5f, zero[0])),
            Weights({s.out_c, s.kernel_h, s.kernel_w, s.c}, weights, per_channel), Bias(bias)},
           Map(OutShape(s), Q(1, zero[1])));
  SetAttributes(s, op);
  const auto x = RandomIntegers<int8_t>(random, int64_t{s.h} * s.w * s.c, -128, 127);
  const auto fast = op.Int8({x}), reference = op.Int8({x}, true);
  EXPECT_EQ(fast, reference) << s;
  // A comparison of constants would prove nothing.
  if (reference.size() > 20) {
    EXPECT_NE(*std::min_element(reference.begin(), reference.end()),
              *std::max_element(reference.begin(), reference.end()))
        << s;
  }
}

/// Float with small integers: every sum is exact, so the order of summation cannot show.
void ExpectFloatEqual(const Shape& s, std::mt19937& random) {
  OneOp op(OpType::kConv2d,
           {Map({1, s.h, s.w, s.c}),
            Weights({s.out_c, s.kernel_h, s.kernel_w, s.c},
                    RandomIntegers<float>(random, WeightCount(s), -50, 50)),
            FloatBias(RandomIntegers<float>(random, s.out_c, -50, 50))},
           Map(OutShape(s)));
  SetAttributes(s, op);
  const auto x = RandomIntegers<float>(random, int64_t{s.h} * s.w * s.c, -50, 50);
  EXPECT_EQ(op.Float({x}), op.Float({x}, true)) << s;
}

TEST(FastConv, EqualsReferenceOnNamedShapes) {
  std::mt19937 random(1);
  const Shape shapes[] = {
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, {}},
      {1, 1, 512, 4, 1, 1, 1, 1, 1, 1, {}},
      {7, 5, 3, 5, 3, 3, 2, 2, 1, 1, {}},               // first layers
      {15, 15, 3, 7, 7, 7, 2, 2, 1, 1, {}},             //
      {6, 6, 16, 4, 1, 1, 1, 1, 1, 1, {}},              // squeeze, expand
      {6, 7, 16, 9, 3, 3, 1, 1, 1, 1, {1, 1, 1, 1}},    //
      {5, 5, 17, 3, 1, 1, 1, 1, 1, 1, {1, 1, 1, 1}},    // 1x1 with padding
      {3, 3, 2, 3, 5, 5, 1, 1, 1, 1, {2, 2, 2, 2}},     // kernel larger than the map
      {9, 11, 5, 6, 3, 2, 1, 3, 2, 3, {1, 0, 2, 4}},    // everything per axis
      {40, 40, 2, 2, 1, 1, 1, 1, 1, 1, {}},             // many pixels: several strips
      {7, 6, 1100, 2, 3, 3, 1, 1, 1, 1, {1, 1, 1, 1}},  // deep: the shortest strips
  };
  for (const Shape& shape : shapes) {
    ExpectInt8Equal(shape, random);
    ExpectFloatEqual(shape, random);
  }
}

TEST(FastConv, EqualsReferenceOnRandomShapes) {
  std::mt19937 random(20240229);
  for (int i = 0; i < 150; ++i) {
    const auto r = [&random](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    Shape s{r(1, 12),
            r(1, 12),
            r(1, 40),
            r(1, 19),
            r(1, 4),
            r(1, 4),
            r(1, 3),
            r(1, 3),
            r(1, 2),
            r(1, 2),
            {r(0, 3), r(0, 3), r(0, 3), r(0, 3)}};
    s.h = std::max(s.h, (s.kernel_h - 1) * s.dilation_h + 1 - s.padding.top - s.padding.bottom);
    s.w = std::max(s.w, (s.kernel_w - 1) * s.dilation_w + 1 - s.padding.left - s.padding.right);
    ExpectInt8Equal(s, random);
    ExpectFloatEqual(s, random);
  }
}

TEST(FastConv, PortableKernelEqualsTheBest) {
  std::mt19937 random(7);
  for (const int depth : {1, 15, 16, 17, 31, 32, 33, 64, 500}) {
    ConvGeometry g;
    g.in = {5, 3, depth};
    g.out = {5, 3, 7};
    Int8ConvParameters p;
    p.zero_point_in = 127;
    p.factors.assign(7, {1 << 30, -14});
    const auto x = RandomIntegers<int8_t>(random, int64_t{15} * depth, -128, 127);
    const auto weights = RandomIntegers<int8_t>(random, int64_t{7} * depth, -128, 127);
    std::vector<int8_t> best(15 * 7), portable(15 * 7);
    FastConv(g, x.data(), weights.data(), p, best.data(), Int8Kernel::kBest);
    FastConv(g, x.data(), weights.data(), p, portable.data(), Int8Kernel::kPortable);
    EXPECT_EQ(best, portable) << depth;
    EXPECT_NE(best, std::vector<int8_t>(best.size(), best[0])) << depth;
  }
}

TEST(DepthwiseConv2d, EqualsConvolutionWithOneWeightPerTap) {
  std::mt19937 random(11);
  for (int i = 0; i < 40; ++i) {
    const auto r = [&random](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    const int multiplier = r(1, 3);
    Shape s{r(4, 9),
            r(4, 9),
            r(1, 9),
            0,
            r(1, 4),
            r(1, 4),
            r(1, 3),
            r(1, 3),
            1,
            r(1, 2),
            {r(0, 2), r(0, 2), r(0, 2), r(0, 2)}};
    s.w = std::max(s.w, 7);
    s.out_c = s.c * multiplier;
    const int taps = s.kernel_h * s.kernel_w;
    const auto depthwise = RandomIntegers<int8_t>(random, int64_t{taps} * s.out_c, -128, 127);
    // The same as OHWI weights that are zero for all other input channels.
    std::vector<int8_t> full(static_cast<size_t>(WeightCount(s)), 0);
    for (int o = 0; o < s.out_c; ++o) {
      for (int t = 0; t < taps; ++t) {
        full[static_cast<size_t>((o * taps + t) * s.c + o / multiplier)] =
            depthwise[static_cast<size_t>(t * s.out_c + o)];
      }
    }
    const Tensor in = Map({1, s.h, s.w, s.c}, Q(0.01f, -30));
    const Tensor out = Map(OutShape(s), Q(1, 5));
    const Tensor bias = Bias(RandomIntegers<int32_t>(random, s.out_c, -1000, 1000));
    OneOp op(OpType::kDepthwiseConv2d,
             {in, Weights({1, s.kernel_h, s.kernel_w, s.out_c}, depthwise, Q(0.5f, 0)), bias}, out);
    OneOp conv(OpType::kConv2d,
               {in, Weights({s.out_c, s.kernel_h, s.kernel_w, s.c}, full, Q(0.5f, 0)), bias}, out);
    SetAttributes(s, op);
    SetAttributes(s, conv);
    op.attributes().depth_multiplier = multiplier;
    const auto x = RandomIntegers<int8_t>(random, int64_t{s.h} * s.w * s.c, -128, 127);
    EXPECT_EQ(op.Int8({x}), conv.Int8({x}, true)) << s;
  }
}

TEST(FastConv, FloatIsCloseWhereSumsRound) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const auto draw = [&](size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
  };
  const int depth = 3 * 3 * 64;
  OneOp op(
      OpType::kConv2d,
      {Map({1, 6, 6, 64}), Weights({8, 3, 3, 64}, draw(size_t{8} * depth)), FloatBias(draw(8))},
      Map({1, 4, 4, 8}));
  const auto x = draw(size_t{6} * 6 * 64);
  const auto fast = op.Float({x}), reference = op.Float({x}, true);
  for (size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], reference[i], 1e-4) << i;
}

}  // namespace
}  // namespace fragua::golden

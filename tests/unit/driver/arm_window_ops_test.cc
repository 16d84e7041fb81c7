// The ARM side's sliding-window operators against the golden reference loops: seeded random shapes
// and parameters.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "arm_check.h"
#include "fragua/model/error.h"

namespace fragua {
namespace {

using model::OpType;
using test::AnyActivation;
using test::ExpectSameAsGolden;
using test::OpGraph;

int Extent(int in, int kernel, int stride, int dilation, int pad) {
  return (in + pad - (kernel - 1) * dilation - 1) / stride + 1;
}

struct Window {
  int h, w, c, out_c, kh, kw, sh, sw, dh, dw;
  model::Padding pad;
};

Window RandomWindow(OpGraph& g, bool dilate) {
  Window s;
  s.kh = g.Uniform(1, 5);
  s.kw = g.Uniform(1, 5);
  s.sh = g.Uniform(1, 3);
  s.sw = g.Uniform(1, 3);
  s.dh = dilate ? g.Uniform(1, 2) : 1;
  s.dw = dilate ? g.Uniform(1, 2) : 1;
  s.pad = {g.Uniform(0, s.kh - 1), g.Uniform(0, s.kw - 1), g.Uniform(0, s.kh - 1),
           g.Uniform(0, s.kw - 1)};
  s.h = g.Uniform((s.kh - 1) * s.dh + 1, 13);
  s.w = g.Uniform((s.kw - 1) * s.dw + 1, 13);
  s.c = g.Uniform(1, 19);
  s.out_c = g.Uniform(1, 21);
  return s;
}

int OutH(const Window& s) { return Extent(s.h, s.kh, s.sh, s.dh, s.pad.top + s.pad.bottom); }
int OutW(const Window& s) { return Extent(s.w, s.kw, s.sw, s.dw, s.pad.left + s.pad.right); }

void SetWindow(model::Op& op, const Window& s) {
  op.attributes.padding = s.pad;
  op.attributes.stride_h = s.sh;
  op.attributes.stride_w = s.sw;
  op.attributes.dilation_h = s.dh;
  op.attributes.dilation_w = s.dw;
}

void ConvCase(OpGraph& g, const Window& s) {
  const int in = g.Input({1, s.h, s.w, s.c}, g.Scale(0.01f, 1), g.Uniform(-128, 127));
  const int w = g.Weights({s.out_c, s.kh, s.kw, s.c}, g.Uniform(0, 3) == 0 ? -1 : 0, 0.01f);
  if (g.Uniform(0, 4) == 0) g.ReachMinimum(w);
  const int bias = g.Uniform(0, 3) == 0 ? -1 : g.Bias(s.out_c, 30000);
  const int out =
      g.Activation("out", {1, OutH(s), OutW(s), s.out_c}, g.Scale(0.05f, 1), g.Uniform(-128, 127));
  model::Op& op = g.Add(OpType::kConv2d, {in, w, bias}, out);
  SetWindow(op, s);
  op.attributes.activation = AnyActivation(g);
  ExpectSameAsGolden(g);
}

TEST(ArmWindowOps, ConvEqualsGoldenOnRandomShapes) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    ConvCase(g, RandomWindow(g, seed % 4 == 0));
    if (HasFatalFailure()) return;
  }
}

TEST(ArmWindowOps, ConvEqualsGoldenOnNetworkShapes) {
  const Window kTable[] = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, {}},
                           {13, 13, 64, 33, 3, 3, 1, 1, 1, 1, {1, 1, 1, 1}},
                           {19, 21, 3, 64, 3, 3, 2, 2, 1, 1, {}},
                           {23, 23, 3, 9, 7, 7, 2, 2, 1, 1, {}},
                           {13, 13, 40, 10, 1, 1, 1, 1, 1, 1, {1, 1, 1, 1}},
                           {3, 70, 300, 5, 1, 1, 1, 1, 1, 1, {}},
                           {9, 40, 520, 4, 3, 3, 1, 1, 1, 1, {1, 1, 1, 1}},
                           {14, 14, 8, 8, 1, 1, 3, 2, 1, 1, {}},
                           {7, 5, 48, 12, 1, 1, 1, 1, 1, 1, {}},
                           {9, 9, 32, 16, 1, 1, 2, 2, 1, 1, {}},
                           {1, 1, 64, 30, 1, 1, 1, 1, 1, 1, {}}};
  uint32_t seed = 1000;
  for (const Window& shape : kTable) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed++);
    ConvCase(g, shape);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmWindowOps, DepthwiseEqualsGolden) {
  for (uint32_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const Window s = RandomWindow(g, seed % 4 == 0);
    const int multiplier = seed % 3 == 0 ? g.Uniform(2, 8) : 1;
    const int channels = s.c * multiplier;
    const int in = g.Input({1, s.h, s.w, s.c}, g.Scale(0.01f, 1), g.Uniform(-128, 127));
    const int w = g.Weights({1, s.kh, s.kw, channels}, 3, 0.02f);
    if (seed % 5 == 0) g.ReachMinimum(w);
    const int bias = g.Bias(channels, 2000);
    const int out = g.Activation("out", {1, OutH(s), OutW(s), channels}, g.Scale(0.05f, 1),
                                 g.Uniform(-128, 127));
    model::Op& op = g.Add(OpType::kDepthwiseConv2d, {in, w, bias}, out);
    SetWindow(op, s);
    op.attributes.depth_multiplier = multiplier;
    op.attributes.activation = AnyActivation(g);
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

/// Inputs and weights at their ends: the largest sums of two products in 16 bits, both ways.
TEST(ArmWindowOps, ConvOfExtremesEqualsGolden) {
  for (const int weight : {-128, -127, 127}) {
    for (const int input : {-128, 127}) {
      SCOPED_TRACE(std::to_string(weight) + " * " + std::to_string(input));
      OpGraph g(1);
      const int in = g.Input({1, 5, 5, 80}, 0.02f, 0);
      const int w = g.Weights({8, 3, 3, 80}, 0, 0.01f);
      auto& data = g.graph().tensors[static_cast<size_t>(w)].data;
      std::fill(data.begin(), data.end(), static_cast<uint8_t>(weight));
      const int out = g.Activation("out", {1, 3, 3, 8}, 2000.0f, 3);
      g.Add(OpType::kConv2d, {in, w, -1}, out);
      ExpectSameAsGolden(g.graph(),
                         {std::vector<uint8_t>(5 * 5 * 80, static_cast<uint8_t>(input))});
    }
  }
}

TEST(ArmWindowOps, DepthwiseOfWholeVectorsEqualsGolden) {
  for (uint32_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const int c = g.Uniform(3, 40), stride = g.Uniform(1, 2), size = g.Uniform(3, 30);
    const Window s{size, g.Uniform(3, 12), c, c, 3, 3, stride, stride, 1, 1, {1, 1, 1, 1}};
    const int in = g.Input({1, s.h, s.w, c}, 0.05f, g.Uniform(-128, 127));
    const int w = g.Weights({1, 3, 3, c}, 3, 0.02f);
    const int out = g.Activation("out", {1, OutH(s), OutW(s), c}, 0.3f, g.Uniform(-128, 127));
    SetWindow(g.Add(OpType::kDepthwiseConv2d, {in, w, g.Bias(c, 5000)}, out), s);
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmWindowOps, LargePoolsEqualGolden) {
  uint32_t seed = 0;
  for (const auto type : {OpType::kMaxPool2d, OpType::kAveragePool2d}) {
    for (const int size : {1, 2, 3, 8, 25, 60}) {
      for (const int c : {1, 8, 13, 16, 37}) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        OpGraph g(seed++);
        const int zero = g.Uniform(-128, 127);
        const int in = g.Input({1, size + 2, size, c}, 0.05f, zero);
        const int out = g.Activation("out", {1, 3, 1, c}, 0.05f, zero);
        model::Op& op = g.Add(type, {in}, out);
        op.attributes.filter_h = op.attributes.filter_w = size;
        ExpectSameAsGolden(g);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(ArmWindowOps, PoolsEqualGolden) {
  int compared = 0;
  for (uint32_t seed = 0; seed < 160; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const Window s = RandomWindow(g, false);
    const float scale = g.Scale(0.01f, 0.1f);
    const int zero = g.Uniform(-128, 127);
    const int in = g.Input({1, s.h, s.w, s.c}, scale, zero);
    const int out = g.Activation("out", {1, OutH(s), OutW(s), s.c}, scale, zero);
    model::Op& op = g.Add(seed % 2 ? OpType::kMaxPool2d : OpType::kAveragePool2d, {in}, out);
    SetWindow(op, s);
    op.attributes.filter_h = s.kh;
    op.attributes.filter_w = s.kw;
    op.attributes.activation = AnyActivation(g);
    // A window may lie wholly in the padding, which Validate refuses.
    try {
      model::Validate(g.graph());
    } catch (const Error&) {
      continue;
    }
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
    ++compared;
  }
  EXPECT_GE(compared, 100);
}

}  // namespace
}  // namespace fragua

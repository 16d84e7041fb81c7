// The ARM side's other operators against the golden reference loops: seeded random shapes and
// parameters.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "arm_check.h"
#include "fragua/model/error.h"

namespace fragua {
namespace {

using model::OpType;
using test::AnyActivation;
using test::ExpectSameAsGolden;
using test::OpGraph;

TEST(ArmOps, FullyConnectedEqualsGolden) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const int depth = g.Uniform(1, 300), channels = g.Uniform(1, 50), rows = g.Uniform(1, 3);
    const int in = g.Input({1, rows, depth}, g.Scale(0.01f, 0.3f), g.Uniform(-128, 127));
    const int w = g.Weights({channels, depth}, seed % 2 == 0 ? -1 : 0, 0.01f);
    const int bias = g.Bias(channels, 10000);
    const int out =
        g.Activation("out", {1, rows, channels}, g.Scale(0.05f, 1), g.Uniform(-128, 127));
    g.Add(OpType::kFullyConnected, {in, w, bias}, out).attributes.activation = AnyActivation(g);
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, AddEqualsGolden) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const std::vector<int> shape = {1, g.Uniform(1, 9), g.Uniform(1, 9), g.Uniform(1, 40)};
    const int a = g.Input(shape, g.Scale(0.001f, 0.5f), g.Uniform(-128, 127));
    const int b = g.Input(shape, g.Scale(0.001f, 0.5f), g.Uniform(-128, 127));
    const int out = g.Activation("out", shape, g.Scale(0.001f, 0.5f), g.Uniform(-128, 127));
    g.Add(OpType::kAdd, {a, b}, out).attributes.activation = AnyActivation(g);
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, MeanEqualsGoldenOverAnyAxes) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const std::vector<int> shape = {1, g.Uniform(1, 15), g.Uniform(1, 15), g.Uniform(1, 40)};
    const std::vector<std::vector<int>> kAxes = {{1, 2}, {1}, {3}, {2, 3}, {1, 2, 3}};
    const std::vector<int>& axes = kAxes[seed % kAxes.size()];
    const bool keep = seed % 2 == 0;
    std::vector<int> reduced;
    for (int d = 0; d < 4; ++d) {
      const bool gone = std::find(axes.begin(), axes.end(), d) != axes.end();
      if (!gone || keep) reduced.push_back(gone ? 1 : shape[static_cast<size_t>(d)]);
    }
    const int in = g.Input(shape, g.Scale(0.01f, 0.5f), g.Uniform(-128, 127));
    const int out = g.Activation("out", reduced, g.Scale(0.001f, 0.5f), g.Uniform(-128, 127));
    model::Op& op = g.Add(OpType::kMean, {in}, out);
    op.attributes.axes = axes;
    op.attributes.keep_dims = keep;
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, MeanFromSumsEqualsMeanOfTheMap) {
  OpGraph g(7);
  const int in = g.Input({1, 13, 15, 37}, 0.07f, -100);
  const int out = g.Activation("out", {1, 37}, 0.011f, -128);
  g.Add(OpType::kMean, {in}, out).attributes.axes = {1, 2};
  const auto bytes = g.RandomInputs();
  driver::TensorStore store(g.graph());
  store.Set(in, bytes[0]);
  driver::RunArmOp(g.graph(), 0, store);
  const std::vector<uint8_t> expected(store.Bytes(out).begin(), store.Bytes(out).end());
  std::vector<int32_t> sums(37);
  for (size_t i = 0; i < bytes[0].size(); ++i) sums[i % 37] += static_cast<int8_t>(bytes[0][i]);
  store.Clear();
  driver::FinishSums(g.graph(), 0, sums, store);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), store.Bytes(out).begin()));
  EXPECT_FALSE(store.Has(in));
}

TEST(ArmOps, ReluQuantizeAndDequantizeEqualGolden) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const std::vector<int> shape = {1, g.Uniform(1, 9), 7};
    const float scale = g.Scale(0.01f, 0.1f);
    const int zero = g.Uniform(-128, 127);
    const int in = g.Input(shape, scale, zero);
    const int kind = static_cast<int>(seed % 4);
    if (kind == 3) {
      const int out = g.Activation("out", shape, 0, 0, model::DataType::kFloat32);
      g.Add(OpType::kDequantize, {in}, out);
    } else {
      const bool same = seed % 8 < 4;
      const int out = g.Activation("out", shape, same ? scale : g.Scale(0.01f, 0.2f),
                                   same ? zero : g.Uniform(-128, 127));
      constexpr OpType kTypes[] = {OpType::kRelu, OpType::kRelu6, OpType::kQuantize};
      g.Add(kTypes[kind], {in}, out);
    }
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, QuantizeOfFloatsSaturatesAndRoundsAsGolden) {
  OpGraph g(3);
  const std::vector<float> values = {0,      0.05f,   -0.05f, 0.1499999f, 1e30f, -1e30f,
                                     12.65f, -13.05f, 0.25f,  -0.25f,     0.35f, 3.0f};
  const int in = g.Input({1, 12}, 0, 0, model::DataType::kFloat32);
  const int out = g.Activation("out", {1, 12}, 0.1f, -3);
  g.Add(OpType::kQuantize, {in}, out);
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  ExpectSameAsGolden(g.graph(), {bytes});
}

TEST(ArmOps, BytesConvertBetweenSignedAndUnsigned) {
  for (const bool to_unsigned : {false, true}) {
    OpGraph g(5);
    const auto from = to_unsigned ? model::DataType::kInt8 : model::DataType::kUInt8;
    const auto to = to_unsigned ? model::DataType::kUInt8 : model::DataType::kInt8;
    const int in = g.Input({1, 256}, 0.02f, to_unsigned ? -5 : 120, from);
    const int out = g.Activation("out", {1, 256}, 0.03f, to_unsigned ? 130 : -7, to);
    g.Add(OpType::kQuantize, {in}, out);
    ExpectSameAsGolden(g);
  }
}

TEST(ArmOps, SoftmaxEqualsGolden) {
  for (uint32_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const std::vector<int> shape = {1, g.Uniform(1, 3), g.Uniform(1, seed % 2 ? 12 : 400)};
    const int in =
        g.Input(shape, g.Scale(0.001f, seed % 4 == 0 ? 4.0f : 0.3f), g.Uniform(-128, 127));
    const int out = g.Activation("out", shape, 1.0f / 256, -128);
    g.Add(OpType::kSoftmax, {in}, out).attributes.beta = seed % 5 == 0 ? 0.5f : 1.0f;
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, BytesMoveAsGoldenMovesThem) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const int zero = g.Uniform(-128, 127);
    const std::vector<int> shape = {1, g.Uniform(1, 6), g.Uniform(1, 6), g.Uniform(1, 20)};
    const int in = g.Input(shape, 0.5f, zero);
    if (seed % 4 == 0) {
      std::vector<std::pair<int, int>> pads;
      std::vector<int> padded = shape;
      for (int& extent : padded) {
        pads.emplace_back(g.Uniform(0, 2), g.Uniform(0, 3));
        extent += pads.back().first + pads.back().second;
      }
      const int out = g.Activation("out", padded, 0.5f, zero);
      g.Add(OpType::kPad, {in}, out).attributes.pads = pads;
    } else if (seed % 4 == 1) {
      const int out = g.Activation("out", {1, shape[1] * shape[2] * shape[3]}, 0.5f, zero);
      g.Add(OpType::kReshape, {in}, out);
    } else if (seed % 4 == 2) {
      std::vector<int> order = {0, 1, 2, 3};
      std::shuffle(order.begin(), order.end(), g.random());
      std::vector<int> permuted;
      for (const int axis : order) permuted.push_back(shape[static_cast<size_t>(axis)]);
      const int out = g.Activation("out", permuted, 0.5f, zero);
      g.Add(OpType::kTranspose, {in}, out).attributes.axes = order;
    } else {
      const int axis = g.Uniform(1, 3);
      std::vector<int> inputs = {in};
      std::vector<int> total = shape;
      for (int i = g.Uniform(0, 2); i > 0; --i) {
        std::vector<int> part = shape;
        part[static_cast<size_t>(axis)] = g.Uniform(1, 9);
        total[static_cast<size_t>(axis)] += part[static_cast<size_t>(axis)];
        inputs.push_back(g.Input(part, 0.5f, zero));
      }
      const int out = g.Activation("out", total, 0.5f, zero);
      g.Add(OpType::kConcatenation, inputs, out).attributes.axis = axis;
    }
    ExpectSameAsGolden(g);
    if (HasFatalFailure()) return;
  }
}

TEST(ArmOps, FloatLayersAreRefusedByName) {
  OpGraph g(1);
  const int in = g.Input({1, 2, 2, 3}, 0, 0, model::DataType::kFloat32);
  const int out = g.Activation("out", {1, 2, 2, 3}, 0, 0, model::DataType::kFloat32);
  g.Add(OpType::kRelu, {in}, out);
  try {
    driver::PrepareArmOp(g.graph(), 0);
    FAIL() << "a float layer was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("'op0'"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("in0"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace fragua

#include "shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace fragua::app {
namespace {

using model::DataType;
using model::OpType;

// A 3x3 convolution, padded, of 6 x 5 pixels, 4 channels, into 7 channels. Every byte is its index.
Case Convolution(int stride = 1) {
  Case whole;
  model::Graph& graph = whole.graph;
  graph.tensors.resize(4);
  const auto constant = [&](int index, DataType type, std::vector<int> shape, size_t bytes) {
    model::Tensor& t = graph.tensor(index);
    t.name = "t" + std::to_string(index);
    t.type = type;
    t.shape = std::move(shape);
    t.data.resize(bytes);
    std::iota(t.data.begin(), t.data.end(), uint8_t{0});
  };
  constant(0, DataType::kInt8, {1, 6, 5, 4}, 0);
  constant(1, DataType::kInt8, {7, 3, 3, 4}, 252);
  constant(2, DataType::kInt32, {7}, 28);
  constant(3, DataType::kInt8, {1, 6, 5, 7}, 0);
  if (stride == 2) graph.tensor(3).shape = {1, 3, 3, 7};
  graph.tensor(0).quant = {{0.5F}, {3}, 0};
  graph.tensor(3).quant = {{0.25F}, {-1}, 0};
  graph.tensor(1).quant = {{1, 2, 3, 4, 5, 6, 7}, std::vector<int32_t>(7), 0};
  graph.tensor(2).quant = {{.5F, 1, 1.5F, 2, 2.5F, 3, 3.5F}, std::vector<int32_t>(7), 0};
  model::Op op;
  op.type = OpType::kConv2d;
  op.name = "conv";
  op.inputs = {0, 1, 2};
  op.outputs = {3};
  op.attributes.stride_h = op.attributes.stride_w = stride;
  op.attributes.padding = {1, 1, 1, 1};
  if (stride == 2) op.attributes.padding = {0, 1, 1, 1};
  graph.ops = {op};
  graph.inputs = {0};
  graph.outputs = {3};
  whole.inputs = {std::vector<uint8_t>(120)};
  std::iota(whole.inputs[0].begin(), whole.inputs[0].end(), uint8_t{0});
  model::Validate(graph);
  return whole;
}

TEST(ShrinkTest, EverySmallerCaseIsANetworkWithItsInput) {
  for (const int stride : {1, 2}) {
    const Case whole = Convolution(stride);
    const auto cases = SmallerCases(whole);
    EXPECT_GE(cases.size(), 10U);
    for (const Case& each : cases) {
      EXPECT_NO_THROW(model::Validate(each.graph));
      EXPECT_EQ(each.inputs[0].size(), static_cast<size_t>(each.graph.tensor(0).elements()));
      EXPECT_LT(model::MacCount(each.graph, each.graph.ops[0]),
                model::MacCount(whole.graph, whole.graph.ops[0]));
    }
  }
}

TEST(ShrinkTest, KeepsTheBytesOfThePartItKeeps) {
  const Case whole = Convolution();
  // What persists: output channel 6 (its weights begin with 216), input byte 59 (row 2, column 4,
  // channel 3).
  const auto persists = [](const Case& each) {
    const auto& weights = each.graph.tensor(1);
    const auto& bytes = each.inputs[0];
    const bool channel = std::ranges::any_of(
        weights.data, [](uint8_t byte) { return byte >= 216 && byte % 4 == 3; });
    return channel && std::ranges::count(bytes, uint8_t{59}) == 1;
  };
  ASSERT_TRUE(persists(whole));
  int asked = 0;
  const Case smallest = Shrink(whole, [&](const Case& each) {
    ++asked;
    return persists(each);
  });
  EXPECT_TRUE(persists(smallest));
  EXPECT_EQ(smallest.graph.tensor(0).shape, (std::vector<int>{1, 1, 1, 1}));
  EXPECT_EQ(smallest.graph.tensor(1).shape, (std::vector<int>{1, 3, 3, 1}));
  EXPECT_EQ(smallest.graph.tensor(3).shape, (std::vector<int>{1, 1, 1, 1}));
  EXPECT_EQ(smallest.inputs[0], std::vector<uint8_t>{59});
  EXPECT_EQ(smallest.graph.tensor(1).quant.scale, std::vector<float>{7});
  EXPECT_EQ(smallest.graph.tensor(2).quant.scale, std::vector<float>{3.5F});
  EXPECT_EQ(smallest.graph.tensor(2).as<int32_t>()[0], 0x1B1A1918);
  EXPECT_GT(asked, 5);
}

TEST(ShrinkTest, StaysWholeWhenNothingSmallerPersists) {
  const Case whole = Convolution();
  const Case same = Shrink(whole, [](const Case&) { return false; });
  EXPECT_EQ(same.graph.tensor(0).shape, whole.graph.tensor(0).shape);
  EXPECT_EQ(same.inputs, whole.inputs);
}

TEST(ShrinkTest, EndsWithItsTries) {
  int asked = 0;
  ShrinkOptions options;
  options.tries = 3;
  Shrink(
      Convolution(), [&](const Case&) { return ++asked % 2 == 0; }, options);
  EXPECT_EQ(asked, 3);
}

TEST(ShrinkTest, SeveralOperatorsHaveNoParts) {
  Case two = Convolution();
  two.graph.ops.push_back(two.graph.ops[0]);
  EXPECT_TRUE(SmallerCases(two).empty());
}

TEST(ShrinkTest, APoolKeepsItsWindow) {
  Case whole = Convolution();
  model::Graph& graph = whole.graph;
  graph.ops[0].type = OpType::kMaxPool2d;
  graph.ops[0].inputs = {0};
  graph.ops[0].attributes = {};
  graph.ops[0].attributes.filter_h = graph.ops[0].attributes.filter_w = 3;
  graph.ops[0].attributes.stride_h = graph.ops[0].attributes.stride_w = 2;
  graph.tensor(3).shape = {1, 2, 2, 4};
  graph.tensor(3).quant = graph.tensor(0).quant;
  model::Validate(graph);
  const Case smallest = Shrink(whole, [](const Case&) { return true; });
  EXPECT_EQ(smallest.graph.tensor(0).shape, (std::vector<int>{1, 3, 3, 1}));
  EXPECT_EQ(smallest.graph.tensor(3).shape, (std::vector<int>{1, 1, 1, 1}));
}

}  // namespace
}  // namespace fragua::app

#include "fragua/driver/cost_model.h"

#include <gtest/gtest.h>

#include "op_graphs.h"

namespace fragua::driver {
namespace {

using test::OpGraph;

TEST(ArmCostModel, ConvolutionsCostTheirInstructions) {
  BoardConfig board;
  board.processor.clock_mhz = 500;
  board.processor.kernels[static_cast<size_t>(ArmKernel::kConv)] = {0.25, 8, 1.5};
  board.processor.kernels[static_cast<size_t>(ArmKernel::kDepthwise)] = {0.5, 6, 2};
  board.processor.kernels[static_cast<size_t>(ArmKernel::kFullyConnected)] = {0.4, 10, 3};
  OpGraph g(1);
  const int in = g.Input({1, 8, 8, 17}, 1, 0);
  const int mid = g.Activation("mid", {1, 8, 8, 30}, 1, 0);
  const int deep = g.Activation("deep", {1, 8, 8, 30}, 1, 0);
  const int out = g.Activation("out", {1, 10}, 1, 0);
  g.Add(model::OpType::kConv2d, {in, g.Weights({30, 3, 3, 17}, 0, 1), -1}, mid)
      .attributes.padding = {1, 1, 1, 1};
  g.Add(model::OpType::kDepthwiseConv2d, {mid, g.Weights({1, 3, 3, 30}, 3, 1), -1}, deep)
      .attributes.padding = {1, 1, 1, 1};
  g.Add(model::OpType::kFullyConnected, {deep, g.Weights({10, 1920}, 0, 1), -1}, out);
  const ArmCostModel model(board);
  // 153 products fill 160 places of the kernel's vectors, 30 channels 32.
  EXPECT_DOUBLE_EQ(model.OpNs(g.graph(), 0), 8 * 8 * 30 * (160 * 0.25 + 8) * 1.5 / 0.5);
  EXPECT_DOUBLE_EQ(model.OpNs(g.graph(), 1), 8 * 8 * 32 * (9 * 0.5 + 6) * 2 / 0.5);
  EXPECT_DOUBLE_EQ(model.OpNs(g.graph(), 2), 10 * (1920 * 0.4 + 10) * 3 / 0.5);
}

TEST(ArmCostModel, CacheMaintenanceCountsWholeLines) {
  BoardConfig board;
  board.processor.cache_line_bytes = 32;
  board.processor.clean_ns_per_line = 10;
  board.processor.invalidate_ns_per_line = 7;
  const ArmCostModel model(board);
  EXPECT_DOUBLE_EQ(model.CleanNs(0), 0);
  EXPECT_DOUBLE_EQ(model.CleanNs(33), 20);
  EXPECT_DOUBLE_EQ(model.InvalidateNs(64), 14);
}

TEST(ArmCostModel, EveryOperatorCostsTimeAndMoreOfItCostsMore) {
  using model::OpType;
  const ArmCostModel model{BoardConfig{}};
  for (const OpType type :
       {OpType::kAdd, OpType::kMaxPool2d, OpType::kAveragePool2d, OpType::kMean,
        OpType::kConcatenation, OpType::kPad, OpType::kReshape, OpType::kRelu, OpType::kRelu6,
        OpType::kSoftmax, OpType::kQuantize, OpType::kDequantize, OpType::kTranspose}) {
    double small = 0;
    for (const int channels : {16, 64}) {
      OpGraph g(1);
      const int in = g.Input({1, 4, 4, channels}, 1, 0);
      const int out = g.Activation("out", {1, 4, 4, channels}, 1, 0);
      g.Add(type, {in, in}, out);
      const double ns = model.OpNs(g.graph(), 0);
      EXPECT_GT(ns, small) << model::Name(type);
      small = ns;
    }
  }
}

}  // namespace
}  // namespace fragua::driver

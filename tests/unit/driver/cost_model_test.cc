#include "fragua/driver/cost_model.h"

#include <gtest/gtest.h>

#include "op_graphs.h"

namespace fragua::driver {
namespace {

using test::OpGraph;

TEST(ArmCostModel, ConvolutionsCostTheirMultiplications) {
  BoardConfig board;
  board.processor.mac_per_ns = 0.5;
  board.processor.depthwise_mac_per_ns = 0.25;
  OpGraph g(1);
  const int in = g.Input({1, 8, 8, 16}, 1, 0);
  const int mid = g.Activation("mid", {1, 8, 8, 32}, 1, 0);
  const int out = g.Activation("out", {1, 8, 8, 32}, 1, 0);
  g.Add(model::OpType::kConv2d, {in, g.Weights({32, 3, 3, 16}, 0, 1), -1}, mid)
      .attributes.padding = {1, 1, 1, 1};
  g.Add(model::OpType::kDepthwiseConv2d, {mid, g.Weights({1, 3, 3, 32}, 3, 1), -1}, out)
      .attributes.padding = {1, 1, 1, 1};
  const ArmCostModel model(board);
  EXPECT_DOUBLE_EQ(model.OpNs(g.graph(), 0), 8 * 8 * 32 * 9 * 16 / 0.5);
  EXPECT_DOUBLE_EQ(model.OpNs(g.graph(), 1), 8 * 8 * 32 * 9 / 0.25);
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

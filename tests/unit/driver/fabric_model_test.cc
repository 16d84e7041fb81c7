// The compiler's answers to the partitioner.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "fragua/driver/compiler.h"
#include "net_builder.h"

namespace fragua {
namespace {

using test::NetBuilder;
using test::Square;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

driver::CompileOptions Options() { return {}; }

TEST(FabricModel, GroupsWhatRunsAsOne) {
  NetBuilder net(3);
  int x = net.Conv(net.Input(20, 20, 3), Square(32, 3, 2), "conv1");  // 0
  x = net.MaxPool(x, 3, 0, true, "pool1");                            // 1
  x = net.Fire(x, 16, 32, 32, "fire2");                               // 2 3 4 5
  x = net.MaxPool(x, 3, 0, true, "pool2");                            // 6
  x = net.Conv(x, Square(20, 1), "conv3");                            // 7
  net.Output(net.Mean(x));                                            // 8
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  EXPECT_THAT(model->Groups(),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4, 5, 6), ElementsAre(7, 8)));
  for (const auto& group : model->Groups()) {
    EXPECT_THAT(model->WhyNot(group), IsEmpty());
    EXPECT_GT(model->EstimateNs(group), 0);
  }
}

TEST(FabricModel, EstimatesAtLeastTheArraysOwnTime) {
  NetBuilder net(3);
  net.Output(net.Conv(net.Input(28, 28, 64), Square(64, 3, 1, 1), "conv"));
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  const std::vector<int> group = {0};
  const double bound_ns = 28.0 * 28 * 9 * 64 * 64 / 128 * 10;
  EXPECT_GE(model->EstimateNs(group), bound_ns);
  EXPECT_LE(model->EstimateNs(group), 1.1 * bound_ns);
}

TEST(FabricModel, EstimatesADepthwiseAtPcProductsACycle) {
  NetBuilder net(3);
  net.Output(net.Depthwise(net.Input(28, 28, 64), Square(0, 3, 1, 1), "dw"));
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  const std::vector<int> group = {0};
  const double bound_ns = 28.0 * 28 * 9 * 64 / 8 * 10;  // 8 = PC: the other products are by 0
  EXPECT_GE(model->EstimateNs(group), bound_ns);
  EXPECT_LE(model->EstimateNs(group), 1.1 * bound_ns);
}

TEST(FabricModel, GroupsAFlatteningWithWhatReadsIt) {
  NetBuilder net(3);
  const int x = net.Conv(net.Input(14, 14, 16), Square(16, 3, 2, 1), "conv");
  const int flat = net.Flatten(net.MaxPool(x, 2, 0, false, "pool"), "flatten");
  net.Output(net.FullyConnected(flat, 10, true, "fc"));
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  EXPECT_THAT(model->Groups(), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  const std::vector<int> alone = {2};
  EXPECT_THAT(model->WhyNot(alone), HasSubstr("needs a neighbour"));
}

TEST(FabricModel, SaysWhyNot) {
  NetBuilder net(3);
  const int x = net.Conv(net.Input(8, 8, 16), Square(16, 3, 1, 1), "conv");
  net.Output(net.Concat({x}, "alone"));
  net.graph().ops[0].attributes.dilation_h = 2;
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  const std::vector<int> conv = {0};
  const std::vector<int> concat = {1};
  EXPECT_THAT(model->WhyNot(conv), HasSubstr("dilation"));
  EXPECT_THAT(model->WhyNot(concat), HasSubstr("needs a neighbour"));
}

TEST(FabricModel, KnowsTheBytesInTheEnginesLayout) {
  NetBuilder net(3);
  const int in = net.Input(20, 20, 3);
  const int conv = net.Conv(in, Square(24, 3, 2), "conv");
  const int mean = net.Mean(conv);
  net.Output(mean);
  const auto model = driver::MakeFabricModel(net.graph(), Options());
  EXPECT_EQ(model->DeviceBytes(in), 20 * 10 * 8);       // pairs of pixels
  EXPECT_EQ(model->DeviceBytes(conv), 9 * 9 * 2 * 16);  // two blocks of 16
  EXPECT_EQ(model->DeviceBytes(mean), 24 * 4);          // sums
}

TEST(Plan, FindsCommandsByTag) {
  NetBuilder net(3);
  int x = net.Conv(net.Input(8, 8, 16), Square(16, 1), "a");
  x = net.Conv(x, Square(16, 1), "b");
  net.Output(net.Conv(x, Square(16, 1), "c"));
  using driver::Place;
  const std::vector<Place> places = {Place::kFabric, Place::kArm, Place::kFabric};
  const driver::Plan plan = driver::Compile(net.graph(), places, Options());
  ASSERT_EQ(plan.steps.size(), 3u);
  ASSERT_EQ(plan.programs.size(), 2u);
  EXPECT_EQ(plan.steps[1].op, 1);
  const driver::Program& second = plan.programs[1];
  EXPECT_EQ(second.first_tag, plan.programs[0].commands.size());
  for (size_t i = 0; i < second.commands.size(); ++i) {
    const auto tag = static_cast<uint32_t>(second.commands[i].Get(driver::regs::header::kTag));
    EXPECT_EQ(plan.FindTag(tag).program, 1);
    EXPECT_EQ(plan.FindTag(tag).command, static_cast<int>(i));
  }
  EXPECT_EQ(plan.FindTag(second.first_tag + 1000).program, -1);
  EXPECT_EQ(plan.placement[1].reason, "placed on the processor");
}

}  // namespace
}  // namespace fragua

// ADD and AVERAGE_POOL_2D on the functional model, byte for byte against golden.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "every_engine.h"
#include "net_builder.h"

namespace fragua {
namespace {

using test::NetBuilder;
using test::RunEverywhere;
using test::Square;
using testing::HasSubstr;

std::string WhyNot(const model::Graph& graph, size_t op, const driver::EngineConfig& engine) {
  return driver::WhyNotPlaceable(graph, static_cast<int>(op), engine);
}

/// Every operator can run on every engine; ADD where there are two accumulators per channel.
void CheckEverywhere(NetBuilder& net) {
  const model::Graph& graph = net.graph();
  for (const test::NamedEngine& engine : test::Engines()) {
    for (size_t op = 0; op < graph.ops.size(); ++op) {
      const std::string why = WhyNot(graph, op, engine.config);
      if (graph.ops[op].type == model::OpType::kAdd && engine.config.pk == 8) {
        EXPECT_THAT(why, HasSubstr("two of the engine's accumulators"));
      } else {
        EXPECT_EQ(why, "") << engine.name << ": " << graph.ops[op].name;
      }
    }
  }
  RunEverywhere(net);
}

struct AddCase {
  const char* name;
  int height, width, channels;
};

class AddTable : public testing::TestWithParam<AddCase> {};

TEST_P(AddTable, OfTwoInputsMatchesGolden) {
  const AddCase& c = GetParam();
  NetBuilder net(9);
  const int a = net.Input(c.height, c.width, c.channels, -3);
  const int b = net.Input(c.height, c.width, c.channels, 100);
  net.Output(net.Sum(a, b, "add"));
  CheckEverywhere(net);
}

INSTANTIATE_TEST_SUITE_P(Compiler, AddTable,
                         testing::Values(AddCase{"one_pixel", 1, 1, 3}, AddCase{"row", 1, 9, 16},
                                         AddCase{"odd", 7, 5, 40}, AddCase{"tall", 30, 3, 8},
                                         AddCase{"many_channels", 3, 4, 200},
                                         AddCase{"wide", 2, 20, 100}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(ElementLayers, ResidualBlocksInAChain) {
  NetBuilder net(5);
  int x = net.Conv(net.Input(9, 10, 16), Square(24, 1), "in");
  for (const char* name : {"one", "two"}) {
    int y = net.Conv(x, Square(48, 1), std::string(name) + "/expand");
    y = net.Depthwise(y, Square(0, 3, 1, 1), std::string(name) + "/depthwise");
    y = net.Conv(y, Square(24, 1), std::string(name) + "/project");
    x = net.Sum(x, y, name, model::Activation::kRelu);
  }
  net.Output(net.Conv(x, Square(30, 3, 2, 1), "out"));
  CheckEverywhere(net);
}

TEST(ElementLayers, ASumIsReadTwiceAndLeaves) {
  NetBuilder net(15);
  const int x = net.Conv(net.Input(8, 8, 16), Square(20, 1), "in");
  const int y = net.Sum(x, net.Conv(x, Square(20, 3, 1, 1), "conv"), "sum");
  net.Output(y);
  net.Output(net.Sum(y, x, "again", model::Activation::kRelu6));
  CheckEverywhere(net);
}

TEST(ElementLayers, AMapIsAddedToItself) {
  NetBuilder net(17);
  const int x = net.Conv(net.Input(6, 7, 16), Square(20, 1), "in");
  net.Output(net.Sum(x, x, "twice"));
  CheckEverywhere(net);
}

TEST(ElementLayers, PoolsAndMeansOnTheOutputPathOfASum) {
  for (const int kind : {0, 1, 2, 3}) {
    SCOPED_TRACE(kind);
    NetBuilder net(19);
    const int a = net.Input(18, 13, 40, 5);
    const int sum = net.Sum(a, net.Conv(a, Square(40, 1), "conv"), "sum");
    const int pooled = kind == 0   ? net.MaxPool(sum, 3, 0, true, "pool")
                       : kind == 1 ? net.MaxPool(sum, 2, 0, false, "pool")
                       : kind == 2 ? net.Mean(sum)
                                   : net.AveragePool(sum, 18, 13, 1, "average");
    net.Output(pooled);
    CheckEverywhere(net);
    if (HasFatalFailure()) return;
  }
}

TEST(ElementLayers, SumOfConcatenationsKeepsTheirHoles) {
  NetBuilder net(23);
  const int x = net.Fire(net.Input(9, 8, 16), 12, 20, 28, "fire1");
  const int y = net.Fire(x, 8, 20, 28, "fire2");
  net.Output(net.Conv(net.Sum(x, y, "bypass"), Square(30, 3, 1, 1), "conv"));
  CheckEverywhere(net);
}

TEST(ElementLayers, SumOfDifferentHolesStaysOnTheProcessor) {
  NetBuilder net(29);
  const int in = net.Input(5, 5, 16);
  const int joined = net.Fire(in, 12, 20, 28, "fire");
  net.Output(net.Sum(joined, net.Conv(in, Square(48, 1), "conv"), "sum"));
  EXPECT_THAT(WhyNot(net.graph(), net.graph().ops.size() - 1, test::Engine(8, 16)),
              HasSubstr("channels in different places"));
  RunEverywhere(net);
}

TEST(ElementLayers, AnAddWithoutExactFactorsStaysOnTheProcessor) {
  NetBuilder net(31);
  const int a = net.Input(3, 3, 16);
  net.Output(net.Sum(a, net.Input(3, 3, 16), "add", model::Activation::kNone, 1.0f / 64 / 100));
  EXPECT_THAT(WhyNot(net.graph(), 0, test::Engine(8, 16)), HasSubstr("no multipliers"));
  RunEverywhere(net);
}

struct AverageCase {
  const char* name;
  int height, width, channels, filter_h, filter_w, stride;
};

class AverageTable : public testing::TestWithParam<AverageCase> {};

TEST_P(AverageTable, MatchesGolden) {
  const AverageCase& c = GetParam();
  NetBuilder net(11);
  const int x = net.Conv(net.Input(c.height, c.width, 16), Square(c.channels, 1), "conv");
  net.Output(net.AveragePool(x, c.filter_h, c.filter_w, c.stride, "pool"));
  CheckEverywhere(net);
}

INSTANTIATE_TEST_SUITE_P(Compiler, AverageTable,
                         testing::Values(AverageCase{"p2x2", 8, 9, 20, 2, 2, 2},
                                         AverageCase{"p3x3", 9, 8, 16, 3, 3, 1},
                                         AverageCase{"p1x1", 5, 6, 16, 1, 1, 2},
                                         AverageCase{"whole", 3, 3, 64, 3, 3, 2},
                                         AverageCase{"wide", 3, 14, 24, 1, 12, 1},
                                         AverageCase{"whole_25x5", 25, 5, 64, 25, 5, 25}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(ElementLayers, AverageOfTheWholeMapIsReadByTheNextLayer) {
  NetBuilder net(37);
  int x = net.Conv(net.Input(25, 5, 16), Square(32, 1), "conv");
  x = net.AveragePool(x, 25, 5, 25, "pool");
  net.Output(net.FullyConnected(net.Flatten(x, "flatten"), 12, true, "fc"));
  CheckEverywhere(net);
}

TEST(ElementLayers, AveragesOfUnequalWindowsStayOnTheProcessor) {
  NetBuilder net(41);
  net.Output(net.AveragePool(net.Input(6, 6, 16), 3, 3, 1, "pool"));
  model::Graph& graph = net.graph();
  graph.ops[0].attributes.padding = {1, 1, 1, 1};
  graph.tensor(graph.ops[0].outputs[0]).shape = {1, 6, 6, 16};
  EXPECT_THAT(WhyNot(graph, 0, test::Engine(8, 16)), HasSubstr("different numbers of terms"));
  RunEverywhere(net);
}

}  // namespace
}  // namespace fragua

// What programs move through DDR, against what no schedule could save.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "every_engine.h"
#include "fragua/model/networks.h"
#include "net_builder.h"

namespace fragua {
namespace {

using test::NetBuilder;
using test::Square;

struct Bytes {
  int64_t read = 0, written = 0;
  int64_t total() const { return read + written; }
};

Bytes Sum(const std::vector<driver::OpTraffic>& traffic) {
  Bytes bytes;
  for (const driver::OpTraffic& each : traffic) {
    bytes.read += each.read_bytes;
    bytes.written += each.write_bytes;
  }
  return bytes;
}

driver::Plan OnFabric(const model::Graph& graph, const driver::CompileOptions& options) {
  return driver::Compile(graph, driver::PlaceAllOnFabric(graph, options.engine), options);
}

struct Network {
  const char* test;
  const char* name;
  int size;
  double most = 1.15;  // bytes moved, of the compulsory
};

class Traffic : public testing::TestWithParam<Network> {};

TEST_P(Traffic, StaysNearTheCompulsory) {
  const Network& c = GetParam();
  const model::Graph graph = model::BuildNetwork(
      std::string(FRAGUA_SOURCE_DIR "/configs/networks/") + c.name + ".yaml", c.size, 0, 1);
  driver::CompileOptions options;
  options.engine = driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
  const driver::Plan plan = OnFabric(graph, options);
  int64_t moved = 0;
  int64_t compulsory = 0;
  for (const driver::Program& program : plan.programs) {
    const Bytes least = Sum(program.compulsory);
    const Bytes all = Sum(program.traffic);
    EXPECT_GE(all.read, least.read);
    EXPECT_GE(all.written, least.written);
    moved += all.total() + static_cast<int64_t>(program.commands.size()) *
                               static_cast<int64_t>(driver::regs::Command::kBytes);
    compulsory += least.total();
  }
  EXPECT_LE(static_cast<double>(moved), c.most * static_cast<double>(compulsory))
      << moved << " of " << compulsory;
}

INSTANTIATE_TEST_SUITE_P(Compiler, Traffic,
                         testing::Values(Network{"SqueezeNet11", "squeezenet-1.1", 224},
                                         Network{"SqueezeNet11At227", "squeezenet-1.1", 227},
                                         Network{"SqueezeNet10", "squeezenet-1.0", 227},
                                         // Both maps of an addition and its result do not fit
                                         // on chip together, though each of them does.
                                         Network{"SqueezeNet10Bypass", "squeezenet-1.0-bypass", 227,
                                                 1.25}),
                         [](const auto& param) { return std::string(param.param.test); });

// By hand: a 9x9 map of 32 channels is 324 words and always crosses, since the processor makes it;
// a 1x1 convolution of stride 2 reads five of its nine rows. The 5x5 map between the two
// convolutions of 3x3 is 200 words and stays; the last result, 3x3x16, leaves.
TEST(TrafficTest, CompulsoryBytesByHand) {
  NetBuilder net(3);
  int x = net.Conv(net.Input(9, 9, 32), Square(64, 1, 2), "a");
  x = net.Conv(x, Square(64, 3, 1, 1), "b");
  net.Output(net.Conv(x, Square(16, 3), "c"));
  driver::CompileOptions options;
  options.engine = test::Engine(8, 16);
  options.fuse = false;
  const driver::Plan plan = OnFabric(net.graph(), options);
  ASSERT_EQ(plan.programs.size(), 1U);
  // K-blocks times words (one of parameters, taps times channel words) times 128 bytes.
  const int64_t a = 4 * (1 + 4) * 128, b = 4 * (1 + 9 * 8) * 128, c = 1 * (1 + 9 * 8) * 128;
  const Bytes least = Sum(plan.programs[0].compulsory);
  EXPECT_EQ(least.read, a + b + c + 5 * 9 * 32);
  EXPECT_EQ(least.written, 3 * 3 * 16);
  // Where they do not fit, the maps between cross too, out and in.
  options.engine.activation_words = 150;
  const Bytes small = Sum(OnFabric(net.graph(), options).programs[0].compulsory);
  EXPECT_EQ(small.read, least.read + 2 * 5 * 5 * 64);
  EXPECT_EQ(small.written, least.written + 2 * 5 * 5 * 64);
}

// The squeezed map is larger than the squeeze buffer and the expands' weights than the weight
// buffer: the map goes to the activation buffer, so that neither is made or loaded twice.
TEST(TrafficTest, AWholeSqueezedMapSparesLoadingWeightsAgain) {
  NetBuilder net(5);
  net.Output(net.Fire(net.Input(12, 12, 32), 32, 16, 128));
  driver::CompileOptions options;
  options.engine = test::Tight(8, 16);
  const driver::Plan plan = OnFabric(net.graph(), options);
  ASSERT_EQ(plan.programs.size(), 1U);
  EXPECT_EQ(Sum(plan.programs[0].traffic).read, Sum(plan.programs[0].compulsory).read);
  test::RunEverywhere(net);
}

// A whole squeezed map that fits the squeeze buffer while its input does not fit beside anything.
TEST(TrafficTest, AWholeSqueezedMapInTheSqueezeBuffer) {
  NetBuilder net(6);
  const int x = net.Fire(net.Input(11, 10, 160), 16, 48, 240);
  net.Output(net.MaxPool(net.Fire(x, 16, 32, 32, "second"), 3));
  driver::CompileOptions options;
  options.engine = test::Tight(8, 16);
  const driver::Plan plan = OnFabric(net.graph(), options);
  ASSERT_EQ(plan.programs.size(), 1U);
  EXPECT_EQ(Sum(plan.programs[0].traffic).read, Sum(plan.programs[0].compulsory).read);
  test::RunEverywhere(net);
}

}  // namespace
}  // namespace fragua

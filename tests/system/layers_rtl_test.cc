// Networks of the layers that need more than convolutions in a chain, from graph to bytes on the
// Verilated engine: sums of two maps, averages, depthwise layers of one channel.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "../unit/driver/net_builder.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/sim/platform.h"

namespace fragua {
namespace {

using test::NetBuilder;
using test::Square;

struct Mode {
  const char* engine;
  std::optional<uint64_t> stall_seed;
};

class LayersRtl : public testing::TestWithParam<Mode> {
 protected:
  /// Runs the network with every operator on the engine, twice, and compares its outputs.
  void Check(NetBuilder& net) {
    const model::Graph& graph = net.graph();
    model::Validate(graph);
    driver::CompileOptions compile;
    compile.engine = driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/" +
                                              std::string(GetParam().engine) + ".yaml");
    for (int op = 0; op < static_cast<int>(graph.ops.size()); ++op) {
      EXPECT_EQ(driver::WhyNotPlaceable(graph, op, compile.engine), "");
    }
    const auto inputs = net.RandomInputs();
    const golden::Values expected = golden::Run(graph, inputs);
    sim::PlatformOptions options;
    options.engine = compile.engine;
    options.stall_seed = GetParam().stall_seed;
    sim::Platform platform(options);
    platform.Run([&](driver::DevicePort& port) {
      driver::Runtime runtime(
          graph, driver::Compile(graph, driver::PlaceAllOnFabric(graph, compile.engine), compile),
          port);
      for (int round = 0; round < 2; ++round) {
        driver::TensorStore store(graph);
        for (size_t i = 0; i < inputs.size(); ++i) store.Set(graph.inputs[i], inputs[i]);
        runtime.Run(store);
        for (const int tensor : graph.outputs) {
          const auto got = store.Bytes(tensor);
          ASSERT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
                    expected[static_cast<size_t>(tensor)])
              << graph.tensor(tensor).name << ", round " << round;
        }
      }
    });
  }
};

TEST_P(LayersRtl, ResidualBlocks) {
  NetBuilder net(5);
  int x = net.Conv(net.Input(13, 10, 16), Square(40, 1), "in");
  for (const char* name : {"one", "two"}) {
    int y = net.Conv(x, Square(48, 1), std::string(name) + "/expand");
    y = net.Depthwise(y, Square(0, 3, 1, 1), std::string(name) + "/depthwise");
    y = net.Conv(y, Square(40, 1), std::string(name) + "/project");
    x = net.Sum(x, y, name, model::Activation::kRelu);
  }
  net.Output(x);
  net.Output(net.Conv(x, Square(30, 3, 2, 1), "out"));
  Check(net);
}

TEST_P(LayersRtl, SumsThatArePooledAndAveraged) {
  NetBuilder net(7);
  const int a = net.Input(16, 11, 24, 9);
  const int sum = net.Sum(a, net.Input(16, 11, 24, -70), "sum");
  const int pooled = net.MaxPool(sum, 3, 0, true, "pool");
  net.Output(net.AveragePool(pooled, 2, 3, 2, "average"));
  net.Output(net.AveragePool(net.Sum(a, a, "twice"), 16, 11, 1, "whole"));
  Check(net);
}

TEST_P(LayersRtl, DepthwiseOfOneChannel) {
  NetBuilder net(11);
  const int x = net.Depthwise(net.Input(20, 17, 1), Square(0, 3, 2, 1), "first", 8);
  net.Output(net.Depthwise(x, Square(0, 3, 1, 1), "second"));
  Check(net);
}

std::string ModeName(const testing::TestParamInfo<Mode>& info) {
  std::string name = info.param.engine;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name + (info.param.stall_seed ? "_stalls" : "");
}

INSTANTIATE_TEST_SUITE_P(Modes, LayersRtl,
                         testing::Values(Mode{"zybo-z7-10", {}}, Mode{"zybo-z7-10", 5},
                                         Mode{"zybo-z7-20", {}}),
                         ModeName);

}  // namespace
}  // namespace fragua

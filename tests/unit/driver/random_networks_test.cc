// Random small networks on random engines: whatever the buffers, bytes are golden's and tokens
// hold. FRAGUA_SEED=n starts elsewhere, FRAGUA_ROUNDS=n runs more.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "net_builder.h"
#include "on_engine.h"

namespace fragua {
namespace {

class RandomCase {
 public:
  /// `layers` kPlain: without depthwise and fully-connected ones, sums and averages.
  enum class Layers { kPlain, kAll };
  explicit RandomCase(uint32_t seed, Layers layers)
      : random_(seed), net_(seed + 1), all_(layers == Layers::kAll) {}

  test::NetBuilder& Network() {
    int x =
        net_.Input(Pick(1, 26), Pick(1, 26), Pick(1, 4) == 1 ? 3 : Pick(1, 60), Pick(-128, 127));
    const int layers = Pick(1, 5);
    for (int i = 0; i < layers; ++i) x = Layer(x);
    if (Pick(0, 2) == 0) {
      x = net_.Mean(x);
    }
    if (all_ && Pick(0, 3) == 0) {
      if (ShapeOf(x).size() == 4) x = net_.Flatten(x, Name("flatten"));
      x = net_.FullyConnected(x, Pick(1, 60), Pick(0, 1) == 1, Name("fc"));
      if (Pick(0, 1) == 0) x = net_.FullyConnected(x, Pick(1, 60), Pick(0, 1) == 1, Name("fc"));
    }
    net_.Output(x);
    return net_;
  }

  driver::EngineConfig Engine() {
    driver::EngineConfig config;
    config.pc = 2 << Pick(0, 2);
    config.pk = 8 << Pick(0, 2);
    config.lanes = 1 << Pick(0, 3);
    config.acc_bits = 30;
    config.activation_words = Pick(64, Pick(0, 1) == 0 ? 600 : 6000);
    config.squeeze_words = Pick(64, 1000);
    config.weight_words = 64 << Pick(0, 4);
    config.pool_words = Pick(16, 500);
    config.store_fifo_words = 32 << Pick(0, 5);
    config.queue_commands = 2 << Pick(0, 2);
    return config;
  }

  std::vector<driver::Place> Places(const model::Graph& graph, const driver::EngineConfig& engine) {
    std::vector<driver::Place> places = driver::PlaceAllOnFabric(graph, engine);
    if (Pick(0, 2) == 0) {
      for (driver::Place& place : places) {
        if (Pick(0, 3) == 0) place = driver::Place::kArm;
      }
    }
    return places;
  }

  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

 private:
  const std::vector<int>& ShapeOf(int tensor) { return net_.graph().tensor(tensor).shape; }

  int Layer(int x) {
    const int smallest = std::min(ShapeOf(x)[1], ShapeOf(x)[2]);
    switch (Pick(0, all_ ? 12 : 6)) {
      case 0:
        return net_.Fire(x, Pick(1, 40), Pick(1, 70), Pick(1, 70), Name("fire"));
      case 1:
        if (smallest < 3) return x;
        return net_.MaxPool(x, Pick(2, 3), 0, Pick(0, 1) == 1, Name("pool"));
      case 2:
        if (smallest < 3) return x;
        return net_.MaxPool(x, 3, 1, Pick(0, 1) == 1, Name("pool"));
      case 3: {
        const int a = net_.Conv(x, test::Square(Pick(1, 50), 1), Name("a"));
        const model::Tensor like = net_.graph().tensor(a);
        const int b = net_.Conv(x, test::Square(Pick(1, 50), 3, 1, 1), Name("b"),
                                like.quant.scale[0], like.quant.zero_point[0]);
        return Pick(0, 1) == 0 ? net_.Concat({a, b}, Name("join"))
                               : net_.Concat({b, a}, Name("join"));
      }
      case 7:
      case 8:
        return net_.Depthwise(x, RandomShape(x), Name("depthwise"),
                              ShapeOf(x)[3] == 1 ? Pick(1, 40) : 1);
      case 10: {
        const int y = net_.Conv(x, test::Square(ShapeOf(x)[3], 3, 1, 1), Name("conv"));
        return Pick(0, 1) == 0 ? net_.Sum(x, y, Name("add")) : net_.Sum(y, x, Name("add"));
      }
      case 11: {
        const int height = Pick(1, std::min(ShapeOf(x)[1], 16));
        const int width = Pick(0, 1) == 0 ? ShapeOf(x)[2] : Pick(1, std::min(ShapeOf(x)[2], 5));
        return net_.AveragePool(x, height, width, Pick(1, 3), Name("average"));
      }
      default:
        return net_.Conv(x, RandomShape(x), Name("conv"));
    }
  }

  test::ConvShape RandomShape(int x) {
    test::ConvShape shape;
    shape.out = Pick(1, 90);
    shape.kernel_h = Pick(1, 5);
    shape.kernel_w = Pick(1, 5);
    shape.stride_h = Pick(1, 3);
    shape.stride_w = Pick(1, 3);
    shape.padding = {Pick(0, shape.kernel_h), Pick(0, shape.kernel_w), Pick(0, 2), Pick(0, 2)};
    shape.padding.bottom =
        std::max(shape.padding.bottom, shape.kernel_h - ShapeOf(x)[1] - shape.padding.top);
    shape.padding.right =
        std::max(shape.padding.right, shape.kernel_w - ShapeOf(x)[2] - shape.padding.left);
    if (all_ && Pick(0, 2) == 0) shape.activation = model::Activation::kRelu6;
    return shape;
  }

  std::string Name(const char* kind) { return kind + std::to_string(next_++); }

  std::mt19937 random_;
  test::NetBuilder net_;
  bool all_;
  int next_ = 0;
};

uint32_t FromEnvironment(const char* name, uint32_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

using Layers = RandomCase::Layers;

void RunSeed(uint32_t seed, Layers layers) {
  SCOPED_TRACE("FRAGUA_ROUNDS=1 FRAGUA_SEED=" + std::to_string(seed));
  RandomCase random(seed, layers);
  test::NetBuilder& net = random.Network();
  if (net.graph().ops.empty()) return;
  test::EngineRun run;
  run.compile.engine = random.Engine();
  run.compile.fuse = random.Pick(0, 3) != 0;
  run.engine.schedule = static_cast<sim::Schedule>(random.Pick(0, 2));
  run.engine.seed = seed;
  run.places = random.Places(net.graph(), run.compile.engine);
  ASSERT_NO_THROW(test::ExpectSameAsGolden(net.graph(), net.RandomInputs(), run));
}

TEST(RandomNetworks, MatchGolden) {
  const uint32_t first = FromEnvironment("FRAGUA_SEED", 1);
  const uint32_t rounds = FromEnvironment("FRAGUA_ROUNDS", 150);
  std::cout << "seeds " << first << ".." << first + rounds - 1 << "\n";
  for (uint32_t seed = first; seed < first + rounds; ++seed) {
    RunSeed(seed, Layers::kAll);
    if (HasFatalFailure()) return;
  }
}

TEST(RandomNetworks, OnesThatFailedOnce) {  // when there were plain layers only
  // A load into slots whose rows no tap had read overtook the load before.
  RunSeed(1517, Layers::kPlain);
  // A first strip of its own, where only a single strip leaves the input dead.
  RunSeed(3154, Layers::kPlain);
}

}  // namespace
}  // namespace fragua

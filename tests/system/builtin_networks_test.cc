// The built-in networks under the golden model: values must stay alive through every layer, or a
// comparison of results would compare constants.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "fragua/golden/executor.h"
#include "fragua/model/networks.h"

namespace fragua {
namespace {

/// Something like a picture: smooth waves of its own in every colour, and noise.
std::vector<uint8_t> MakePicture(int size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> pixels;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      for (int color = 0; color < 3; ++color) {
        const double wave =
            60 * std::sin(column * 0.11 + color) + 40 * std::cos(row * 0.23 - color);
        const double pixel = 118 + wave + static_cast<double>(random() % 41) - 20;
        pixels.push_back(static_cast<uint8_t>(std::clamp(std::lround(pixel), 0L, 255L) - 128));
      }
    }
  }
  return pixels;
}

/// Shares of all values of an operator's output, and of its channels that have one value
/// everywhere.
struct Life {
  double lowest = 0, highest = 0, constant_channels = 0;
};

Life LifeOf(const std::vector<uint8_t>& bytes, int channels) {
  const auto count = static_cast<size_t>(channels);
  std::vector<int> least(count, 127), most(count, -128);
  Life life;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto value = static_cast<int8_t>(bytes[i]);
    life.lowest += value == -128;
    life.highest += value == 127;
    least[i % count] = std::min<int>(least[i % count], value);
    most[i % count] = std::max<int>(most[i % count], value);
  }
  life.lowest /= static_cast<double>(bytes.size());
  life.highest /= static_cast<double>(bytes.size());
  for (size_t c = 0; c < count; ++c) life.constant_channels += least[c] == most[c];
  life.constant_channels /= channels;
  return life;
}

class BuiltinNetworks : public ::testing::TestWithParam<const char*> {};

TEST_P(BuiltinNetworks, EveryLayerIsAlive) {
  const std::string path =
      std::string(FRAGUA_SOURCE_DIR) + "/configs/networks/" + GetParam() + ".yaml";
  for (uint32_t seed : {1u, 2u, 3u}) {
    const model::Graph graph = model::BuildNetwork(path, 112, 100, seed);
    const std::vector<std::vector<uint8_t>> inputs = {MakePicture(112, seed)};
    const golden::Values values = golden::Run(graph, inputs);
    for (const model::Op& op : graph.ops) {
      SCOPED_TRACE(::testing::Message() << GetParam() << " seed " << seed << " " << op.name);
      const int output = op.outputs[0];
      const Life life =
          LifeOf(values[static_cast<size_t>(output)], graph.tensor(output).shape.back());
      EXPECT_LT(life.lowest, 0.65);
      EXPECT_LT(life.highest, 0.12);
      if (graph.tensor(output).shape.size() == 4) {
        EXPECT_LT(life.constant_channels, 0.1);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, BuiltinNetworks,
                         ::testing::Values("squeezenet-1.0", "squeezenet-1.1",
                                           "squeezenet-1.0-bypass"));

}  // namespace
}  // namespace fragua

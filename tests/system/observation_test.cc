// Both engines tell an observer the same story, on every configuration: every word that moves, and
// every step of pixels picked at random.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "divergence.h"
#include "engine_log.h"
#include "execution.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/networks.h"
#include "fragua/sim/platform.h"
#include "word_place.h"

namespace fragua::app {
namespace {

constexpr int kPixels = 3;

unsigned Seed() {
  const char* text = std::getenv("FRAGUA_SEED");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 1;
}

class ObservationTest : public testing::TestWithParam<std::string> {
 protected:
  // Fires with pools and additions: squeeze buffer, packed image, pairs.
  ObservationTest()
      : graph_(model::BuildNetwork(FRAGUA_SOURCE_DIR "/configs/networks/squeezenet-1.0-bypass.yaml",
                                   32, 8, Seed())),
        random_(Seed()) {
    options_.engine = FRAGUA_SOURCE_DIR "/configs/engines/" + GetParam() + ".yaml";
    options_.board = FRAGUA_SOURCE_DIR "/configs/boards/zybo.yaml";
    options_.quiet = true;
    inputs_ = {
        std::vector<uint8_t>(static_cast<size_t>(graph_.tensor(graph_.inputs[0]).elements()))};
    for (uint8_t& byte : inputs_[0]) byte = static_cast<uint8_t>(random_());
  }
  driver::Plan Run(const std::string& backend, EngineLog& log) {
    options_.backend = backend;
    Watch watch;
    watch.observer = &log;
    EXPECT_TRUE(ExecuteOnDevice(graph_, {inputs_}, options_, &watch).report.AllMatch());
    return watch.plan;
  }
  int Pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  model::Graph graph_;
  std::mt19937 random_;
  RunOptions options_;
  Inference inputs_;
};

TEST_P(ObservationTest, IsTheSameOfBothEngines) {
  SCOPED_TRACE(testing::Message() << "FRAGUA_SEED=" << Seed());
  EngineLog words;
  EngineLog expected_words;
  const driver::Plan plan = Run("functional", expected_words);
  Run("rtl", words);
  EXPECT_FALSE(FirstDivergence(words, expected_words).has_value());
  EXPECT_FALSE(words.loads().empty());
  EXPECT_FALSE(words.results().empty());
  EXPECT_FALSE(words.stores().empty());
  const std::vector<uint32_t> tags = words.Tags();
  std::vector<uint32_t> pairs;
  for (const uint32_t tag : tags) {
    if (sim::ShapeOf(*CommandOf(plan, tag), plan.engine).pair) pairs.push_back(tag);
  }
  EXPECT_EQ(pairs.empty(), plan.engine.pk < 16);  // additions need that many
  for (int i = 0; i < kPixels; ++i) {
    sim::PixelId pixel;
    const std::vector<uint32_t>& among = i == 0 && !pairs.empty() ? pairs : tags;
    pixel.tag = among[static_cast<size_t>(Pick(static_cast<int>(among.size())))];
    const sim::ComputeShape shape = sim::ShapeOf(*CommandOf(plan, pixel.tag), plan.engine);
    pixel.kblock = Pick(shape.kblocks);
    pixel.row = Pick(shape.rows);
    pixel.column = Pick(shape.columns);
    SCOPED_TRACE(testing::Message()
                 << "command " << pixel.tag << " K-block " << pixel.kblock << " row " << pixel.row
                 << " column " << pixel.column << " pair " << shape.pair);
    EngineLog of_rtl(pixel);
    EngineLog of_page(pixel);
    Run("rtl", of_rtl);
    Run("functional", of_page);
    ASSERT_TRUE(of_rtl.pixel() && of_page.pixel());
    EXPECT_EQ(of_rtl.pixel()->id, pixel);
    EXPECT_EQ(of_rtl.pixel()->parameters, of_page.pixel()->parameters);
    ASSERT_EQ(of_rtl.pixel()->steps.size(), of_page.pixel()->steps.size());
    ASSERT_EQ(of_rtl.pixel()->steps.size(), static_cast<size_t>(shape.steps));
    for (size_t n = 0; n < of_rtl.pixel()->steps.size(); ++n) {
      SCOPED_TRACE(testing::Message() << "step " << n);
      const sim::ArrayStep& got = of_rtl.pixel()->steps[n];
      const sim::ArrayStep& want = of_page.pixel()->steps[n];
      ASSERT_EQ(got.padding, want.padding);
      ASSERT_EQ(got.squeeze, want.squeeze);
      if (!want.padding) {
        ASSERT_EQ(got.address, want.address);
      }
      ASSERT_EQ(got.activations, want.activations);
      ASSERT_EQ(got.weight_address, want.weight_address);
      ASSERT_EQ(got.weights, want.weights);
      ASSERT_EQ(got.sums, want.sums);
      ASSERT_GT(got.cycle, n == 0 ? 0 : of_rtl.pixel()->steps[n - 1].cycle);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, ObservationTest, testing::ValuesIn(sim::Platform::RtlEngines()),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace fragua::app

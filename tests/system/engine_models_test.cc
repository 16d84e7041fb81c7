// Whole networks compiled for the engine and run on its functional model: every tensor the driver
// or the output path shows equals golden, and outputs equal other people's vectors.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "../support/reference_data.h"
#include "../unit/driver/on_engine.h"
#include "fragua/model/networks.h"
#include "fragua/model/tflite_reader.h"

namespace fragua {
namespace {

driver::CompileOptions OptionsFor(const std::string& engine) {
  driver::CompileOptions options;
  options.engine =
      driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/" + engine + ".yaml");
  return options;
}

/// What the functional engine took, and that the estimate which placement and timeouts rest on
/// agrees.
void ExpectCycles(const model::Graph& graph, const driver::CompileOptions& options,
                  const driver::RunReport& report, uint64_t most_cycles) {
  uint64_t cycles = 0;
  for (const driver::StepReport& step : report.steps) cycles += step.counters.cycles;
  EXPECT_LE(cycles, most_cycles);
  const driver::Plan plan =
      driver::Compile(graph, driver::PlaceAllOnFabric(graph, options.engine), options);
  uint64_t estimated = 0;
  for (const driver::Program& program : plan.programs) estimated += program.estimated_cycles;
  EXPECT_NEAR(static_cast<double>(estimated), static_cast<double>(cycles),
              0.03 * static_cast<double>(cycles));
}

/// Operators that stay on the processor, softmax and what only moves bytes apart.
int HeavyLayersOnArm(const model::Graph& graph, const driver::EngineConfig& engine) {
  int count = 0;
  for (int op = 0; op < static_cast<int>(graph.ops.size()); ++op) {
    const model::OpType type = graph.ops[static_cast<size_t>(op)].type;
    const bool light = type == model::OpType::kSoftmax || type == model::OpType::kReshape ||
                       type == model::OpType::kTranspose || type == model::OpType::kPad;
    if (!light && !driver::WhyNotPlaceable(graph, op, engine).empty()) ++count;
  }
  return count;
}

std::vector<std::vector<uint8_t>> RandomPicture(const model::Graph& graph) {
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(static_cast<size_t>(graph.tensor(graph.inputs.at(0)).elements()));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return {bytes};
}

struct BuiltIn {
  const char* test;
  const char* network;
  int size;
  const char* engine;
  uint64_t most_cycles;
};

class BuiltInOnEngine : public testing::TestWithParam<BuiltIn> {};

TEST_P(BuiltInOnEngine, MatchesGoldenWithinItsCycles) {
  const BuiltIn& c = GetParam();
  const model::Graph graph = model::BuildNetwork(
      std::string(FRAGUA_SOURCE_DIR "/configs/networks/") + c.network + ".yaml", c.size, 0, 1);
  test::EngineRun run;
  run.compile = OptionsFor(c.engine);
  driver::RunReport report;
  test::ExpectSameAsGolden(graph, RandomPicture(graph), run, &report);
  if (HasFatalFailure()) return;
  ExpectCycles(graph, run.compile, report, c.most_cycles);
}

// Bounds: what the compiler reaches today plus one per cent; 2.87 million is the array's own bound
// for the first.
INSTANTIATE_TEST_SUITE_P(
    Engine, BuiltInOnEngine,
    testing::Values(BuiltIn{"SqueezeNet11", "squeezenet-1.1", 224, "zybo-z7-10", 2905000},
                    BuiltIn{"SqueezeNet11Half", "squeezenet-1.1", 224, "zybo-8x8", 5780000},
                    BuiltIn{"SqueezeNet10", "squeezenet-1.0", 227, "zybo-z7-10", 7310000},
                    BuiltIn{"SqueezeNet10Bypass", "squeezenet-1.0-bypass", 227, "zybo-z7-10", 7600000}),
    [](const auto& param) { return std::string(param.param.test); });

struct Vectors {
  const char* test;
  const char* model;
  const char* inputs;
  const char* outputs;
  uint64_t most_cycles;
  int heavy_on_arm = 0;
};

class VectorsOnEngine : public testing::TestWithParam<Vectors> {};

TEST_P(VectorsOnEngine, OutputsEqualTheReferenceKernels) {
  FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
  const Vectors& c = GetParam();
  const model::Graph graph = model::ReadTflite((test::ReferenceData() / c.model).string());
  const auto inputs = test::ReadBytes(test::ReferenceData() / c.inputs);
  const auto outputs = test::ReadBytes(test::ReferenceData() / c.outputs);
  const auto elements = [&graph](int tensor) {
    return static_cast<size_t>(graph.tensor(tensor).elements());
  };
  const size_t in_bytes = elements(graph.inputs.at(0));
  const size_t out_bytes = elements(graph.outputs.at(0));
  ASSERT_GE(inputs.size(), in_bytes);
  ASSERT_GE(outputs.size(), out_bytes);
  const std::vector<uint8_t> input(inputs.begin(), inputs.begin() + static_cast<int64_t>(in_bytes));

  test::EngineRun run;
  run.compile = OptionsFor("zybo-z7-10");
  std::vector<uint8_t> output;
  driver::RunReport report;
  test::ExpectSameAsGolden(graph, {input}, run, &report, &output);
  if (HasFatalFailure()) return;
  EXPECT_EQ(HeavyLayersOnArm(graph, run.compile.engine), c.heavy_on_arm);
  ExpectCycles(graph, run.compile, report, c.most_cycles);
  ASSERT_EQ(output.size(), out_bytes);
  EXPECT_TRUE(std::equal(output.begin(), output.end(), outputs.begin()));
}

// The same bounds as above.
INSTANTIATE_TEST_SUITE_P(
    Engine, VectorsOnEngine,
    testing::Values(Vectors{"SqueezeNet11", "squeezenet/int8/squeezenet_v1.1_227_int8_mean.tflite",
                            "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
                            "squeezenet/int8/v1.1_227_mean_outputs40_int8.bin", 3205000},
                    Vectors{"SqueezeNet10",
                            "squeezenet/int8/squeezenet_v1.0_dc_227_int8_mean.tflite",
                            "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
                            "squeezenet/int8/v1.0_dc_227_mean_outputs40_int8.bin", 7535000},
                    Vectors{"ResNet8", "tflite/pretrainedResnet_quant/model.tflite",
                            "tflite/pretrainedResnet_quant/inputs_int8.bin",
                            "tflite/pretrainedResnet_quant/outputs_int8.bin", 117000},
                    Vectors{"MobileNetV1", "tflite/vww_96_int8/model.tflite",
                            "tflite/vww_96_int8/inputs_int8.bin",
                            "tflite/vww_96_int8/outputs_int8.bin", 197300},
                    Vectors{"PersonDetect", "tflite/person_detect/model.tflite",
                            "tflite/person_detect/inputs_int8.bin",
                            "tflite/person_detect/outputs_int8.bin", 194500},
                    Vectors{"MobileNetV2", "tflite/mobilenet_v2_quantized_1x3x224x224/model.tflite",
                            "tflite/mobilenet_v2_quantized_1x3x224x224/inputs_int8.bin",
                            "tflite/mobilenet_v2_quantized_1x3x224x224/outputs_int8.bin", 5240000}),
    [](const auto& param) { return std::string(param.param.test); });

}  // namespace
}  // namespace fragua

// Whole networks on the ARM kernels against vectors that others made (the TensorFlow Lite Micro
// reference kernels).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../../support/reference_data.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/model/tflite_reader.h"

namespace fragua::driver {
namespace {

struct Network {
  const char* name;
  const char* model;
  const char* inputs;   ///< int8 inputs, concatenated
  const char* outputs;  ///< at least as many outputs
  int used;             ///< inputs taken
};

constexpr Network kNetworks[] = {
    {"MobileNetV1Vww", "tflite/vww_96_int8/model.tflite", "tflite/vww_96_int8/inputs_int8.bin",
     "tflite/vww_96_int8/outputs_int8.bin", 5},
    {"PersonDetect", "tflite/person_detect/model.tflite", "tflite/person_detect/inputs_int8.bin",
     "tflite/person_detect/outputs_int8.bin", 5},
    {"ResNet8", "tflite/pretrainedResnet_quant/model.tflite",
     "tflite/pretrainedResnet_quant/inputs_int8.bin",
     "tflite/pretrainedResnet_quant/outputs_int8.bin", 5},
    {"MobileNetV2", "tflite/mobilenet_v2_quantized_1x3x224x224/model.tflite",
     "tflite/mobilenet_v2_quantized_1x3x224x224/inputs_int8.bin",
     "tflite/mobilenet_v2_quantized_1x3x224x224/outputs_int8.bin", 2},
    {"SqueezeNet10", "squeezenet/int8/squeezenet_v1.0_dc_227_int8_mean.tflite",
     "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
     "squeezenet/int8/v1.0_dc_227_mean_outputs40_int8.bin", 2},
    {"SqueezeNet11", "squeezenet/int8/squeezenet_v1.1_227_int8_mean.tflite",
     "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
     "squeezenet/int8/v1.1_227_mean_outputs40_int8.bin", 3},
};

class ArmModels : public testing::TestWithParam<Network> {};

TEST_P(ArmModels, OutputsEqualTheReferenceKernels) {
  FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
  const Network& network = GetParam();
  const model::Graph graph = model::ReadTflite((test::ReferenceData() / network.model).string());
  const auto inputs = test::ReadBytes(test::ReferenceData() / network.inputs);
  const auto outputs = test::ReadBytes(test::ReferenceData() / network.outputs);
  const ArmExecutor executor(graph);
  TensorStore store(graph);
  const auto in_bytes = static_cast<size_t>(store.SizeInBytes(graph.inputs.at(0)));
  const auto out_bytes = static_cast<size_t>(store.SizeInBytes(graph.outputs.at(0)));
  for (size_t i = 0; i < static_cast<size_t>(network.used); ++i) {
    ASSERT_GE(inputs.size(), (i + 1) * in_bytes);
    ASSERT_GE(outputs.size(), (i + 1) * out_bytes);
    store.Set(graph.inputs[0], std::span(inputs).subspan(i * in_bytes, in_bytes));
    executor.Run(store);
    const auto got = store.Bytes(graph.outputs[0]);
    const auto want = std::span(outputs).subspan(i * out_bytes, out_bytes);
    const auto [w, g] = std::mismatch(want.begin(), want.end(), got.begin());
    ASSERT_TRUE(w == want.end()) << "input " << i << ", output " << (w - want.begin())
                                 << ": expected " << int{static_cast<int8_t>(*w)} << ", got "
                                 << int{static_cast<int8_t>(*g)};
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, ArmModels, testing::ValuesIn(kNetworks),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fragua::driver

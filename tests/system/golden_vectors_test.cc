// Whole networks against vectors that others made: the outputs of the TensorFlow Lite Micro
// reference kernels, and every intermediate tensor where the vectors hold them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../support/npz.h"
#include "../support/reference_data.h"
#include "fragua/golden/compare.h"
#include "fragua/golden/executor.h"
#include "fragua/model/tflite_reader.h"

namespace fragua::golden {
namespace {

using test::ReferenceData;
using Bytes = std::vector<uint8_t>;

struct Network {
  const char* name;
  const char* model;
  const char* inputs;        ///< int8 inputs, concatenated
  const char* outputs;       ///< at least as many outputs
  const char* intermediate;  ///< .npz of every operator's output for input 0, or nullptr
  int count;                 ///< inputs in the file
};

const Network kNetworks[] = {
    {"MobileNetV1Vww", "tflite/vww_96_int8/model.tflite", "tflite/vww_96_int8/inputs_int8.bin",
     "tflite/vww_96_int8/outputs_int8.bin", "tflite/vww_96_int8/input0_all_op_outputs_double.npz",
     5},
    {"PersonDetect", "tflite/person_detect/model.tflite", "tflite/person_detect/inputs_int8.bin",
     "tflite/person_detect/outputs_int8.bin",
     "tflite/person_detect/input0_all_op_outputs_double.npz", 5},
    {"ResNet8", "tflite/pretrainedResnet_quant/model.tflite",
     "tflite/pretrainedResnet_quant/inputs_int8.bin",
     "tflite/pretrainedResnet_quant/outputs_int8.bin",
     "tflite/pretrainedResnet_quant/input0_all_op_outputs_double.npz", 5},
    {"MobileNetV2", "tflite/mobilenet_v2_quantized_1x3x224x224/model.tflite",
     "tflite/mobilenet_v2_quantized_1x3x224x224/inputs_int8.bin",
     "tflite/mobilenet_v2_quantized_1x3x224x224/outputs_int8.bin", nullptr, 5},
    {"SqueezeNet10", "squeezenet/int8/squeezenet_v1.0_dc_227_int8_mean.tflite",
     "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
     "squeezenet/int8/v1.0_dc_227_mean_outputs40_int8.bin", nullptr, 20},
    {"SqueezeNet11", "squeezenet/int8/squeezenet_v1.1_227_int8_mean.tflite",
     "squeezenet/int8/inputs20_nhwc_rgb_int8.bin",
     "squeezenet/int8/v1.1_227_mean_outputs40_int8.bin",
     "squeezenet/int8/v1.1_227_img0_all_op_outputs_double.npz", 20},
};

// The sanitiser looks at code, not at pictures: two of each are enough there, where each takes
// seconds.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kMostInputs = 2;
#else
constexpr int kMostInputs = 20;
#endif

/// Item `index` of a file of equal items.
Bytes Item(const Bytes& all, int index, const model::Tensor& tensor) {
  const auto size = tensor.elements();
  if ((index + 1) * size > static_cast<int64_t>(all.size())) {
    ADD_FAILURE() << "vectors end before item " << index;
    return {};
  }
  return {all.begin() + index * size, all.begin() + (index + 1) * size};
}

class GoldenVectors : public ::testing::TestWithParam<Network> {
 protected:
  void SetUp() override {
    FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
    graph_ = model::ReadTflite((ReferenceData() / GetParam().model).string());
    inputs_ = test::ReadBytes(ReferenceData() / GetParam().inputs);
    ASSERT_EQ(graph_.inputs.size(), 1u);
    ASSERT_EQ(graph_.outputs.size(), 1u);
    const int64_t size = graph_.tensor(graph_.inputs[0]).elements();
    ASSERT_EQ(static_cast<int64_t>(inputs_.size()), size * GetParam().count);
  }

  Values RunOn(int index, bool reference_only) const {
    RunOptions options;
    options.reference_only = reference_only;
    const std::vector<Bytes> input{Item(inputs_, index, graph_.tensor(graph_.inputs[0]))};
    return golden::Run(graph_, input, options);
  }

  model::Graph graph_;
  Bytes inputs_;
};

TEST_P(GoldenVectors, EveryOutputIsExact) {
  const Bytes outputs = test::ReadBytes(ReferenceData() / GetParam().outputs);
  const int out = graph_.outputs[0];
  for (int i = 0; i < std::min(GetParam().count, kMostInputs); ++i) {
    const Values values = RunOn(i, false);
    const auto mismatch =
        Compare(fmt::format("input {}", i), graph_.tensor(out),
                Item(outputs, i, graph_.tensor(out)), values[static_cast<size_t>(out)]);
    EXPECT_FALSE(mismatch) << Describe(*mismatch);
  }
}

TEST_P(GoldenVectors, PlainLoopsAreExactToo) {
  const Bytes outputs = test::ReadBytes(ReferenceData() / GetParam().outputs);
  const int out = graph_.outputs[0];
  const Values values = RunOn(0, true);
  const auto mismatch = Compare("input 0", graph_.tensor(out), Item(outputs, 0, graph_.tensor(out)),
                                values[static_cast<size_t>(out)]);
  EXPECT_FALSE(mismatch) << Describe(*mismatch);
}

TEST_P(GoldenVectors, EveryIntermediateTensorIsExact) {
  if (GetParam().intermediate == nullptr) GTEST_SKIP() << "the vectors hold only the outputs";
  const auto arrays = test::ReadNpz(ReferenceData() / GetParam().intermediate);
  ASSERT_EQ(arrays.size(), graph_.ops.size());
  const Values values = RunOn(0, false);
  size_t index = 0;
  for (const auto& [key, array] : arrays) {  // "op00_...", "op01_...": sorted is execution order
    ASSERT_EQ(key.substr(0, 4), fmt::format("op{:02}", index));
    ASSERT_EQ(array.type, "|i1");
    const model::Op& op = graph_.ops[index++];
    const int out = op.outputs.at(0);
    const auto mismatch =
        Compare(op.name, graph_.tensor(out), array.bytes, values[static_cast<size_t>(out)]);
    EXPECT_FALSE(mismatch) << key << ": " << Describe(*mismatch);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenVectors, ::testing::ValuesIn(kNetworks),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace fragua::golden

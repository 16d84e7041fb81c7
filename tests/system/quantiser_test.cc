// Reference networks in ONNX against the logits of two other runtimes, in float and after our own
// quantisation.

#include "fragua/model/quantiser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "../support/npz.h"
#include "../support/reference_data.h"
#include "fragua/golden/executor.h"
#include "fragua/model/onnx_reader.h"
#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"

namespace fragua {
namespace {

using test::ReferenceData;
using Bytes = std::vector<uint8_t>;

constexpr int kPictures = 40;
constexpr int kClasses = 1000;

struct Network {
  const char* name;
  const char* model;
  const char* logits;
  int size;  ///< rows and columns of the input
  const char* preprocess;
  double least_agreement;  ///< part of the pictures whose top class must survive quantisation
};

const Network kNetworks[] = {
    {"SqueezeNet11", "squeezenet_v1.1_224.onnx", "expected_v1.1_224_logits_f32.npy", 224,
     "torchvision", 0.94},
    // The same weights at a size where rounding up the pooling matters.
    {"SqueezeNet11At227", "squeezenet_v1.1_224.onnx", "expected_v1.1_227_logits_f32.npy", 227,
     "torchvision", 0.94},
    {"SqueezeNet10", "squeezenet_v1.0_dc_227.onnx", "expected_v1.0_dc_227_logits_f32.npy", 227,
     "caffe-bgr", 0.88},
};

// Class indices, best first; equal scores in the order of the classes.
template <typename T>
std::vector<int> Top(std::span<const T> scores, size_t count) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return scores[static_cast<size_t>(a)] > scores[static_cast<size_t>(b)];
  });
  order.resize(count);
  return order;
}

template <typename T>
std::span<const T> View(const Bytes& bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

class QuantiseSqueezeNet : public ::testing::TestWithParam<Network> {
 protected:
  void SetUp() override {
    FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
    const std::filesystem::path folder = ReferenceData() / "squeezenet";
    const int size = GetParam().size;
    float_ = model::ReadOnnx((folder / GetParam().model).string(),
                             {.input_height = size, .input_width = size});
    preprocess_ = model::ParsePreprocess(GetParam().preprocess);
    const test::NpyArray logits = test::ReadNpy(folder / GetParam().logits);
    ASSERT_EQ(logits.shape, (std::vector<int64_t>{kPictures, kClasses}));
    logits_ = logits.bytes;
    std::ifstream list(folder / "images.csv");
    std::string line;
    std::getline(list, line);  // column names
    while (std::getline(list, line)) {
      const std::string name = line.substr(0, line.find(',')) + ".png";
      pictures_.push_back(
          model::ResizeForNetwork(model::ReadImage((folder / "images227" / name).string()), size,
                                  size, model::ResizeMode::kNone));
    }
    ASSERT_EQ(pictures_.size(), static_cast<size_t>(kPictures));
  }

  std::span<const float> Expected(int picture) const {
    return View<float>(logits_).subspan(static_cast<size_t>(picture) * kClasses, kClasses);
  }

  golden::Values RunOn(const model::Graph& graph, int picture) const {
    const std::vector<Bytes> input{
        MakeInput(graph, pictures_[static_cast<size_t>(picture)], preprocess_)};
    return golden::Run(graph, input);
  }

  model::Calibration Calibrate(int every) const {
    model::Calibration calibration(float_);
    for (int i = 0; i < kPictures; i += every) calibration.ObserveAll(RunOn(float_, i));
    return calibration;
  }

  // Pictures whose top class is the float network's.
  int CountAgreements(const model::Graph& graph) const {
    int count = 0;
    for (int i = 0; i < kPictures; ++i) {
      const golden::Values values = RunOn(graph, i);
      const auto scores = View<int8_t>(values[static_cast<size_t>(graph.outputs[0])]);
      count += Top(scores, 1) == Top(Expected(i), 1) ? 1 : 0;
    }
    return count;
  }

  model::Graph float_;
  model::Preprocess preprocess_;
  Bytes logits_;
  std::vector<model::Image> pictures_;
};

TEST_P(QuantiseSqueezeNet, FloatGivesTheLogitsOfOtherRuntimes) {
  for (const int picture : {0, 7, 21, 39}) {
    const golden::Values values = RunOn(float_, picture);
    const auto found = View<float>(values[static_cast<size_t>(float_.outputs[0])]);
    const auto expected = Expected(picture);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t c = 0; c < found.size(); ++c) {
      ASSERT_NEAR(found[c], expected[c], 1e-3) << "picture " << picture << " class " << c;
    }
    EXPECT_EQ(Top(found, 5), Top(expected, 5)) << "picture " << picture;
  }
}

TEST_P(QuantiseSqueezeNet, Int8KeepsTheTopClass) {
  const model::Graph graph = Quantise(float_, Calibrate(2), {}, preprocess_);
  const int agreements = CountAgreements(graph);
  RecordProperty("agreements", agreements);
  EXPECT_GE(agreements, GetParam().least_agreement * kPictures) << "of " << kPictures;
}

// What is measured above is what reaches the file.
TEST_P(QuantiseSqueezeNet, SurvivesTheFile) {
  const model::Graph graph = Quantise(float_, Calibrate(20), {}, preprocess_);
  const model::Graph again = model::ReadTfliteBytes(model::WriteTfliteBytes(graph), "written");
  EXPECT_EQ(again.input_encoding, "rgb8");
  EXPECT_EQ(RunOn(graph, 3)[static_cast<size_t>(graph.outputs[0])],
            RunOn(again, 3)[static_cast<size_t>(again.outputs[0])]);
}

INSTANTIATE_TEST_SUITE_P(All, QuantiseSqueezeNet, ::testing::ValuesIn(kNetworks),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fragua

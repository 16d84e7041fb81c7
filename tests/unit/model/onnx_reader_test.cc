#include "fragua/model/onnx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "fragua/model/error.h"
#include "onnx_test_model.h"

namespace fragua::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Graph Read(const OnnxTestModel& model, const OnnxOptions& options = {}) {
  return ReadOnnxBytes(model.Bytes(), "test.onnx", options);
}

std::string ErrorOf(const OnnxTestModel& model) {
  try {
    Read(model);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

std::vector<float> Iota(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

// data 1x3x6x8 -> Conv 2x3x1x2 -> y
OnnxTestModel ConvModel() {
  OnnxTestModel model;
  model.Input("data", {1, 3, 6, 8}).Floats("w", {2, 3, 1, 2}, Iota(12)).Floats("b", {2}, {7, 8});
  model.Node("Conv", {"data", "w", "b"}, "y");
  return model;
}

TEST(OnnxReader, TurnsNchwIntoNhwc) {
  const Graph graph = Read(ConvModel().Output("y"));
  ASSERT_EQ(graph.ops.size(), 1U);
  const Op& op = graph.ops[0];
  EXPECT_EQ(op.type, OpType::kConv2d);
  EXPECT_EQ(op.name, "n0");
  EXPECT_THAT(graph.tensor(graph.inputs[0]).shape, ElementsAre(1, 6, 8, 3));
  EXPECT_THAT(graph.tensor(op.outputs[0]).shape, ElementsAre(1, 6, 7, 2));
  EXPECT_THAT(graph.tensor(op.inputs[1]).shape, ElementsAre(2, 1, 2, 3));
  EXPECT_THAT(graph.tensor(op.inputs[1]).as<float>(),
              ElementsAre(1, 3, 5, 2, 4, 6, 7, 9, 11, 8, 10, 12));
  EXPECT_THAT(graph.tensor(op.inputs[2]).as<float>(), ElementsAre(7, 8));
}

TEST(OnnxReader, FusesAnActivationOnlyWhereNothingElseReadsThePlainValue) {
  const Graph fused = Read(ConvModel().Node("Relu", {"y"}, "z").Output("z"));
  ASSERT_EQ(fused.ops.size(), 1U);
  EXPECT_EQ(fused.ops[0].attributes.activation, Activation::kRelu);
  EXPECT_EQ(fused.tensor(fused.outputs[0]).name, "z");

  const Graph apart = Read(ConvModel().Node("Relu", {"y"}, "z").Output("z").Output("y"));
  ASSERT_EQ(apart.ops.size(), 2U);
  EXPECT_EQ(apart.ops[0].attributes.activation, Activation::kNone);
  EXPECT_EQ(apart.ops[1].type, OpType::kRelu);

  // Read twice, the second time through an alias.
  const Graph alias = Read(ConvModel()
                               .Node("Identity", {"y"}, "a")
                               .Node("Relu", {"a"}, "z")
                               .Node("Add", {"z", "y"}, "s")
                               .Output("s"));
  EXPECT_THAT(alias.ops.size(), 3U);

  OnnxTestModel clip = ConvModel();
  clip.Floats("zero", {}, {0}).Floats("six", {}, {6});
  clip.Node("Clip", {"y", "zero", "six"}, "z").Output("z");
  EXPECT_EQ(Read(clip).ops[0].attributes.activation, Activation::kRelu6);
}

TEST(OnnxReader, FoldsBatchNormalization) {
  OnnxTestModel model = ConvModel();
  model.Floats("gamma", {2}, {2, 3}).Floats("beta", {2}, {0.5F, -1});
  model.Floats("mean", {2}, {1, 2}).Floats("var", {2}, {4, 9});
  model.Node("BatchNormalization", {"y", "gamma", "beta", "mean", "var"}, "z").Float("epsilon", 0);
  const Graph graph = Read(model.Node("Relu", {"z"}, "r").Output("r"));
  ASSERT_EQ(graph.ops.size(), 1U);
  const Op& op = graph.ops[0];
  EXPECT_EQ(op.attributes.activation, Activation::kRelu);
  // Both factors gamma / sqrt(var) are 1; bias - mean + beta.
  EXPECT_THAT(graph.tensor(op.inputs[2]).as<float>(), ElementsAre(6.5F, 5.0F));
  EXPECT_EQ(graph.tensor(op.inputs[1]).as<float>()[1], 3.0F);
  EXPECT_THAT(ErrorOf(model.Output("y")), HasSubstr("node 1 'n1' (BatchNormalization)"));
}

TEST(OnnxReader, ReadsDepthwiseAndRefusesOtherGroups) {
  OnnxTestModel model;
  model.Input("data", {1, 2, 3, 3}).Floats("w", {4, 1, 1, 2}, Iota(8));
  model.Node("Conv", {"data", "w"}, "y").Int("group", 2).Output("y");
  const Graph graph = Read(model);
  const Op& op = graph.ops[0];
  EXPECT_EQ(op.type, OpType::kDepthwiseConv2d);
  EXPECT_EQ(op.attributes.depth_multiplier, 2);
  EXPECT_THAT(graph.tensor(op.inputs[1]).shape, ElementsAre(1, 1, 2, 4));
  EXPECT_THAT(graph.tensor(op.inputs[1]).as<float>(), ElementsAre(1, 3, 5, 7, 2, 4, 6, 8));

  OnnxTestModel grouped;
  grouped.Input("data", {1, 4, 3, 3}).Floats("w", {4, 2, 1, 1}, Iota(8));
  grouped.Node("Conv", {"data", "w"}, "y").Int("group", 2).Output("y");
  EXPECT_THAT(ErrorOf(grouped), HasSubstr("2 groups over 4 channels"));
}

TEST(OnnxReader, GlobalAverageAndFlattenAreOneMean) {
  for (const bool global : {true, false}) {
    OnnxTestModel model = ConvModel();
    model.Node(global ? "GlobalAveragePool" : "AveragePool", {"y"}, "m");
    if (!global) model.List("kernel_shape", {6, 7});
    model.Node("Flatten", {"m"}, "f").Node("Softmax", {"f"}, "s").Output("s");
    const Graph graph = Read(model);
    ASSERT_EQ(graph.ops.size(), 3U);
    EXPECT_EQ(graph.ops[1].type, OpType::kMean);
    EXPECT_FALSE(graph.ops[1].attributes.keep_dims);
    EXPECT_THAT(graph.ops[1].attributes.axes, ElementsAre(1, 2));
    EXPECT_THAT(graph.tensor(graph.outputs[0]).shape, ElementsAre(1, 2));
  }
}

TEST(OnnxReader, KeepsTheOrderOfAFlattenedMap) {
  OnnxTestModel model = ConvModel();
  model.Node("Flatten", {"y"}, "f").Floats("fw", {84, 5}, Iota(420));
  const Graph graph = Read(model.Node("Gemm", {"f", "fw"}, "z").Float("alpha", 2).Output("z"));
  ASSERT_EQ(graph.ops.size(), 4U);
  EXPECT_EQ(graph.ops[1].type, OpType::kTranspose);
  EXPECT_THAT(graph.ops[1].attributes.axes, ElementsAre(0, 3, 1, 2));
  EXPECT_EQ(graph.ops[2].type, OpType::kReshape);
  EXPECT_EQ(graph.ops[3].type, OpType::kFullyConnected);
  const Tensor& weights = graph.tensor(graph.ops[3].inputs[1]);
  EXPECT_THAT(weights.shape, ElementsAre(5, 84));
  EXPECT_EQ(weights.as<float>()[1], 2 * 6.0F);  // output 0, input 1
}

// view(x.size(0), -1), as PyTorch's exporter writes it.
TEST(OnnxReader, ComputesAReshapeTarget) {
  OnnxTestModel model = ConvModel();
  model.Node("GlobalAveragePool", {"y"}, "m").Node("Shape", {"m"}, "shape");
  model.Constant("zero", {}, onnx::TensorProto::INT64)->add_int64_data(0);
  model.Node("Gather", {"shape", "zero"}, "n").Int("axis", 0);
  model.Node("Unsqueeze", {"n"}, "n1").List("axes", {0}).Ints("rest", {-1});
  model.Node("Concat", {"n1", "rest"}, "target").Int("axis", 0);
  const Graph graph = Read(model.Node("Reshape", {"m", "target"}, "z").Output("z"));
  EXPECT_THAT(graph.tensor(graph.outputs[0]).shape, ElementsAre(1, 2));
}

TEST(OnnxReader, RefusesReshapesThatDoNotFit) {
  for (const std::vector<int64_t>& target :
       {std::vector<int64_t>{1, 83}, {-1, -1}, {1, 5, -1}, {-2, 42}, {1L << 62, 4, 1L << 60}}) {
    OnnxTestModel model = ConvModel();
    model.Ints("target", target).Node("Reshape", {"y", "target"}, "z").Output("z");
    EXPECT_THAT(ErrorOf(model), HasSubstr("cannot turn shape [1, 2, 6, 7] into"));
  }
}

TEST(OnnxReader, JoinsChannelsAndDropsDropout) {
  OnnxTestModel model = ConvModel();
  model.Node("Relu", {"data"}, "r").Node("MaxPool", {"r"}, "p").List("kernel_shape", {1, 2});
  model.Node("Dropout", {"p"}, "d").Node("Concat", {"y", "d"}, "c").Int("axis", 1).Output("c");
  const Graph graph = Read(model);
  ASSERT_EQ(graph.ops.size(), 4U);
  EXPECT_EQ(graph.ops[3].attributes.axis, 3);
  EXPECT_THAT(graph.tensor(graph.outputs[0]).shape, ElementsAre(1, 6, 7, 5));
}

TEST(OnnxReader, CountsPaddingIntoAnAverageByPadding) {
  OnnxTestModel model;
  model.Input("data", {1, 2, 5, 5}).Node("AveragePool", {"data"}, "y");
  model.List("kernel_shape", {3, 3}).List("pads", {1, 1, 1, 1}).Output("y");
  EXPECT_EQ(Read(model).ops.size(), 1U);
  const Graph counted = Read(model.Int("count_include_pad", 1));
  ASSERT_EQ(counted.ops.size(), 2U);
  EXPECT_EQ(counted.ops[0].type, OpType::kPad);
  EXPECT_EQ(counted.ops[1].attributes.padding, Padding{});
  EXPECT_THAT(counted.tensor(counted.outputs[0]).shape, ElementsAre(1, 5, 5, 2));
}

TEST(OnnxReader, WidensHalfPrecision) {
  OnnxTestModel model;
  model.Input("data", {1, 1, 1, 1});
  // 1, -2, smallest subnormal, 65504
  model.Constant("w", {4, 1, 1, 1}, onnx::TensorProto::FLOAT16)
      ->set_raw_data(std::string("\x00\x3c\x00\xc0\x01\x00\xff\x7b", 8));
  const Graph graph = Read(model.Node("Conv", {"data", "w"}, "y").Output("y"));
  EXPECT_THAT(graph.tensor(graph.ops[0].inputs[1]).as<float>(),
              ElementsAre(1.0F, -2.0F, 0x1p-24F, 65504.0F));
}

TEST(OnnxReader, NamesOperatorsAfterTheirWeights) {
  OnnxTestModel model;
  model.Input("data", {1, 1, 2, 2}).Floats("features.3.squeeze.weight", {1, 1, 1, 1}, {1});
  model.Node("Conv", {"data", "features.3.squeeze.weight"}, "11");
  model.Node("Conv", {"11", "features.3.squeeze.weight"}, "12");
  model.Node("MaxPool", {"12"}, "13").List("kernel_shape", {1, 1}).node()->clear_name();
  model.Node("Softmax", {"13"}, "14").Int("axis", 1).node()->set_name("/head/Softmax");
  model.proto().mutable_opset_import(0)->set_version(13);
  const Graph graph = Read(model.Output("14"));
  EXPECT_EQ(graph.ops[0].name, "features.3.squeeze");
  EXPECT_EQ(graph.ops[1].name, "features.3.squeeze_2");
  EXPECT_EQ(graph.ops[2].name, "maxpool_02");
  EXPECT_EQ(graph.ops[3].name, "head");
}

TEST(OnnxReader, TakesTheInputSizeFromTheCallerWhereItIsOpen) {
  OnnxTestModel model;
  model.Input("data", {-1, 3, -1, -1}).Floats("w", {1, 3, 1, 1}, Iota(3));
  model.Node("Conv", {"data", "w"}, "y").Output("y");
  EXPECT_THAT(ErrorOf(model), HasSubstr("dimension 2 is open"));
  const Graph graph = Read(model, {.input_height = 9, .input_width = 4});
  EXPECT_THAT(graph.tensor(graph.outputs[0]).shape, ElementsAre(1, 9, 4, 1));
}

TEST(OnnxReader, NamesWhatItDoesNotSupport) {
  EXPECT_THAT(ErrorOf(ConvModel().Node("LeakyRelu", {"y"}, "z").Output("z")),
              HasSubstr("test.onnx: node 1 'n1' (LeakyRelu): operator is not supported"));
  // ... but not where nothing needs it.
  EXPECT_EQ(Read(ConvModel().Node("LeakyRelu", {"y"}, "z").Output("y")).ops.size(), 1U);
  EXPECT_THAT(ErrorOf(ConvModel().Node("Relu", {"nowhere"}, "z").Output("z")),
              HasSubstr("'nowhere' is neither"));
  EXPECT_THAT(ErrorOf(ConvModel().Output("other")), HasSubstr("'other' is not computed"));
  OnnxTestModel batch;
  batch.Input("data", {2, 3, 4, 4}).Node("Relu", {"data"}, "y").Output("y");
  EXPECT_THAT(ErrorOf(batch), HasSubstr("batch 2, expected 1"));
  OnnxTestModel newer(400);
  newer.Input("data", {1, 3, 4, 4}).Node("Relu", {"data"}, "y").Output("y");
  EXPECT_THAT(ErrorOf(newer), HasSubstr("operator set 400"));
  OnnxTestModel short_weights;
  short_weights.Input("data", {1, 3, 4, 4}).Floats("w", {2, 3, 1, 1}, Iota(5));
  short_weights.Node("Conv", {"data", "w"}, "y").Output("y");
  EXPECT_THAT(ErrorOf(short_weights), HasSubstr("holds 5 values, its shape says 6"));
}

TEST(OnnxReader, RefusesFilesThatAreNotThere) {
  EXPECT_THROW(ReadOnnx("/no/such/file.onnx"), Error);
  EXPECT_THROW(ReadOnnx("/"), Error);
  EXPECT_THROW(ReadOnnxBytes({}, "empty"), Error);
}

// Whatever happens to the bytes, the result is an Error or a sound graph.
TEST(OnnxReader, SurvivesDamage) {
  OnnxTestModel model = ConvModel();
  model.Node("Relu", {"y"}, "r").Node("MaxPool", {"r"}, "p").List("kernel_shape", {2, 2});
  model.Node("Concat", {"p", "p"}, "c").Int("axis", 1).Ints("shape", {0, -1});
  const std::vector<uint8_t> sound = model.Node("GlobalAveragePool", {"c"}, "g")
                                         .Node("Reshape", {"g", "shape"}, "z")
                                         .Output("z")
                                         .Bytes();
  ASSERT_EQ(ReadOnnxBytes(sound, "sound").ops.size(), 4U);
  int errors = 0;
  const auto attempt = [&](const std::vector<uint8_t>& bytes) {
    try {
      Validate(ReadOnnxBytes(bytes, "damaged"));
    } catch (const Error&) {
      ++errors;
    }
  };
  for (size_t size = 0; size < sound.size(); ++size) {
    attempt({sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size)});
  }
  EXPECT_EQ(errors, static_cast<int>(sound.size()));
  std::mt19937 random(20240607);  // fixed seed
  for (int round = 0; round < 3000; ++round) {
    std::vector<uint8_t> bytes = sound;
    for (int k = 0; k <= round % 3; ++k)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    attempt(bytes);
  }
  EXPECT_GT(errors, static_cast<int>(sound.size()));
}

}  // namespace
}  // namespace fragua::model

// Files as other programs write them, well or badly: made with the file layout itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"
#include "test_graphs.h"
#include "tflite_generated.h"

namespace fragua::model {
namespace {

using ::testing::HasSubstr;

/// A model with one operator: y = op(x, w), x and y float32 [1, 2, 2, 1], w float32 [1, 1, 1, 1].
struct Foreign {
  int version = 3;
  int subgraphs = 1;
  fb::BuiltinOperator builtin = fb::BuiltinOperator::CONV_2D;
  bool only_old_code = false;
  std::string custom_code = {};
  std::vector<int> inputs = {0, 1};
  std::vector<int> shape = {1, 2, 2, 1};
  fb::TensorType weight_type = fb::TensorType::FLOAT32;
  uint32_t activation_buffer = 0;
  uint32_t weight_buffer = 1;
  bool is_sparse = false;
  fb::ActivationFunctionType activation = fb::ActivationFunctionType::NONE;
  int padding = static_cast<int>(fb::Padding::SAME);
  bool with_options = true;
  uint64_t buffer_offset = 0;
  std::string encoding = {};

  flatbuffers::Offset<fb::SubGraph> SubGraph(flatbuffers::FlatBufferBuilder& flat) const {
    const auto no_quant = flatbuffers::Offset<fb::QuantizationParameters>();
    const auto sparsity = is_sparse ? fb::CreateSparsityParameters(flat) : 0;
    const std::vector<int> one = {1, 1, 1, 1};
    const auto x = fb::CreateTensorDirect(flat, &shape, fb::TensorType::FLOAT32, activation_buffer,
                                          "x", no_quant);
    const auto w = fb::CreateTensorDirect(flat, &one, weight_type, weight_buffer, "w", no_quant,
                                          false, sparsity);
    const auto y = fb::CreateTensorDirect(flat, &shape, fb::TensorType::FLOAT32, activation_buffer,
                                          "y", no_quant);
    const auto conv =
        fb::CreateConv2DOptions(flat, static_cast<fb::Padding>(padding), 1, 1, activation);
    const auto type = with_options ? fb::BuiltinOptions::Conv2DOptions : fb::BuiltinOptions::NONE;
    const std::vector<int> outputs = {2}, graph_inputs = {0};
    const auto op = fb::CreateOperatorDirect(flat, 0, &inputs, &outputs, type, conv.Union());
    const std::vector<flatbuffers::Offset<fb::Tensor>> tensors = {x, w, y};
    const std::vector<flatbuffers::Offset<fb::Operator>> ops = {op};
    return fb::CreateSubGraphDirect(flat, &tensors, &graph_inputs, &outputs, &ops);
  }

  Graph Read() const {
    flatbuffers::FlatBufferBuilder flat;
    const std::vector<uint8_t> four = {0, 0, 0x80, 0x3f};  // 1.0f
    const std::vector<uint8_t> text(encoding.begin(), encoding.end());
    const std::vector<flatbuffers::Offset<fb::Buffer>> buffers = {
        fb::CreateBuffer(flat), fb::CreateBufferDirect(flat, &four, buffer_offset),
        fb::CreateBufferDirect(flat, &text)};
    const auto newer = only_old_code ? fb::BuiltinOperator::ADD : builtin;
    const auto older = static_cast<int8_t>(std::min(static_cast<int>(builtin), 127));
    const std::vector<flatbuffers::Offset<fb::OperatorCode>> codes = {fb::CreateOperatorCodeDirect(
        flat, older, custom_code.empty() ? nullptr : custom_code.c_str(), 1, newer)};
    const std::vector<flatbuffers::Offset<fb::SubGraph>> graphs(static_cast<size_t>(subgraphs),
                                                                SubGraph(flat));
    std::vector<flatbuffers::Offset<fb::Metadata>> metadata;
    if (!encoding.empty())
      metadata.push_back(fb::CreateMetadataDirect(flat, "fragua.input_encoding", 2));
    fb::FinishModelBuffer(
        flat, fb::CreateModelDirect(flat, static_cast<uint32_t>(version), &codes, &graphs,
                                    "foreign", &buffers, nullptr, &metadata));
    return ReadTfliteBytes({flat.GetBufferPointer(), flat.GetSize()}, "dir/foreign.tflite");
  }
  std::string Error() const {
    return ErrorOf([this] { Read(); });
  }
};

TEST(TfliteForeign, ReadsAPlainModel) {
  const Graph graph = Foreign{}.Read();
  EXPECT_EQ(graph.name, "foreign");
  EXPECT_EQ(graph.input_encoding, "");
  ASSERT_EQ(graph.ops.size(), 1u);
  EXPECT_EQ(graph.ops[0].name, "y");
  EXPECT_EQ(graph.ops[0].inputs, (std::vector<int>{0, 1, -1}));  // the absent bias has its place
}

TEST(TfliteForeign, OperatorCodesBeforeAndAfter127) {
  EXPECT_EQ(Foreign{.only_old_code = true}.Read().ops[0].type, OpType::kConv2d);
  // The old field says 127 for every later operator.
  EXPECT_THAT(Foreign{.builtin = fb::BuiltinOperator::RFFT2D}.Error(),
              HasSubstr("operator 0 (RFFT2D)"));
}

TEST(TfliteForeign, NamesWhatIsNotSupported) {
  EXPECT_THAT(
      Foreign{.builtin = fb::BuiltinOperator::LSTM}.Error(),
      HasSubstr("dir/foreign.tflite: operator 0 (LSTM) is not supported; supported are CONV_2D"));
  EXPECT_THAT((Foreign{.builtin = fb::BuiltinOperator::CUSTOM, .custom_code = "Flux"}.Error()),
              HasSubstr("operator 0 (custom Flux) is not supported"));
  EXPECT_THAT(Foreign{.builtin = static_cast<fb::BuiltinOperator>(9999)}.Error(),
              HasSubstr("operator 0 (code 9999) is not supported"));
  EXPECT_THAT(Foreign{.activation = fb::ActivationFunctionType::TANH}.Error(),
              HasSubstr("operator 0 (CONV_2D): fused activation TANH"));
  EXPECT_THAT(Foreign{.version = 2}.Error(), HasSubstr("schema version 2, expected 3"));
  EXPECT_THAT(Foreign{.subgraphs = 2}.Error(), HasSubstr("has 2 subgraphs"));
  EXPECT_THAT(Foreign{.subgraphs = 0}.Error(), HasSubstr("has 0 subgraphs"));
  EXPECT_THAT(Foreign{.weight_type = fb::TensorType::FLOAT16}.Error(),
              HasSubstr("operator 0 (CONV_2D): tensor 'w' is FLOAT16"));
  EXPECT_THAT(Foreign{.is_sparse = true}.Error(), HasSubstr("tensor 'w' is stored sparse"));
  EXPECT_THAT(Foreign{.buffer_offset = 4096}.Error(), HasSubstr("outside the FlatBuffer"));
  EXPECT_THAT(Foreign{.weight_type = fb::TensorType::INT32}.Error(),
              HasSubstr("weights 'w' are int32"));
  EXPECT_THAT((Foreign{.shape = {2, 2, 2, 1}}.Error()), HasSubstr("only batch 1"));
}

TEST(TfliteForeign, NamesWhatIsDamaged) {
  EXPECT_THAT((Foreign{.inputs = {0, 7}}.Error()),
              HasSubstr("refers to tensor 7, but there are 3"));
  EXPECT_THAT((Foreign{.inputs = {0}}.Error()), HasSubstr("found 1 inputs"));
  EXPECT_THAT(Foreign{.weight_buffer = 9}.Error(),
              HasSubstr("refers to buffer 9, but there are 3"));
  EXPECT_THAT(Foreign{.padding = 5}.Error(), HasSubstr("padding code 5"));
  EXPECT_THAT(Foreign{.with_options = false}.Error(), HasSubstr("options are missing"));
  EXPECT_THAT(Foreign{.weight_buffer = 0}.Error(),
              HasSubstr("reads tensor 'w', which has no value"));
  EXPECT_THAT((Foreign{.weight_buffer = 2, .encoding = "x"}.Error()),
              HasSubstr("has 1 bytes, its shape and type want 4"));
  EXPECT_THAT(Foreign{.encoding = "bgr"}.Error(),
              HasSubstr("'fragua.input_encoding' is 'bgr', expected rgb8"));
}

// Some converters leave bytes in the buffers of computed tensors.
TEST(TfliteForeign, ComputedTensorsAreNotConstantsWhateverTheirBuffers) {
  const Graph graph = Foreign{.activation_buffer = 1}.Read();
  EXPECT_FALSE(graph.tensor(0).is_constant());
  EXPECT_TRUE(graph.tensor(1).is_constant());
  EXPECT_FALSE(graph.tensor(2).is_constant());
}

TEST(TfliteForeign, ReadsOurMetadata) {
  EXPECT_EQ(Foreign{.encoding = "rgb8"}.Read().input_encoding, "rgb8");
}

// What stock TensorFlow Lite looks at and our reader does not.
std::map<std::string, int> VersionsOf(const Graph& graph) {
  const std::vector<uint8_t> file = WriteTfliteBytes(graph);
  const fb::Model& written = *fb::GetModel(file.data());
  EXPECT_TRUE(fb::ModelBufferHasIdentifier(file.data()));
  EXPECT_EQ(written.version(), 3u);
  EXPECT_EQ(written.buffers()->Get(0)->data(), nullptr);  // the buffer of computed tensors is empty
  std::map<std::string, int> versions;
  for (const fb::OperatorCode* code : *written.operator_codes()) {
    EXPECT_EQ(static_cast<int>(code->builtin_code()), code->deprecated_builtin_code());
    versions[fb::EnumNameBuiltinOperator(code->builtin_code())] = code->version();
  }
  for (const fb::Operator* op : *written.subgraphs()->Get(0)->operators()) {
    for (int input : *op->inputs()) EXPECT_GE(input, 0);  // an absent bias is not there at all
  }
  return versions;
}

TEST(TfliteForeign, WrittenOperatorsHaveTheVersionsOfTheirTypes) {
  using Versions = std::map<std::string, int>;
  Graph graph = ManyOperators(DataType::kInt8);
  // One scale for all outputs, as converters make fully-connected weights.
  graph.tensor(graph.ops[13].inputs[1]).quant = {{0.01f}, {0}, 0};
  EXPECT_EQ(VersionsOf(graph), (Versions{{"CONV_2D", 3},
                                         {"DEPTHWISE_CONV_2D", 3},
                                         {"MAX_POOL_2D", 2},
                                         {"PAD", 2},
                                         {"RELU", 2},
                                         {"ADD", 2},
                                         {"RELU6", 2},
                                         {"CONCATENATION", 2},
                                         {"AVERAGE_POOL_2D", 2},
                                         {"TRANSPOSE", 2},
                                         {"MEAN", 2},
                                         {"RESHAPE", 1},
                                         {"FULLY_CONNECTED", 4},
                                         {"SOFTMAX", 2}}));
  for (const auto& [name, version] : VersionsOf(ManyOperators(DataType::kFloat32))) {
    EXPECT_EQ(version, 1) << name;
  }
  EXPECT_EQ(VersionsOf(QuantizedInside()), (Versions{{"QUANTIZE", 1}, {"DEQUANTIZE", 2}}));
}

}  // namespace
}  // namespace fragua::model

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "fragua/model/file.h"
#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"
#include "graph_equality.h"
#include "test_graphs.h"

namespace fragua::model {
namespace {

using ::testing::HasSubstr;

Graph RoundTrip(const Graph& graph) {
  return ReadTfliteBytes(WriteTfliteBytes(graph), "trip.tflite");
}

TEST(Tflite, EveryOperatorSurvivesInBothTypes) {
  ExpectSameGraph(ManyOperators(DataType::kInt8), RoundTrip(ManyOperators(DataType::kInt8)));
  ExpectSameGraph(ManyOperators(DataType::kFloat32), RoundTrip(ManyOperators(DataType::kFloat32)));
  ExpectSameGraph(QuantizedInside(), RoundTrip(QuantizedInside()));
}

TEST(Tflite, MetadataSurvives) {
  Graph graph = ManyOperators(DataType::kInt8);
  graph.name = "a name";
  graph.input_encoding = "rgb8";
  graph.synthetic_weights = true;
  ExpectSameGraph(graph, RoundTrip(graph));
}

TEST(Tflite, FileWithoutOurMetadataIsCalledAfterItself) {
  Graph graph = ManyOperators(DataType::kInt8);
  graph.name = "";
  EXPECT_EQ(RoundTrip(graph).name, "trip");
}

TEST(Tflite, ConstantsLieOnSixteenByteBoundaries) {
  Graph graph = ManyOperators(DataType::kInt8);
  std::mt19937 random(3);
  for (Tensor& tensor : graph.tensors) {
    for (uint8_t& byte : tensor.data) byte = static_cast<uint8_t>(random());
  }
  const std::vector<uint8_t> file = WriteTfliteBytes(graph);
  int constants = 0;
  for (const Tensor& tensor : graph.tensors) {
    if (!tensor.is_constant()) continue;
    ++constants;
    const auto found =
        std::search(file.begin(), file.end(), tensor.data.begin(), tensor.data.end());
    ASSERT_NE(found, file.end()) << tensor.name;
    EXPECT_EQ((found - file.begin()) % 16, 0) << tensor.name;
  }
  EXPECT_EQ(constants, 7);
}

TEST(Tflite, WritesWholeFilesOnly) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "fragua_tflite_test";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "model.tflite";
  WriteTflite(ManyOperators(DataType::kInt8), path);
  Graph expected = ManyOperators(DataType::kInt8);
  ExpectSameGraph(expected, ReadTflite(path));
  // A graph that cannot be written leaves the old file and nothing else.
  Graph bad = expected;
  bad.ops[0].inputs[1] = 99;
  EXPECT_THROW(WriteTflite(bad, path), Error);
  ExpectSameGraph(expected, ReadTflite(path));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_THAT(ErrorOf([&] { WriteTflite(expected, folder / "no" / "such.tflite"); }),
              HasSubstr("cannot be written"));
  EXPECT_THAT(ErrorOf([&] { WriteTflite(expected, folder); }), HasSubstr("cannot be written"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
}

TEST(Tflite, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(ErrorOf([] { ReadTflite("/nowhere/m.tflite"); }),
              HasSubstr("/nowhere/m.tflite: cannot be read"));
  const std::vector<uint8_t> nothing;
  EXPECT_THAT(ErrorOf([&] { ReadTfliteBytes(nothing, "m"); }),
              HasSubstr("not a TensorFlow Lite file"));
  std::vector<uint8_t> bytes = WriteTfliteBytes(ManyOperators(DataType::kInt8));
  bytes.resize(bytes.size() / 2);
  EXPECT_THAT(ErrorOf([&] { ReadTfliteBytes(bytes, "m"); }), HasSubstr("damaged or cut off"));
}

/// conv 3x3 with the given padding on a 6x6 map.
Graph PaddedConv(Padding padding, int rows, int columns) {
  GraphBuilder b(DataType::kInt8);
  const int x = b.Activation("x", {1, 6, 6, 2}, 1.0f, 7);
  const int y = b.Activation("y", {1, rows, columns, 2});
  b.AddOp(OpType::kConv2d, {x, b.Weights("w", {2, 3, 3, 2}, 0), b.Bias("b", 2)}, y)
      .attributes.padding = padding;
  b.graph.inputs = {x};
  b.graph.outputs = {y};
  return b.graph;
}

TEST(Tflite, OddConvolutionPaddingBecomesAPadOperator) {
  const Graph read = RoundTrip(PaddedConv({2, 0, 1, 3}, 7, 7));
  ASSERT_EQ(read.ops.size(), 2u);
  EXPECT_EQ(read.ops[0].type, OpType::kPad);
  const std::vector<std::pair<int, int>> pads = {{0, 0}, {2, 1}, {0, 3}, {0, 0}};
  EXPECT_EQ(read.ops[0].attributes.pads, pads);
  const Tensor& padded = read.tensor(read.ops[0].outputs[0]);
  EXPECT_EQ(padded.shape, (std::vector<int>{1, 9, 9, 2}));
  EXPECT_EQ(padded.quant.zero_point, std::vector<int32_t>{7});  // what PAD fills in
  EXPECT_EQ(read.ops[1].attributes.padding, Padding{});
}

TEST(Tflite, PaddingThatNoWindowReachesIsNotWritten) {
  // Stride 2 on 6 rows without padding leaves a row over; one more row of padding makes no further
  // window.
  Graph graph = PaddedConv({0, 0, 0, 0}, 2, 2);
  graph.ops[0].attributes.stride_h = graph.ops[0].attributes.stride_w = 2;
  EXPECT_EQ(RoundTrip(graph).ops.size(), 1u);
  EXPECT_EQ(RoundTrip(graph).ops[0].attributes.padding, Padding{});
  graph.tensor(1).shape = {1, 3, 3, 2};
  graph.ops[0].attributes.padding = {0, 0, 2, 2};
  ASSERT_EQ(RoundTrip(graph).ops.size(), 1u);
  EXPECT_EQ(RoundTrip(graph).ops[0].attributes.padding, (Padding{0, 0, 1, 1}));
}

/// max- or average-pool 3x3/2 with padding 1 all round on a 6x6 map: neither SAME nor VALID.
Graph PaddedPool(OpType type, DataType data, int zero) {
  GraphBuilder b(data);
  const int x = b.Activation("x", {1, 6, 6, 2}, 1.0f, zero);
  const int y = b.Activation("y", {1, 3, 3, 2}, 1.0f, zero);
  Attributes& a = b.AddOp(type, {x}, y).attributes;
  a.filter_h = a.filter_w = 3;
  a.stride_h = a.stride_w = 2;
  a.padding = {1, 1, 1, 1};
  b.graph.inputs = {x};
  b.graph.outputs = {y};
  return b.graph;
}

TEST(Tflite, PoolPaddingIsWrittenOnlyWhereItChangesNothing) {
  // -128 is the lowest value, so zeros of value -128 are never a larger maximum.
  EXPECT_EQ(RoundTrip(PaddedPool(OpType::kMaxPool2d, DataType::kInt8, -128)).ops.size(), 2u);
  EXPECT_THAT(
      ErrorOf([] { WriteTfliteBytes(PaddedPool(OpType::kMaxPool2d, DataType::kInt8, -127)); }),
      HasSubstr("'y' cannot be written"));
  EXPECT_THROW(WriteTfliteBytes(PaddedPool(OpType::kMaxPool2d, DataType::kFloat32, 0)), Error);
  EXPECT_THAT(
      ErrorOf([] { WriteTfliteBytes(PaddedPool(OpType::kAveragePool2d, DataType::kInt8, -128)); }),
      HasSubstr("change the averages"));
}

TEST(Tflite, PoolPaddingAfterReluIsWrittenForFloatToo) {
  Graph graph = PaddedPool(OpType::kMaxPool2d, DataType::kFloat32, 0);
  GraphBuilder b(DataType::kFloat32);
  b.graph = graph;
  const int source = b.Activation("source", {1, 6, 6, 2});
  b.AddOp(OpType::kRelu, {source}, 0);
  std::swap(b.graph.ops[0], b.graph.ops[1]);
  b.graph.inputs = {source};
  EXPECT_EQ(RoundTrip(b.graph).ops.size(), 3u);
}

TEST(Tflite, NamesOfOperatorsAreReadableAndUnique) {
  Graph graph = ManyOperators(DataType::kInt8);
  graph.tensor(graph.ops[0].outputs[0]).name = "a/Relu;a/BiasAdd;a/Conv2D";
  graph.tensor(graph.ops[1].outputs[0]).name = "a/Relu";
  graph.tensor(graph.ops[2].outputs[0]).name = "123";
  graph.tensor(graph.ops[3].outputs[0]).name = std::string(65, 'x');
  graph.tensor(graph.ops[4].outputs[0]).name = "with space";
  const Graph read = RoundTrip(graph);
  EXPECT_EQ(read.ops[0].name, "a/Relu");
  EXPECT_EQ(read.ops[1].name, "depthwise_conv_2d_01");
  EXPECT_EQ(read.ops[2].name, "max_pool_2d_02");
  EXPECT_EQ(read.ops[3].name, "pad_03");
  EXPECT_EQ(read.ops[4].name, "conv_2d_04");
  EXPECT_EQ(read.ops[5].name, "relu");
}

// Whatever the bytes, the reader gives a valid graph or an error.
TEST(Tflite, DamagedFilesAreErrorsNotCrashes) {
  const std::vector<uint8_t> good = WriteTfliteBytes(ManyOperators(DataType::kInt8));
  const uint32_t seed = SeedOr(77);
  SCOPED_TRACE(::testing::Message() << "FRAGUA_SEED=" << seed);
  std::mt19937 random(seed);
  int errors = 0, graphs = 0;
  const auto try_read = [&](const std::vector<uint8_t>& bytes) {
    try {
      Validate(ReadTfliteBytes(bytes, "damaged"));
      ++graphs;
    } catch (const Error&) {
      ++errors;
    }
  };
  for (size_t length = 0; length < good.size(); length += 1 + length / 64) {
    try_read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)});
  }
  EXPECT_EQ(graphs, 0);  // no prefix is a model
  for (size_t position = 0; position < good.size(); ++position) {
    std::vector<uint8_t> bytes = good;
    bytes[position] = static_cast<uint8_t>(bytes[position] ^ (1u << (random() % 8)));
    try_read(bytes);
    bytes[position] = static_cast<uint8_t>(random());
    bytes[random() % bytes.size()] = 0xff;
    try_read(bytes);
  }
  EXPECT_GT(errors, 100);
  EXPECT_GT(graphs, 100);  // constants may change without harm
}

std::filesystem::path DataFolder() {
  const char* set = std::getenv("FRAGUA_DATA");
  return set != nullptr ? std::filesystem::path(set)
                        : std::filesystem::path(FRAGUA_SOURCE_DIR) / "../shared/data";
}

struct ReferenceModel {
  const char* path;
  size_t ops;
  int64_t macs;
};

class TfliteReference : public ::testing::TestWithParam<ReferenceModel> {};

TEST_P(TfliteReference, ReadsAndSurvivesARoundTrip) {
  const auto path = DataFolder() / GetParam().path;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "reference data is not there: " << path;
  const Graph graph = ReadTflite(path);
  EXPECT_EQ(graph.ops.size(), GetParam().ops);
  int64_t macs = 0;
  for (const Op& op : graph.ops) macs += MacCount(graph, op);
  EXPECT_EQ(macs, GetParam().macs);
  ExpectSameGraph(graph, RoundTrip(graph));
}

INSTANTIATE_TEST_SUITE_P(
    Models, TfliteReference,
    ::testing::Values(
        ReferenceModel{"tflite/vww_96_int8/model.tflite", 31, 7489664},
        ReferenceModel{"tflite/person_detect/model.tflite", 31, 7157888},
        ReferenceModel{"tflite/pretrainedResnet_quant/model.tflite", 16, 12501632},
        ReferenceModel{"tflite/mobilenet_v2_quantized_1x3x224x224/model.tflite", 84, 300774272},
        ReferenceModel{"squeezenet/int8/squeezenet_v1.0_dc_227_int8_mean.tflite", 39, 861339936},
        ReferenceModel{"squeezenet/int8/squeezenet_v1.1_227_int8_mean.tflite", 38, 387747520}));

}  // namespace
}  // namespace fragua::model

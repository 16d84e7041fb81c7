// Padding that TensorFlow Lite cannot name is written as a PAD operator: the file must compute what
// the graph computes.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "../unit/model/test_graphs.h"
#include "fragua/golden/executor.h"
#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"

namespace fragua {
namespace {

using model::DataType;
using model::Graph;
using model::OpType;
using model::Padding;

/// One windowed operator with a 3x3 kernel, stride 2, on a 6x7 map of 4 channels that were made by
/// a ReLU.
Graph OneOperator(OpType type, DataType data, Padding padding) {
  model::GraphBuilder b(data);
  const int zero = data == DataType::kInt8 && type != OpType::kMaxPool2d ? 5 : -128;
  const int source = b.Activation("source", {1, 6, 7, 4}, 0.5f, zero);
  const int x = b.Activation("x", {1, 6, 7, 4}, 0.5f, zero);
  b.AddOp(OpType::kRelu, {source}, x);
  const int rows = (6 + padding.top + padding.bottom - 3) / 2 + 1;
  const int columns = (7 + padding.left + padding.right - 3) / 2 + 1;
  const int y = b.Activation("y", {1, rows, columns, 4}, 0.5f, zero);
  std::vector<int> inputs = {x};
  if (type == OpType::kConv2d) inputs = {x, b.Weights("w", {4, 3, 3, 4}, 0), b.Bias("b", 4)};
  if (type == OpType::kDepthwiseConv2d) inputs = {x, b.Weights("w", {1, 3, 3, 4}, 3), -1};
  model::Attributes& a = b.AddOp(type, inputs, y).attributes;
  a.padding = padding;
  a.stride_h = a.stride_w = 2;
  a.filter_h = a.filter_w = 3;
  b.graph.inputs = {source};
  b.graph.outputs = {y};
  return b.graph;
}

std::vector<uint8_t> RandomInput(const Graph& graph, std::mt19937* random) {
  const model::Tensor& input = graph.tensor(graph.inputs[0]);
  std::vector<uint8_t> bytes;
  for (int64_t i = 0; i < input.elements(); ++i) {
    const auto value = static_cast<int8_t>((*random)());
    if (input.type == DataType::kInt8) {
      bytes.push_back(static_cast<uint8_t>(value));
    } else {
      const auto real = static_cast<float>(value);
      const auto* first = reinterpret_cast<const uint8_t*>(&real);
      bytes.insert(bytes.end(), first, first + sizeof real);
    }
  }
  return bytes;
}

TEST(TflitePadding, WrittenFilesComputeTheSame) {
  const uint32_t seed = model::SeedOr(5);
  SCOPED_TRACE(::testing::Message() << "FRAGUA_SEED=" << seed);
  std::mt19937 random(seed);
  int with_pad = 0;
  for (OpType type : {OpType::kConv2d, OpType::kDepthwiseConv2d, OpType::kMaxPool2d}) {
    for (DataType data : {DataType::kInt8, DataType::kFloat32}) {
      for (Padding padding :
           {Padding{0, 0, 0, 0}, Padding{0, 1, 1, 1}, Padding{1, 1, 1, 1}, Padding{2, 0, 1, 2}}) {
        SCOPED_TRACE(::testing::Message() << Name(type) << " " << Name(data) << " " << padding.top
                                          << padding.left << padding.bottom << padding.right);
        const Graph graph = OneOperator(type, data, padding);
        const Graph read = model::ReadTfliteBytes(model::WriteTfliteBytes(graph), "x");
        with_pad += read.ops.size() == 3;
        const std::vector<std::vector<uint8_t>> inputs = {RandomInput(graph, &random)};
        const auto expected = golden::Run(graph, inputs);
        const auto got = golden::Run(read, inputs);
        EXPECT_EQ(expected[static_cast<size_t>(graph.outputs[0])],
                  got[static_cast<size_t>(read.outputs[0])]);
      }
    }
  }
  EXPECT_EQ(with_pad, 12);  // {1, 1, 1, 1} and {2, 0, 1, 2}; the others are VALID and SAME
}

}  // namespace
}  // namespace fragua

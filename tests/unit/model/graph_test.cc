#include "fragua/model/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "fragua/model/shapes.h"
#include "test_graphs.h"

namespace fragua::model {
namespace {

using ::testing::HasSubstr;

TEST(Graph, KnowsSizesAndNames) {
  EXPECT_EQ(SizeOf(DataType::kInt8), 1);
  EXPECT_EQ(SizeOf(DataType::kUInt8), 1);
  EXPECT_EQ(SizeOf(DataType::kFloat32), 4);
  EXPECT_EQ(SizeOf(DataType::kInt32), 4);
  EXPECT_EQ(SizeOf(DataType::kInt64), 8);
  EXPECT_STREQ(Name(DataType::kInt8), "int8");
  EXPECT_STREQ(Name(OpType::kDepthwiseConv2d), "DEPTHWISE_CONV_2D");
}

TEST(Graph, CountsMultiplicationsAndParameters) {
  const Graph graph = ManyOperators(DataType::kInt8);
  EXPECT_EQ(MacCount(graph, graph.ops[0]), 5 * 5 * 4 * 3 * 3 * 3);  // CONV_2D
  EXPECT_EQ(ParameterBytes(graph, graph.ops[0]), 4 * 3 * 3 * 3 + 4 * 4);
  EXPECT_EQ(MacCount(graph, graph.ops[1]), 5 * 5 * 8 * 3 * 3);  // DEPTHWISE_CONV_2D
  EXPECT_EQ(ParameterBytes(graph, graph.ops[1]), 3 * 3 * 8);    // no bias
  EXPECT_EQ(MacCount(graph, graph.ops[2]), 0);                  // MAX_POOL_2D
  ASSERT_EQ(graph.ops[13].type, OpType::kFullyConnected);
  EXPECT_EQ(MacCount(graph, graph.ops[13]), 5 * 16);
}

TEST(Shapes, SamePaddingIsThatOfTensorFlow) {
  using Pair = std::pair<int, int>;
  EXPECT_EQ(SamePadding(5, 3, 1, 1), Pair(1, 1));
  EXPECT_EQ(SamePadding(96, 3, 2, 1), Pair(0, 1));
  EXPECT_EQ(SamePadding(97, 3, 2, 1), Pair(1, 1));
  EXPECT_EQ(SamePadding(10, 3, 1, 2), Pair(2, 2));
  EXPECT_EQ(SamePadding(7, 1, 2, 1), Pair(0, 0));
  EXPECT_EQ(SamePadding(4, 4, 1, 1), Pair(1, 2));
}

// ceil(input / stride) outputs, by definition.
TEST(Shapes, SamePaddingGivesTheDefinedExtent) {
  for (int input = 1; input < 20; ++input) {
    for (int kernel = 1; kernel < 8; ++kernel) {
      for (int stride = 1; stride < 5; ++stride) {
        for (int dilation = 1; dilation < 4; ++dilation) {
          const auto [before, after] = SamePadding(input, kernel, stride, dilation);
          EXPECT_EQ(OutputExtent(input, kernel, stride, dilation, before, after),
                    (input + stride - 1) / stride)
              << input << " " << kernel << " " << stride << " " << dilation;
        }
      }
    }
  }
}

TEST(Shapes, WindowThatDoesNotFitHasNoOutput) {
  EXPECT_EQ(OutputExtent(2, 3, 1, 1, 0, 0), 0);
  EXPECT_EQ(OutputExtent(2, 3, 1, 1, 1, 0), 1);
  EXPECT_EQ(OutputExtent(3, 2, 1, 3, 0, 0), 0);
}

TEST(Validate, AcceptsTheTestGraphs) {
  EXPECT_NO_THROW(Validate(ManyOperators(DataType::kInt8)));
  EXPECT_NO_THROW(Validate(ManyOperators(DataType::kFloat32)));
  EXPECT_NO_THROW(Validate(QuantizedInside()));
}

/// One thing broken in an otherwise valid graph, and a part of the message.
struct Broken {
  const char* what;
  std::function<void(Graph&)> harm;
  const char* message;
};

class ValidateRejects : public ::testing::TestWithParam<Broken> {};

TEST_P(ValidateRejects, WithAnExplanation) {
  Graph graph = ManyOperators(DataType::kInt8);
  GetParam().harm(graph);
  EXPECT_THAT(ErrorOf([&] { Validate(graph); }), HasSubstr(GetParam().message)) << GetParam().what;
}

Tensor& Input(Graph& g, size_t op, size_t i) { return g.tensor(g.ops[op].inputs[i]); }
Tensor& Output(Graph& g, size_t op) { return g.tensor(g.ops[op].outputs[0]); }

// Operators of ManyOperators: 0 conv1, 1 dw, 2 pool, 3 padded, 4 conv2, 5 relu, 6 sum, 7 relu6, 8
// cat, 9 average, 10 turned, 11 mean, 12 flat, 13 logits, 14 soft.
const Broken kStructure[] = {
    {"input index", [](Graph& g) { g.ops[0].inputs[0] = 999; }, "refers to tensor 999"},
    {"negative index", [](Graph& g) { g.ops[0].inputs[0] = -2; }, "refers to tensor -2"},
    {"output index", [](Graph& g) { g.ops[0].outputs[0] = 999; }, "refers to tensor 999"},
    {"absent input", [](Graph& g) { g.ops[0].inputs[0] = -1; }, "input 0 is absent"},
    {"absent weights", [](Graph& g) { g.ops[0].inputs[1] = -1; }, "input 1 is absent"},
    {"too many inputs", [](Graph& g) { g.ops[5].inputs.push_back(0); }, "found 2 inputs"},
    {"too few inputs", [](Graph& g) { g.ops[6].inputs.pop_back(); }, "found 1 inputs, expected 2"},
    {"two outputs", [](Graph& g) { g.ops[5].outputs.push_back(0); }, "found 2 outputs"},
    {"no output", [](Graph& g) { g.ops[5].outputs.clear(); }, "found 0 outputs"},
    {"order", [](Graph& g) { std::swap(g.ops[0], g.ops[1]); }, "no value at that point"},
    {"written twice", [](Graph& g) { g.ops[7].outputs = g.ops[6].outputs; }, "has a value already"},
    {"constant written", [](Graph& g) { Output(g, 5).data.resize(48); }, "has a value already"},
    {"no name", [](Graph& g) { g.ops[3].name.clear(); }, "no name of its own"},
    {"same name", [](Graph& g) { g.ops[3].name = g.ops[2].name; }, "no name of its own"},
    {"no inputs", [](Graph& g) { g.inputs.clear(); }, "no input or no output"},
    {"output unknown", [](Graph& g) { g.outputs[0] = 999; }, "graph output refers to tensor 999"},
    {"batch", [](Graph& g) { g.tensor(g.inputs[0]).shape[0] = 2; }, "only batch 1"},
    {"zero extent", [](Graph& g) { Output(g, 0).shape[1] = 0; }, "at least 1"},
    {"huge",
     [](Graph& g) {
       Output(g, 0).shape = {1, 65536, 65536, 65536};
     },
     "at most 268435456"},
    {"rank", [](Graph& g) { Output(g, 0).shape = {1, 1, 1, 1, 1, 1, 1}; }, "7 dimensions"},
    {"constant size", [](Graph& g) { Input(g, 0, 1).data.pop_back(); },
     "has 107 bytes, expected 108"},
    {"scale zero", [](Graph& g) { Output(g, 0).quant.scale[0] = 0; }, "has scale 0"},
    {"scale NaN",
     [](Graph& g) { Output(g, 0).quant.scale[0] = std::numeric_limits<float>::quiet_NaN(); },
     "has scale nan"},
    {"zero point", [](Graph& g) { Output(g, 0).quant.zero_point[0] = 128; },
     "zero point 128, expected -128..127"},
    {"zero points", [](Graph& g) { Output(g, 0).quant.zero_point.clear(); },
     "1 scales but 0 zero points"},
    {"scales", [](Graph& g) { Input(g, 0, 1).quant.axis = 1; }, "4 scales along axis 1"},
    {"not quantised", [](Graph& g) { Output(g, 0).quant = {}; }, "int8 with 0 scales"},
};

const Broken kOperators[] = {
    {"position", [](Graph& g) { Output(g, 4).shape[1] = 2; },
     "operator 4 (CONV_2D 'conv2'): output"},
    {"shape", [](Graph& g) { Output(g, 4).shape[1] = 2; },
     "has shape [1, 2, 2, 8], expected [1, 3, 2, 8]"},
    {"types", [](Graph& g) { Output(g, 5).type = DataType::kFloat32; },
     "input is int8 but output is float32"},
    {"type",
     [](Graph& g) {
       Output(g, 5).type = DataType::kUInt8;
       Output(g, 5).quant.zero_point[0] = 0;
     },
     "is uint8, expected int8 or float32"},
    {"stride", [](Graph& g) { g.ops[0].attributes.stride_h = 0; }, "stride (rows) is 0"},
    {"dilation", [](Graph& g) { g.ops[4].attributes.dilation_w = -1; }, "dilation (columns) is -1"},
    {"padding", [](Graph& g) { g.ops[0].attributes.padding.left = -1; },
     "padding at the left is -1"},
    {"kernel too large", [](Graph& g) { g.ops[4].attributes.dilation_w = 3; }, "does not fit"},
    {"channels",
     [](Graph& g) {
       Input(g, 0, 1).shape = {4, 3, 1, 9};
     },
     "grouped convolutions"},
    {"weights rank",
     [](Graph& g) {
       Input(g, 0, 1).shape = {4, 27};
     },
     "expected 4 dimensions"},
    {"weights computed", [](Graph& g) { g.ops[4].inputs[1] = g.ops[4].inputs[0]; },
     "are not constant"},
    {"weights type", [](Graph& g) { Input(g, 0, 1).type = DataType::kUInt8; },
     "are uint8 but the input is int8"},
    {"weights axis",
     [](Graph& g) {
       Input(g, 1, 1).shape = {1, 8, 8, 8};
       Input(g, 1, 1).data.resize(512);
       Input(g, 1, 1).quant.axis = 1;
     },
     "along axis 1, expected 3 (1HWC)"},
    {"weights zero point", [](Graph& g) { Input(g, 0, 1).quant.zero_point[2] = 1; },
     "zero points other than 0"},
    {"factor", [](Graph& g) { Input(g, 0, 1).quant.scale[0] = 1e12f; },
     "weight scale / output scale"},
    {"bias type", [](Graph& g) { Input(g, 0, 2).type = DataType::kFloat32; },
     "is float32, expected int32"},
    {"bias size",
     [](Graph& g) {
       Input(g, 0, 2).shape = {2};
       Input(g, 0, 2).data.resize(8);
     },
     "has 2 values, expected 4"},
    {"depth multiplier", [](Graph& g) { g.ops[1].attributes.depth_multiplier = 3; },
     "depth multiplier 3"},
    {"fully connected",
     [](Graph& g) {
       Input(g, 13, 1).shape = {16, 5};
       Input(g, 13, 1).quant = {{1.0f}, {0}, 0};
     },
     "cannot be cut into rows of 5"},
    {"add shapes", [](Graph& g) { g.ops[6].inputs[1] = g.ops[3].inputs[0]; },
     "broadcasting is not supported"},
    {"pool scale", [](Graph& g) { Output(g, 2).quant.scale[0] = 0.51f; }, "copies values"},
    {"pool zero", [](Graph& g) { Output(g, 2).quant.zero_point[0] = -127; }, "copies values"},
    {"pool empty window",
     [](Graph& g) {
       g.ops[2].attributes.padding = {2, 0, 0, 1};
     },
     "wholly in the padding"},
    {"pool empty end",
     [](Graph& g) {
       g.ops[2].attributes.padding = {0, 0, 3, 1};
       Output(g, 2).shape[1] = 4;
     },
     "wholly in the padding"},
    {"mean axes",
     [](Graph& g) {
       g.ops[11].attributes.axes = {3, 2};
     },
     "not ascending"},
    {"mean no axes", [](Graph& g) { g.ops[11].attributes.axes.clear(); }, "no axis"},
    {"mean axis",
     [](Graph& g) {
       g.ops[11].attributes.axes = {2, 4};
     },
     "not ascending numbers below 4"},
    {"concat axis", [](Graph& g) { g.ops[8].attributes.axis = 4; }, "axis is 4"},
    {"concat shape", [](Graph& g) { g.ops[8].attributes.axis = 1; },
     "has shape [1, 3, 2, 16], expected [1, 6, 2, 8]"},
    {"concat extents",
     [](Graph& g) {
       g.ops[8].inputs[1] = g.ops[3].inputs[0];
       Output(g, 2).quant = Output(g, 8).quant;
       Input(g, 2, 0).quant = Output(g, 8).quant;
       Output(g, 3).quant = Output(g, 8).quant;
     },
     "input 1 has shape"},
    {"concat scale", [](Graph& g) { g.ops[8].inputs[0] = g.ops[4].outputs[0]; },
     "requantise the input"},
    {"concat last bit", [](Graph& g) { Output(g, 7).quant.scale[0] = std::nextafter(0.75f, 1.0f); },
     "input 0 has scale 0.75000006, expected the output's 0.75"},
    {"mean of too many",
     [](Graph& g) {
       Input(g, 11, 0).shape = {1, 16, 4096, 4096};
       g.inputs.push_back(g.ops[11].inputs[0]);
       g.ops.erase(g.ops.begin() + 10);
     },
     "16777216 values in one mean"},
    {"concat activation", [](Graph& g) { g.ops[8].attributes.activation = Activation::kRelu; },
     "fused activation"},
    {"pads", [](Graph& g) { g.ops[3].attributes.pads.pop_back(); }, "3 pairs of padding"},
    {"negative pad", [](Graph& g) { g.ops[3].attributes.pads[1].first = -1; }, "outside 0.."},
    {"reshape",
     [](Graph& g) {
       Output(g, 12).shape = {1, 17};
     },
     "other number of elements"},
    {"permutation",
     [](Graph& g) {
       g.ops[10].attributes.axes = {0, 1, 2, 2};
     },
     "not a permutation"},
    {"permutation size",
     [](Graph& g) {
       g.ops[10].attributes.axes = {0, 1, 2};
     },
     "not a permutation"},
    {"softmax scale", [](Graph& g) { Output(g, 14).quant.scale[0] = 0.01f; }, "expected 1/256"},
    {"softmax beta", [](Graph& g) { g.ops[14].attributes.beta = 0; }, "beta is 0"},
};

INSTANTIATE_TEST_SUITE_P(Structure, ValidateRejects, ::testing::ValuesIn(kStructure));
INSTANTIATE_TEST_SUITE_P(Operators, ValidateRejects, ::testing::ValuesIn(kOperators));

TEST(Validate, ChecksConversions) {
  Graph graph = QuantizedInside();
  graph.tensor(3).type = DataType::kInt8;
  graph.tensor(3).quant = {{1.0f}, {0}, 0};
  EXPECT_THAT(ErrorOf([&] { Validate(graph); }),
              HasSubstr("converts int8 to int8, expected int8 to float32"));
  graph = QuantizedInside();
  graph.tensor(1).quant = {};
  EXPECT_THAT(ErrorOf([&] { Validate(graph); }), HasSubstr("not quantised per tensor"));
  graph = QuantizedInside();
  graph.tensor(1).type = DataType::kFloat32;
  EXPECT_THAT(ErrorOf([&] { Validate(graph); }), HasSubstr("converts float32 to float32"));
}

}  // namespace
}  // namespace fragua::model

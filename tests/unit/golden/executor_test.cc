#include "fragua/golden/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "fragua/model/error.h"
#include "one_op.h"

namespace fragua::golden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// relu -> reshape, 2 values.
OneOp TwoOps() {
  OneOp op(OpType::kRelu, {Map({1, 2})}, Map({1, 2}));
  Tensor flat = Map({2, 1});
  flat.name = "flat";
  op.graph.tensors.push_back(flat);
  model::Op reshape;
  reshape.type = OpType::kReshape;
  reshape.name = "flatten";
  reshape.inputs = {1};
  reshape.outputs = {2};
  op.graph.ops.push_back(reshape);
  op.graph.outputs = {2};
  return op;
}

TEST(Run, KeepsEveryTensor) {
  OneOp op = TwoOps();
  const Values values = golden::Run(op.graph, std::vector<Bytes>{ToBytes<float>({-1, 2})});
  ASSERT_EQ(values.size(), 3u);
  EXPECT_THAT(FromBytes<float>(values[0]), ElementsAre(-1, 2));
  EXPECT_THAT(FromBytes<float>(values[1]), ElementsAre(0, 2));
  EXPECT_THAT(FromBytes<float>(values[2]), ElementsAre(0, 2));
}

TEST(Run, ReadsConstantOperands) {
  OneOp op(OpType::kAdd, {Map({1, 2}), Weights({1, 2}, std::vector<float>{10, 20})}, Map({1, 2}));
  EXPECT_THAT(op.Float({{1, 2}}), ElementsAre(11, 22));
}

TEST(Run, ReportsProgressAndStopsWhenAsked) {
  OneOp op = TwoOps();
  std::vector<std::pair<int, int>> calls;
  RunOptions options;
  options.progress = [&](int index, int count) { calls.emplace_back(index, count); };
  const std::vector<Bytes> input{ToBytes<float>({-1, 2})};
  golden::Run(op.graph, input, options);
  EXPECT_THAT(calls, ElementsAre(Pair(0, 2), Pair(1, 2)));
  options.progress = [](int index, int) {
    if (index == 1) throw std::runtime_error("stop");
  };
  EXPECT_THROW(golden::Run(op.graph, input, options), std::runtime_error);
}

TEST(Run, RefusesWrongInputs) {
  OneOp op = TwoOps();
  const auto text = [&op](const std::vector<Bytes>& inputs) {
    try {
      golden::Run(op.graph, inputs);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(text({}), HasSubstr("has 1 inputs, found 0"));
  EXPECT_THAT(text({Bytes(7)}), HasSubstr("has 7 bytes, expected 8"));
}

TEST(Run, RefusesTypesItDoesNotImplement) {
  OneOp op(OpType::kMaxPool2d, {Map({1, 1, 1, 1})}, Map({1, 1, 1, 1}));
  op.graph.tensor(0).type = op.graph.tensor(1).type = DataType::kUInt8;
  try {
    op.Run<uint8_t, uint8_t>({{1}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("operator 0 'only' (MAX_POOL_2D)"));
    EXPECT_THAT(error.what(), HasSubstr("uint8 -> uint8"));
  }
}

}  // namespace
}  // namespace fragua::golden

// Networks compiled for the engine and run on the functional model, byte for byte against golden.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "every_engine.h"
#include "net_builder.h"

namespace fragua {
namespace {

using test::EngineRun;
using test::ExpectSameAsGolden;
using test::NetBuilder;
using test::RunEverywhere;
using test::Square;

struct ConvCase {
  const char* name;
  int height, width, channels;
  test::ConvShape shape;
};

class ConvTable : public testing::TestWithParam<ConvCase> {};

TEST_P(ConvTable, MatchesGolden) {
  const ConvCase& c = GetParam();
  NetBuilder net(7);
  net.Output(net.Conv(net.Input(c.height, c.width, c.channels), c.shape, "conv"));
  RunEverywhere(net);
}

INSTANTIATE_TEST_SUITE_P(
    Compiler, ConvTable,
    testing::Values(ConvCase{"c1x1", 7, 9, 16, Square(16, 1)},
                    ConvCase{"c1x1_odd", 5, 5, 24, Square(40, 1)},
                    ConvCase{"c3x3_pad1", 9, 8, 16, Square(32, 3, 1, 1)},
                    ConvCase{"c3x3_stride2", 13, 11, 8, Square(24, 3, 2)},
                    ConvCase{"c3x3_stride2_pad1", 12, 12, 48, Square(16, 3, 2, 1)},
                    ConvCase{"image_3x3_stride2", 21, 23, 3, Square(16, 3, 2)},
                    ConvCase{"image_3x3_stride2_pad1", 16, 18, 3, Square(16, 3, 2, 1)},
                    ConvCase{"image_7x7_stride2", 23, 25, 3, Square(24, 7, 2)},
                    ConvCase{"image_7x7_stride2_pad3", 19, 16, 3, Square(16, 7, 2, 3)},
                    ConvCase{"image_5x5_stride2_pad2_4ch", 17, 15, 4, Square(8, 5, 2, 2)},
                    ConvCase{"image_stride1", 10, 12, 3, Square(16, 3, 1, 1)},
                    ConvCase{"c1x1_pad1", 6, 6, 32, Square(20, 1, 1, 1)},
                    ConvCase{"c1x1_stride2", 9, 9, 16, Square(16, 1, 2)},
                    ConvCase{"c1x1_stride3", 10, 11, 8, Square(8, 1, 3)},
                    ConvCase{"one_pixel", 1, 1, 64, Square(100, 1)},
                    ConvCase{"one_row", 1, 30, 8, Square(16, 3, 1, 1)},
                    ConvCase{"asymmetric", 11, 14, 8, {24, 5, 2, 2, 1, {2, 0, 1, 1}}},
                    ConvCase{"kernel_larger_than_map", 3, 3, 8, Square(8, 7, 1, 3)},
                    ConvCase{"many_outputs", 4, 4, 64, Square(1000, 1)},
                    ConvCase{"many_inputs", 4, 5, 512, Square(24, 1)}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Compiler, Relu6AndNoActivationClampAsGolden) {
  for (const auto activation : {model::Activation::kNone, model::Activation::kRelu6}) {
    NetBuilder net(11);
    test::ConvShape shape = Square(20, 3, 1, 1);
    shape.activation = activation;
    net.Output(net.Conv(net.Input(6, 6, 16, 5), shape, "conv"));
    RunEverywhere(net);
  }
}

TEST(Compiler, PoolsOnTheOutputPath) {
  for (const int size : {6, 7, 13}) {
    for (const int filter : {2, 3}) {
      for (const bool ceil : {true, false}) {
        SCOPED_TRACE(testing::Message() << size << " pool " << filter << " ceil " << ceil);
        NetBuilder net(13);
        const int conv = net.Conv(net.Input(size, size + 1, 16), Square(40, 3, 1, 1), "conv");
        net.Output(net.MaxPool(conv, filter, 0, ceil, "pool"));
        RunEverywhere(net);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(Compiler, PoolWithPaddingAndPoolOfAPool) {
  NetBuilder net(17);
  const int conv = net.Conv(net.Input(17, 16, 8), Square(24, 1), "conv");
  const int pool = net.MaxPool(conv, 3, 1, false, "pool1");
  net.Output(net.MaxPool(pool, 2, 0, false, "pool2"));
  RunEverywhere(net);
}

TEST(Compiler, GlobalMeanKeepsExactSums) {
  NetBuilder net(19);
  const int conv = net.Conv(net.Input(9, 7, 32), Square(50, 1), "conv");
  net.Output(net.Mean(conv));
  RunEverywhere(net);
}

TEST(Compiler, MeanOfAnInput) {
  NetBuilder net(23);
  net.Output(net.Mean(net.Input(8, 9, 40)));
  RunEverywhere(net);
}

TEST(Compiler, ResultsThatNobodyReads) {
  NetBuilder net(25);
  const int x = net.Conv(net.Input(9, 9, 16), Square(24, 3, 1, 1), "shared");
  const int middle = net.Conv(x, Square(16, 1), "squeeze");
  net.Conv(middle, Square(16, 1), "dead1");
  net.Conv(middle, Square(16, 3, 1, 1), "dead3");
  net.Output(net.Conv(x, Square(10, 1), "last"));
  RunEverywhere(net);
}

TEST(Compiler, ConvolutionsBehindAMeanHaveASubmissionOfTheirOwn) {
  NetBuilder net(24);
  int x = net.Conv(net.Input(9, 7, 32), Square(24, 3, 1, 1), "before");
  x = net.Mean(x, "squeezed", /*keep_dims=*/true);
  x = net.Conv(x, Square(40, 1), "excite");
  net.Output(net.Conv(x, Square(10, 1), "last"));
  RunEverywhere(net);
}

TEST(Compiler, FireModules) {
  for (const int size : {5, 8, 13}) {
    SCOPED_TRACE(size);
    NetBuilder net(29);
    int x = net.Conv(net.Input(size, size, 8), Square(64, 1), "conv");
    x = net.Fire(x, 16, 64, 64, "fire2");
    x = net.Fire(x, 24, 48, 80, "fire3");
    net.Output(x);
    RunEverywhere(net);
    if (HasFatalFailure()) return;
  }
}

TEST(Compiler, FireModulesWithPoolsAndConcatHoles) {
  NetBuilder net(31);
  int x = net.Conv(net.Input(15, 14, 3), Square(24, 3, 1, 1), "conv");
  x = net.MaxPool(x, 3, 0, true, "pool1");
  x = net.Fire(x, 12, 20, 28, "fire2");  // neither part fills its last block
  x = net.MaxPool(x, 3, 0, true, "pool2");
  x = net.Fire(x, 16, 24, 24, "fire3");
  net.Output(net.Mean(net.Conv(x, Square(30, 1), "conv10")));
  RunEverywhere(net);
}

TEST(Compiler, BypassReadsPartsOfAConcatenation) {
  NetBuilder net(37);
  const int in = net.Input(8, 8, 16);
  const int a = net.Conv(in, Square(32, 1), "a");
  const float scale = net.graph().tensor(a).quant.scale[0];
  const int zero = net.graph().tensor(a).quant.zero_point[0];
  const int b = net.Conv(in, Square(16, 3, 1, 1), "b", scale, zero);
  const int joined = net.Concat({a, b}, "joined");
  const int c = net.Conv(b, Square(24, 1), "c");
  net.Output(net.Conv(joined, Square(16, 1), "d"));
  net.Output(c);
  net.Output(joined);
  RunEverywhere(net);
}

TEST(Compiler, PadIsFoldedIntoTheConvolution) {
  NetBuilder net(41);
  const int in = net.Input(9, 10, 16, -3);
  const int padded = net.Pad(in, {1, 0, 2, 1}, "pad");
  net.Output(net.Conv(padded, Square(16, 3, 2), "conv"));
  RunEverywhere(net);
}

TEST(Compiler, ProcessorAndEngineTakeTurns) {
  NetBuilder net(43);
  int x = net.Conv(net.Input(12, 12, 3), Square(24, 3, 2, 1), "conv1");
  x = net.Fire(x, 16, 24, 24, "fire2");
  x = net.MaxPool(x, 3, 0, true, "pool2");
  x = net.Conv(x, Square(16, 1), "conv3");
  net.Output(net.Mean(x));
  const auto inputs = net.RandomInputs();
  const size_t ops = net.graph().ops.size();
  for (uint32_t pattern = 0; pattern < (1u << ops); pattern += 3) {
    SCOPED_TRACE(pattern);
    EngineRun run;
    for (size_t i = 0; i < ops; ++i) {
      run.places.push_back((pattern >> i & 1) != 0 ? driver::Place::kFabric : driver::Place::kArm);
    }
    ExpectSameAsGolden(net.graph(), inputs, run);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace fragua

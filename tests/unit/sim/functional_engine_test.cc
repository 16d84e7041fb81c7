// The functional engine against convolutions computed from their definition, and its proof of the
// tokens.

#include "fragua/sim/functional_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "fragua/sim/functional_port.h"
#include "support/conv_case.h"
#include "support/engine_host.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using sim::FunctionalOptions;
using sim::FunctionalPort;
using sim::Schedule;
using test::ConvCase;
using test::ConvShape;
using test::EngineHost;

driver::EngineConfig Engine(int pc, int pk) {
  driver::EngineConfig config;
  config.pc = pc;
  config.pk = pk;
  config.weight_words = 1024;
  return config;
}

struct Uploaded {
  driver::DmaBuffer input, weights, output;
};

Uploaded Upload(EngineHost& host, const ConvCase& conv) {
  return {host.Upload(conv.input), host.Upload(conv.weights),
          host.port().Allocate(conv.expected.size(), 64)};
}

/// Runs the case in commands of `rows` conv rows; returns what arrived in DDR.
std::vector<uint8_t> RunCase(FunctionalPort& port, const ConvCase& conv, int rows) {
  EngineHost host(port);
  const Uploaded at = Upload(host, conv);
  host.Submit(
      conv.Program(at.input.bus_address, at.weights.bus_address, at.output.bus_address, rows, 7));
  EXPECT_TRUE(host.Wait()) << Describe(host.Error()) << '\n' << port.engine().DescribeState();
  EXPECT_EQ(port.Read32(regs::kRegSequence), 7u);
  return host.Download(at.output);
}

const ConvShape kShapes[] = {
    {.rows = 1, .columns = 1, .channels = 8, .outputs = 8},
    {.rows = 7, .columns = 5, .channels = 16, .outputs = 48},
    {.rows = 9,
     .columns = 6,
     .channels = 24,
     .outputs = 20,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.rows = 13,
     .columns = 11,
     .channels = 3,
     .outputs = 16,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2},
    {.rows = 10,
     .columns = 9,
     .channels = 8,
     .outputs = 16,
     .kernel_h = 7,
     .kernel_w = 4,
     .stride_h = 2,
     .stride_w = 1,
     .pad_top = 3,
     .pad_left = 2},
    {.rows = 5,
     .columns = 5,
     .channels = 40,
     .outputs = 16,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.rows = 9, .columns = 9, .channels = 16, .outputs = 32, .pool = 1},
    {.rows = 8, .columns = 8, .channels = 16, .outputs = 32, .pool = 1},
    {.rows = 8,
     .columns = 8,
     .channels = 16,
     .outputs = 32,
     .pool = 1,
     .pool_rows = 4,
     .pool_cols = 4},
    {.rows = 9,
     .columns = 7,
     .channels = 8,
     .outputs = 16,
     .pool = 1,
     .pool_pad = 1,
     .pool_rows = 5,
     .pool_cols = 4},
    {.rows = 8, .columns = 10, .channels = 8, .outputs = 32, .pool = 2},
    {.rows = 7, .columns = 9, .channels = 8, .outputs = 16, .pool = 2},
    {.rows = 7,
     .columns = 9,
     .channels = 8,
     .outputs = 16,
     .pool = 2,
     .pool_rows = 4,
     .pool_cols = 5},
    {.rows = 6, .columns = 6, .channels = 16, .outputs = 32, .pool = 3},
};

class FunctionalEngineShapes : public testing::TestWithParam<std::tuple<size_t, int, int>> {};

TEST_P(FunctionalEngineShapes, MatchesTheDefinition) {
  const auto [index, pc, pk] = GetParam();
  const ConvShape& shape = kShapes[index];
  for (const uint64_t seed : {1u, 2u}) {
    const ConvCase conv(shape, Engine(pc, pk), seed);
    for (const int rows : {conv.out_rows, 3, 1}) {
      if (shape.pool == 3 && rows != conv.out_rows) continue;
      FunctionalPort port(conv.engine, {});
      EXPECT_EQ(RunCase(port, conv, rows), conv.expected)
          << "shape " << index << " seed " << seed << " rows per command " << rows;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FunctionalEngineShapes,
                         testing::Combine(testing::Range(size_t{0}, std::size(kShapes)),
                                          testing::Values(8, 4, 2), testing::Values(8, 16, 32)));

TEST(FunctionalEngine, TapsShowWhatEntersAndLeavesThePoolStage) {
  const ConvCase conv(kShapes[6], Engine(8, 16), 5);
  FunctionalPort port(conv.engine, {});
  std::vector<uint8_t> before, behind;
  port.SetTap([&](const sim::TapWord& word) {
    EXPECT_EQ(word.tag, 0x200u);
    auto& bytes = word.stage == sim::TapWord::Stage::kRequantised ? before : behind;
    for (int b = 0; b < 8; ++b) bytes.push_back(static_cast<uint8_t>(word.data >> (8 * b)));
  });
  RunCase(port, conv, conv.out_rows);
  EXPECT_EQ(before, conv.expected_conv);
  EXPECT_EQ(behind, conv.expected);
}

TEST(FunctionalEngine, StampFollowsTheResultsAndItsCausesAddUp) {
  const ConvCase conv(kShapes[1], Engine(8, 16), 5);
  FunctionalPort port(conv.engine, {});
  EngineHost host(port);
  const Uploaded at = Upload(host, conv);
  const driver::DmaBuffer record = port.Allocate(64, 64);
  auto commands = conv.Program(at.input.bus_address, at.weights.bus_address, at.output.bus_address,
                               conv.out_rows, 1);
  commands[2].Set(regs::header::kFlags, regs::compute::kFlagStamp);
  commands.insert(commands.end() - 1, test::MakeStore(record.bus_address, 8, 0x301));
  host.Submit(commands);
  ASSERT_TRUE(host.Wait());
  EXPECT_EQ(host.Download(at.output), conv.expected);
  const std::vector<uint8_t> raw = host.Download(record);
  const auto word = [&](int i) {
    uint32_t value = 0;
    for (int b = 0; b < 4; ++b) value |= uint32_t{raw[4 * i + b]} << (8 * b);
    return value;
  };
  EXPECT_EQ(word(regs::stamp::kTagWord), 0x200u);
  EXPECT_EQ(word(regs::stamp::kMagicWord), regs::stamp::kMagicValue);
  // 7 x 5 pixels, 16 channels = 2 steps, 3 K-blocks.
  EXPECT_EQ(word(regs::stamp::kComputeWord), 7u * 5 * 2 * 3);
  uint32_t sum = 0;
  for (int i = regs::stamp::kComputeWord; i <= regs::stamp::kIdleWord; ++i) sum += word(i);
  EXPECT_EQ(word(regs::stamp::kCyclesWord), sum);
  EXPECT_GT(word(regs::stamp::kWaitWeightsWord), 0u);
  EXPECT_EQ(word(regs::stamp::kReadBeatsWord),
            (conv.input.size() + conv.weights.size()) / 8 + 8 * commands.size());
}

TEST(FunctionalEngine, TwoRunsWithoutResetAreEqual) {
  const ConvCase conv(kShapes[2], Engine(8, 16), 9);
  FunctionalPort port(conv.engine, {});
  EXPECT_EQ(RunCase(port, conv, 4), conv.expected);
  EngineHost again(port);  // same registers, but HEAD and TAIL run on
  const Uploaded at = Upload(again, conv);
  EXPECT_TRUE(again.SoftReset());
  again.Submit(
      conv.Program(at.input.bus_address, at.weights.bus_address, at.output.bus_address, 2, 3));
  EXPECT_TRUE(again.Wait());
  EXPECT_EQ(again.Download(at.output), conv.expected);
  // And once more on the same queues.
  again.Submit(
      conv.Program(at.input.bus_address, at.weights.bus_address, at.output.bus_address, 9, 4));
  EXPECT_TRUE(again.Wait());
  EXPECT_EQ(again.Download(at.output), conv.expected);
  EXPECT_EQ(port.Read32(regs::kRegSequence), 4u);
}

TEST(FunctionalEngine, IdentifiesItself) {
  const auto config = Engine(4, 32);
  FunctionalPort port(config, {});
  EXPECT_EQ(port.Read32(regs::kRegId), 0x46524731u);
  EXPECT_EQ(port.Read32(regs::kRegAbiHash), regs::kAbiHashValue);
  EXPECT_EQ(regs::kCapsArrayPc.Get(port.Read32(regs::kRegCapsArray)), 4u);
  EXPECT_EQ(regs::kCapsArrayPk.Get(port.Read32(regs::kRegCapsArray)), 32u);
  EXPECT_EQ(port.Read32(regs::kRegCapsWeight), 1024u);
  port.Write32(regs::kRegId, 1);
  EXPECT_EQ(port.Read32(regs::kRegId), 0x46524731u);
}

}  // namespace
}  // namespace fragua

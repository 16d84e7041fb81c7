// The device port around the functional engine: modelled time, interrupts, forgotten
// synchronisation.

#include "fragua/sim/functional_port.h"

#include <gtest/gtest.h>

#include "support/conv_case.h"
#include "support/engine_host.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using sim::FunctionalPort;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using test::ConvCase;
using test::EngineHost;

const test::ConvShape kShape = {.rows = 14, .columns = 14, .channels = 64, .outputs = 32};

TEST(FunctionalPort, TimePassesAsTheBoardSays) {
  driver::BoardConfig board;
  board.register_port = {.read_ns = 200, .write_ns = 70};
  FunctionalPort port({}, board);
  EXPECT_EQ(port.Now(), nanoseconds(0));
  port.Read32(regs::kRegId);
  EXPECT_EQ(port.Now(), nanoseconds(200));
  port.Write32(regs::kRegWatchdog, 5);
  EXPECT_EQ(port.Now(), nanoseconds(270));
  port.ConsumeCpu(milliseconds(3));
  EXPECT_EQ(port.Now(), nanoseconds(3000270));
  EXPECT_FALSE(port.WaitIrq(microseconds(10)));
  EXPECT_EQ(port.Now(), nanoseconds(3010270));
}

TEST(FunctionalPort, ResultsAndInterruptAppearAtTheirCycle) {
  driver::BoardConfig board;
  board.processor.interrupt_ns = 500;
  FunctionalPort port({}, board);
  EngineHost host(port);
  const ConvCase conv(kShape, {}, 1);
  const auto input = host.Upload(conv.input);
  const auto weights = host.Upload(conv.weights);
  const auto output = port.Allocate(conv.expected.size(), 64);
  host.Submit(conv.Program(input.bus_address, weights.bus_address, output.bus_address, 14, 9));
  const nanoseconds start = port.Now();
  EXPECT_EQ(port.Read32(regs::kRegSequence), 0u);
  EXPECT_EQ(regs::kStatusBusy.Get(port.Read32(regs::kRegStatus)), 1u);
  EXPECT_FALSE(port.WaitIrq(microseconds(5)));
  ASSERT_TRUE(port.WaitIrq(milliseconds(5)));
  const auto cycles = static_cast<double>((port.Now() - start).count() - 500) / 10.0;
  EXPECT_EQ(port.Read32(regs::kRegSequence), 9u);
  EXPECT_EQ(regs::kStatusBusy.Get(port.Read32(regs::kRegStatus)), 0u);
  EXPECT_NEAR(cycles, port.Read32(regs::kRegCountCycles), 20);
  // 196 pixels x 8 steps x 2 K-blocks.
  EXPECT_EQ(port.Read32(regs::kRegCountCompute), 196u * 8 * 2);
  EXPECT_TRUE(port.WaitIrq(nanoseconds(0))) << "the line stays high until cleared";
  port.Write32(regs::kRegIrqStatus, regs::kIrqStatusDone.mask());
  EXPECT_FALSE(port.WaitIrq(nanoseconds(0)));
}

TEST(FunctionalPort, ForgottenSynchronisationGivesWrongBytes) {
  const ConvCase conv(kShape, {}, 1);
  for (const bool clean : {false, true}) {
    for (const bool invalidate : {false, true}) {
      FunctionalPort port({}, {});
      EngineHost host(port);
      const auto weights = host.Upload(conv.weights);
      const auto input = port.Allocate(conv.input.size(), 64);
      std::copy(conv.input.begin(), conv.input.end(), input.host.begin());
      if (clean) port.SyncForDevice(input, 0, input.size());
      const auto output = port.Allocate(conv.expected.size(), 64);
      host.Submit(conv.Program(input.bus_address, weights.bus_address, output.bus_address, 14, 1));
      ASSERT_TRUE(host.Wait());
      if (invalidate) port.SyncForCpu(output, 0, output.size());
      const std::vector<uint8_t> got(output.host.begin(), output.host.end());
      EXPECT_EQ(got == conv.expected, clean && invalidate);
    }
  }
}

TEST(FunctionalPort, SchedulesAgreeOnACorrectStream) {
  const ConvCase conv(kShape, {}, 1);
  for (const auto schedule :
       {sim::Schedule::kEagerLoad, sim::Schedule::kLazyLoad, sim::Schedule::kRandom}) {
    for (const uint64_t seed : {1u, 2u, 3u}) {
      FunctionalPort port({}, {}, {.schedule = schedule, .seed = seed, .ddr = {}});
      EngineHost host(port);
      const auto input = host.Upload(conv.input);
      const auto weights = host.Upload(conv.weights);
      const auto output = port.Allocate(conv.expected.size(), 64);
      host.Submit(conv.Program(input.bus_address, weights.bus_address, output.bus_address, 3, 1));
      EXPECT_TRUE(host.Wait());
      EXPECT_EQ(host.Download(output), conv.expected);
    }
  }
}

}  // namespace
}  // namespace fragua

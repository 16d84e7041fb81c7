// The runtime on a device that misbehaves, and over several inferences.

#include "fragua/driver/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "fragua/driver/compiler.h"
#include "fragua/driver/registers.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/sim/functional_port.h"
#include "net_builder.h"
#include "tampered_port.h"

namespace fragua {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;

class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() : net_(51), port_(options_.engine, driver::BoardConfig{}), device_(port_) {
    int x = net_.Conv(net_.Input(14, 14, 3), test::Square(24, 3, 2, 1), "conv1");
    x = net_.Fire(x, 16, 24, 24, "fire2");
    net_.Output(net_.Mean(net_.Conv(x, test::Square(20, 1), "conv10")));
    plan_ = driver::Compile(net_.graph(), driver::PlaceAllOnFabric(net_.graph(), options_.engine),
                            options_);
  }

  driver::RunReport RunOnce(driver::Runtime& runtime) {
    const auto inputs = net_.RandomInputs();
    const golden::Values expected = golden::Run(net_.graph(), inputs);
    driver::TensorStore store(net_.graph());
    store.Set(net_.graph().inputs[0], inputs[0]);
    const driver::RunReport report = runtime.Run(store);
    const int output = net_.graph().outputs[0];
    const auto got = store.Bytes(output);
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()), expected[static_cast<size_t>(output)]);
    return report;
  }

  /// The message of the Error of this kind that the runtime's construction throws.
  std::string OpenError(ErrorKind kind) {
    try {
      driver::Runtime runtime(net_.graph(), plan_, device_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    ADD_FAILURE() << "opened";
    return "";
  }

  test::NetBuilder net_;
  driver::CompileOptions options_;
  sim::FunctionalPort port_;
  test::TamperedPort device_;
  driver::Plan plan_;
};

TEST_F(RuntimeTest, RepeatsInferencesWithAndWithoutReset) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  for (int i = 0; i < 6; ++i) {  // the ring wraps
    SCOPED_TRACE(i);
    EXPECT_TRUE(RunOnce(runtime).events.empty());
    if (i == 3) runtime.Reset();
  }
}

TEST_F(RuntimeTest, TheSameInputGivesTheSameResultAndTime) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  const auto inputs = net_.RandomInputs();
  std::vector<uint8_t> first;
  uint64_t cycles = 0;
  for (int i = 0; i < 3; ++i) {
    driver::TensorStore store(net_.graph());
    store.Set(net_.graph().inputs[0], inputs[0]);
    const driver::RunReport report = runtime.Run(store);
    const auto got = store.Bytes(net_.graph().outputs[0]);
    if (i == 0) {
      first.assign(got.begin(), got.end());
      cycles = report.steps[0].counters.cycles;
    }
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()), first);
    EXPECT_EQ(report.steps[0].counters.cycles, cycles);
  }
}

TEST_F(RuntimeTest, TheSameInputTwiceThroughProgramsThatShareTheArena) {
  // The second program's maps overwrite what the processor packed for the first; it packs the same
  // bytes again.
  test::NetBuilder net(52);
  int x = net.Conv(net.Input(14, 14, 16), test::Square(16, 3, 1, 1), "first");
  x = net.Conv(x, test::Square(16, 1), "on_arm");
  x = net.Fire(x, 16, 24, 24, "second");
  net.Output(net.Conv(x, test::Square(20, 1), "last"));
  const model::Graph& graph = net.graph();
  driver::CompileOptions options;
  options.fuse = false;  // maps between layers go through the arena
  auto places = driver::PlaceAllOnFabric(graph, options.engine);
  places[1] = driver::Place::kArm;
  const driver::Plan plan = driver::Compile(graph, places, options);
  ASSERT_EQ(plan.programs.size(), 2u);
  driver::Runtime runtime(graph, plan, device_);
  const auto inputs = net.RandomInputs();
  const golden::Values expected = golden::Run(graph, inputs);
  for (int i = 0; i < 2; ++i) {
    SCOPED_TRACE(i);
    driver::TensorStore store(graph);
    store.Set(graph.inputs[0], inputs[0]);
    runtime.Run(store);
    const auto got = store.Bytes(graph.outputs[0]);
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
              expected[static_cast<size_t>(graph.outputs[0])]);
  }
}

TEST_F(RuntimeTest, CountersAddUpAndStampsAccountForEveryCycle) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  for (int i = 0; i < 2; ++i) {
    const driver::RunReport report = RunOnce(runtime);
    ASSERT_EQ(report.steps.size(), 1u);
    const driver::EngineCounters& total = report.steps[0].counters;
    EXPECT_GT(total.compute, 0u);
    EXPECT_EQ(total.CauseSum(), total.cycles);
    driver::EngineCounters sum;
    for (const driver::OpReport& op : report.ops) sum += op.counters;
    EXPECT_EQ(sum.cycles, total.cycles);
    EXPECT_EQ(sum.read_beats, total.read_beats);
    EXPECT_EQ(report.total, report.arm + report.fabric + report.transfer);
  }
}

TEST_F(RuntimeTest, ReportedTrafficIsWhatTheCommandsMove) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  const driver::EngineCounters counters = RunOnce(runtime).steps[0].counters;
  int64_t read = static_cast<int64_t>(plan_.programs[0].commands.size() * 64);  // the ring itself
  int64_t written = 0;
  for (const driver::OpTraffic& op : plan_.programs[0].traffic) {
    read += op.read_bytes;
    written += op.write_bytes;
  }
  EXPECT_EQ(static_cast<int64_t>(counters.read_beats) * 8, read);
  EXPECT_EQ(static_cast<int64_t>(counters.write_beats) * 8, written);
}

TEST_F(RuntimeTest, RefusesWhatIsNotItsEngine) {
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegId ? 0xFFFFFFFF : value;
  };
  EXPECT_THAT(OpenError(ErrorKind::kDevice), HasSubstr("register ID reads 0xFFFFFFFF"));
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegVersion ? 0x00020000 : value;
  };
  EXPECT_THAT(OpenError(ErrorKind::kDevice), HasSubstr("interface version 2.0"));
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegAbiHash ? value ^ 1 : value;
  };
  EXPECT_THAT(OpenError(ErrorKind::kDevice), HasSubstr("registers.yaml"));
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegCapsWeight ? 256 : value;
  };
  EXPECT_THAT(OpenError(ErrorKind::kDevice), HasSubstr("weight_words = 256"));
}

TEST_F(RuntimeTest, GivesUpOnAnEngineThatNeverReachesReset) {
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegStatus ? 0 : value;
  };
  EXPECT_THAT(OpenError(ErrorKind::kDevice), HasSubstr("did not reach reset within 10 ms"));
  EXPECT_LT(port_.Now(), std::chrono::milliseconds(11));
}

TEST_F(RuntimeTest, SaysWhenTheWindowIsTooSmall) {
  driver::BoardConfig board;
  board.ddr.window_bytes = 8192;
  sim::FunctionalPort small(options_.engine, board);
  EXPECT_THROW(driver::Runtime(net_.graph(), plan_, small), Error);
}

TEST_F(RuntimeTest, TriesAgainAfterALostInterrupt) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  device_.lost_interrupts = 1;
  const driver::RunReport report = RunOnce(runtime);
  ASSERT_EQ(report.events.size(), 1u);
  EXPECT_THAT(report.events[0], HasSubstr("no answer from the engine within"));
  EXPECT_TRUE(RunOnce(runtime).events.empty());
}

TEST_F(RuntimeTest, WaitsForTheWatchdogBeforeItsOwnPatienceEnds) {
  // An engine that hangs says why when its watchdog fires; the driver must still be there then.
  driver::RuntimeOptions options;
  driver::Runtime usual(net_.graph(), plan_, device_, options);
  RunOnce(usual);
  EXPECT_GT(device_.patience, std::chrono::milliseconds(10));  // 1000000 cycles at 100 MHz
  options.watchdog_cycles = 0;                                 // off: nothing to wait for
  driver::Runtime without(net_.graph(), plan_, device_, options);
  RunOnce(without);
  EXPECT_LT(device_.patience, std::chrono::milliseconds(10));
}

TEST_F(RuntimeTest, AnInterruptOfAnotherSubmissionIsNotTakenForThisOne) {
  driver::RuntimeOptions options;
  options.retries = 0;
  driver::Runtime runtime(net_.graph(), plan_, device_, options);
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegSequence ? value - 1 : value;
  };
  driver::TensorStore store(net_.graph());
  store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
  try {
    runtime.Run(store);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    EXPECT_THAT(error.what(), HasSubstr("no answer from the engine"));
  }
}

TEST_F(RuntimeTest, RefusesAStampOfAnotherCommand) {
  plan_.programs[0].stamps[1].tag += 1;
  driver::Runtime runtime(net_.graph(), plan_, device_);
  driver::TensorStore store(net_.graph());
  store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
  try {
    runtime.Run(store);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    EXPECT_THAT(error.what(), HasSubstr("results and commands are out of step"));
  }
}

TEST_F(RuntimeTest, EndsAfterTheLastAttempt) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  device_.lost_interrupts = 1000;
  driver::TensorStore store(net_.graph());
  store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
  try {
    runtime.Run(store);
    FAIL() << "ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    EXPECT_THAT(error.what(), HasSubstr("given up after 2 attempts"));
  }
  EXPECT_EQ(device_.interrupts_awaited, 2);
}

TEST_F(RuntimeTest, FallsBackToTheProcessor) {
  driver::RuntimeOptions options;
  options.arm_fallback = true;
  driver::Runtime runtime(net_.graph(), plan_, device_, options);
  device_.lost_interrupts = 2;
  const driver::RunReport report = RunOnce(runtime);  // and the result is right
  ASSERT_EQ(report.events.size(), 2u);
  EXPECT_THAT(report.events[1], HasSubstr("run on the processor instead"));
  EXPECT_TRUE(RunOnce(runtime).events.empty());
}

TEST_F(RuntimeTest, FallsBackAlsoWhenTheResetFails) {
  driver::RuntimeOptions options;
  options.arm_fallback = true;
  driver::Runtime runtime(net_.graph(), plan_, device_, options);
  device_.lost_interrupts = 1;
  device_.read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegStatus ? value & ~driver::regs::kStatusInReset.mask()
                                              : value;
  };
  const driver::RunReport report = RunOnce(runtime);
  ASSERT_EQ(report.events.size(), 1u);
  EXPECT_THAT(report.events[0], testing::AllOf(HasSubstr("did not reach reset"),
                                               HasSubstr("run on the processor instead")));
  EXPECT_EQ(report.total, report.arm + report.fabric + report.transfer);
}

TEST_F(RuntimeTest, TheTimeOfAResetIsAccountedFor) {
  driver::Runtime runtime(net_.graph(), plan_, device_);
  device_.lost_interrupts = 1;
  device_.write = [this](uint32_t offset, uint32_t value) {
    if (offset == driver::regs::kRegControl) port_.ConsumeCpu(std::chrono::microseconds(5));
    return value;
  };
  const driver::RunReport report = RunOnce(runtime);
  EXPECT_EQ(report.events.size(), 1u);
  EXPECT_EQ(report.total, report.arm + report.fabric + report.transfer);
}

TEST_F(RuntimeTest, NamesTheLayerOfAnEngineError) {
  // A window that ends behind the ring: the first access to anything else is refused.
  const size_t ring_bytes =
      std::bit_ceil(plan_.programs[0].commands.size()) * driver::regs::Command::kBytes;
  const auto limit = port_.WindowBase() + static_cast<uint32_t>((ring_bytes + 4095) / 4096 * 4096);
  bool shrink = true;
  device_.write = [&](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegWindowLimit && shrink ? limit : value;
  };
  driver::Runtime runtime(net_.graph(), plan_, device_);
  driver::TensorStore store(net_.graph());
  store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
  try {
    runtime.Run(store);
    FAIL() << "ran";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("OUT_OF_WINDOW"));
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv1'"));
  }
  shrink = false;
  runtime.Reset();
  EXPECT_TRUE(RunOnce(runtime).events.empty());
}

}  // namespace
}  // namespace fragua

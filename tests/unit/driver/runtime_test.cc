// The runtime over several inferences, its accounts, and what it refuses to open.

#include "fragua/driver/runtime.h"

#include "fragua/driver/registers.h"
#include "runtime_fixture.h"

namespace fragua {
namespace {

using test::RuntimeTest;
using testing::HasSubstr;

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

}  // namespace
}  // namespace fragua

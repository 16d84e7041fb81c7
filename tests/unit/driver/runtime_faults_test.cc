// The runtime on a device that misbehaves.

#include <bit>

#include "fragua/driver/registers.h"
#include "fragua/driver/runtime.h"
#include "runtime_fixture.h"

namespace fragua {
namespace {

using test::RuntimeTest;
using testing::HasSubstr;

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

TEST_F(RuntimeTest, StartsCleanAfterARunThatWasGivenUp) {
  driver::RuntimeOptions options;
  options.retries = 0;
  driver::Runtime runtime(net_.graph(), plan_, device_, options);
  device_.lost_interrupts = 1;
  driver::TensorStore store(net_.graph());
  store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
  EXPECT_THROW(runtime.Run(store), Error);
  EXPECT_TRUE(RunOnce(runtime).events.empty());
  EXPECT_EQ(device_.interrupts_awaited, 2);
}

TEST_F(RuntimeTest, LeavesNoEngineAtWorkBehind) {
  for (const bool given_up : {false, true}) {
    bool reset = false;
    device_.write = [&](uint32_t offset, uint32_t value) {
      reset |= offset == driver::regs::kRegControl && (value & 2) != 0;
      return value;
    };
    {
      driver::RuntimeOptions options;
      options.retries = 0;
      driver::Runtime runtime(net_.graph(), plan_, device_, options);
      reset = false;  // opening resets too
      device_.lost_interrupts = given_up ? 1 : 0;
      driver::TensorStore store(net_.graph());
      store.Set(net_.graph().inputs[0], net_.RandomInputs()[0]);
      if (given_up) {
        EXPECT_THROW(runtime.Run(store), Error);
      } else {
        runtime.Run(store);
      }
      EXPECT_FALSE(reset);
    }
    EXPECT_EQ(reset, given_up);
  }
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

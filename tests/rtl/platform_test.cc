// The platform around the engine: time, repetition, taps, stopping, traces.

#include "fragua/sim/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "fragua/model/error.h"
#include "support/platform_case.h"
#include "support/platform_shapes.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using driver::DevicePort;
using sim::EngineKind;
using sim::Platform;
using sim::PlatformOptions;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using test::ConvCase;
using test::ConvShape;
using test::EngineHost;
using test::kLong;
using test::kSmall;
using test::Outcome;
using test::PlacedCase;
using test::RtlOptions;
using test::RunCase;

TEST(Platform, TapsShowEveryResultAndCostNothing) {
  PlatformOptions options = RtlOptions();
  const ConvCase conv({.rows = 9, .columns = 9, .channels = 16, .outputs = 32, .pool = 1},
                      options.engine, 6);
  std::vector<uint32_t> busy;
  for (const bool tapped : {false, true}) {
    Platform platform(options);
    std::vector<uint8_t> before, behind;
    if (tapped) {
      platform.SetTap([&](const sim::TapWord& word) {
        EXPECT_EQ(word.tag, 0x200u);
        auto& bytes = word.stage == sim::TapWord::Stage::kRequantised ? before : behind;
        for (int b = 0; b < 8; ++b) bytes.push_back(static_cast<uint8_t>(word.data >> (8 * b)));
      });
    }
    platform.Run([&](DevicePort& port) {
      EngineHost host(port);
      busy.push_back(RunCase(host, PlacedCase(host, conv), conv.out_rows, 1).busy_cycles);
    });
    if (!tapped) continue;
    EXPECT_EQ(before, conv.expected_conv);
    EXPECT_EQ(behind, conv.expected);
  }
  EXPECT_EQ(busy[0], busy[1]);
}

TEST(Platform, TimePassesAsTheBoardSays) {
  Platform platform(RtlOptions());
  platform.Run([&](DevicePort& port) {
    const nanoseconds start = port.Now();
    port.ConsumeCpu(milliseconds(30));
    EXPECT_EQ(port.Now() - start, milliseconds(30));
    const nanoseconds before = port.Now();
    port.Read32(regs::kRegId);
    const nanoseconds read = port.Now() - before;
    EXPECT_GE(read, nanoseconds(150));
    EXPECT_LE(read, nanoseconds(150 + 100));
    const nanoseconds waiting = port.Now();
    EXPECT_FALSE(port.WaitIrq(milliseconds(2)));
    EXPECT_EQ(port.Now() - waiting, milliseconds(2));
  });
  EXPECT_NEAR(static_cast<double>(platform.cycles()), 3.2e6, 100);
  EXPECT_LT(platform.simulated_cycles(), 2000u) << "idle cycles must not be clocked";
}

TEST(Platform, EngineWorksWhileTheProcessorDoes) {
  PlatformOptions options = RtlOptions();
  const ConvCase conv(kLong, options.engine, 4);
  Platform platform(options);
  std::vector<uint64_t> progress;
  platform.SetProgress([&](uint64_t cycle) { progress.push_back(cycle); });
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    host.Submit(placed.Program(14, 5));
    port.ConsumeCpu(milliseconds(1));
    EXPECT_EQ(port.Read32(regs::kRegSequence), 5u);
    EXPECT_TRUE(port.WaitIrq(nanoseconds(0)));
    EXPECT_EQ(host.Download(placed.output), conv.expected);
  });
  EXPECT_FALSE(progress.empty());
}

// The interrupt arrives in its cycle, not at the end of a batch.
TEST(Platform, InterruptComesInItsCycle) {
  PlatformOptions options = RtlOptions();
  options.board.processor.interrupt_ns = 0;
  const ConvCase conv(kLong, options.engine, 4);
  Platform platform(options);
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    host.Submit(placed.Program(14, 5));
    const nanoseconds start = port.Now();
    EXPECT_TRUE(port.WaitIrq(milliseconds(10)));
    const auto waited = (port.Now() - start).count() / 10;
    EXPECT_NEAR(static_cast<double>(waited), port.Read32(regs::kRegCountCycles), 20);
  });
}

TEST(Platform, ExceptionsOfTheProgramComeOut) {
  Platform platform(RtlOptions());
  EXPECT_THROW(platform.Run([](DevicePort& port) {
    port.Read32(regs::kRegId);
    throw Error(ErrorKind::kInput, "mine");
  }),
               Error);
  bool ran = false;
  platform.Run([&](DevicePort& port) { ran = port.Read32(regs::kRegId) == regs::kRegIdReset; });
  EXPECT_TRUE(ran);
}

TEST(Platform, StopRequestEndsARun) {
  for (const EngineKind kind : {EngineKind::kRtl, EngineKind::kFunctional}) {
    std::atomic<bool> stop = false;
    PlatformOptions options = RtlOptions();
    options.kind = kind;
    options.stop = &stop;
    Platform platform(options);
    bool unwound = false;
    try {
      platform.Run([&](DevicePort& port) {
        struct Guard {
          bool& flag;
          ~Guard() { flag = true; }
        } guard{unwound};
        stop = true;
        for (;;) port.WaitIrq(milliseconds(1));
      });
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("interrupted"));
    }
    EXPECT_TRUE(unwound);
  }
}

TEST(Platform, TracesTheCyclesAskedFor) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("fragua_trace_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  PlatformOptions options = RtlOptions();
  const ConvCase conv(kSmall, options.engine, 5);
  std::vector<uintmax_t> sizes;
  for (const uint64_t to : {200u, 3000u}) {
    options.trace_file = (folder / ("to" + std::to_string(to) + ".fst")).string();
    options.trace_from = 100;
    options.trace_to = to;
    {
      Platform platform(options);
      platform.Run([&](DevicePort& port) {
        EngineHost host(port);
        EXPECT_EQ(RunCase(host, PlacedCase(host, conv), 7, 1).output, conv.expected);
      });
    }
    sizes.push_back(std::filesystem::file_size(options.trace_file));
  }
  EXPECT_GT(sizes[0], 1000u);
  EXPECT_GT(sizes[1], sizes[0]);

  options.trace_file = (folder / "no_such_folder" / "x.fst").string();
  options.trace_from = 0;
  EXPECT_THROW(Platform(options).Run([](DevicePort& port) { port.Read32(0); }), Error);
  std::filesystem::remove_all(folder);
}

TEST(Platform, KnowsWhichEnginesWereBuilt) {
  EXPECT_THAT(Platform::RtlEngines(), testing::IsSupersetOf({"zybo-z7-10", "zybo-8x8"}));
  PlatformOptions options = RtlOptions();
  options.engine.name = "other";
  try {
    Platform platform(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("other"), testing::HasSubstr("zybo")));
  }
  options = RtlOptions();
  options.engine.weight_words *= 2;
  try {
    Platform platform(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("weight_words"), testing::HasSubstr("1024"),
                               testing::HasSubstr("512"), testing::HasSubstr("rebuild")));
  }
}

}  // namespace
}  // namespace fragua

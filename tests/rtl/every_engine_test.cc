// What every engine configuration must do on a healthy and on a failing bus: repetition, stalls,
// stated errors, resets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "fragua/sim/platform.h"
#include "support/command_faults.h"
#include "support/platform_case.h"
#include "support/platform_shapes.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using driver::DevicePort;
using sim::BusFault;
using sim::BusStatus;
using sim::EngineKind;
using sim::Platform;
using sim::PlatformOptions;
using std::chrono::microseconds;
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

/// The named configurations that the project promises; of several engines, the first.
class OnEveryEngine : public testing::TestWithParam<const char*> {};

TEST_P(OnEveryEngine, RunsRepeatToTheCycle) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kLong, options.engine, 4);
  std::vector<uint64_t> total;
  std::vector<uint32_t> busy;
  for (int i = 0; i < 2; ++i) {
    Platform platform(options);
    platform.Run([&](DevicePort& port) {
      EngineHost host(port);
      const PlacedCase placed(host, conv);
      busy.push_back(RunCase(host, placed, 5, 1).busy_cycles);
    });
    total.push_back(platform.cycles());
    // A second program on the same platform, after a soft reset.
    platform.Run([&](DevicePort& port) {
      port.ReleaseAll();
      EngineHost host(port);
      ASSERT_TRUE(host.SoftReset());
      const PlacedCase placed(host, conv);
      const Outcome outcome = RunCase(host, placed, 5, 2);
      EXPECT_EQ(outcome.output, conv.expected);
      busy.push_back(outcome.busy_cycles);
    });
  }
  EXPECT_EQ(total[0], total[1]);
  EXPECT_EQ(busy[0], busy[2]);
  EXPECT_EQ(busy[1], busy[3]);
  // The phase of the bandwidth model differs between the first and a later run, nothing else.
  EXPECT_NEAR(busy[0], busy[1], 4);
}

TEST_P(OnEveryEngine, TwinGivesTheSameBytesInNearlyTheSameTime) {
  PlatformOptions options = RtlOptions(GetParam());
  for (const ConvShape& shape : {kSmall, kLong}) {
    const ConvCase conv(shape, options.engine, 4);
    std::vector<double> busy;
    for (const EngineKind kind : {EngineKind::kRtl, EngineKind::kFunctional}) {
      options.kind = kind;
      Platform platform(options);
      platform.Run([&](DevicePort& port) {
        EngineHost host(port);
        const Outcome outcome = RunCase(host, PlacedCase(host, conv), 7, 1);
        EXPECT_EQ(outcome.output, conv.expected);
        busy.push_back(outcome.busy_cycles);
      });
    }
    EXPECT_NEAR(busy[1] / busy[0], 1.0, 0.05) << busy[0] << " RTL, " << busy[1] << " twin";
  }
}

TEST_P(OnEveryEngine, StallsChangeTimeOnly) {
  PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 4);
  std::vector<uint32_t> busy;
  for (const std::optional<uint64_t> seed : {std::optional<uint64_t>{}, {7}, {7}, {8}}) {
    options.stall_seed = seed;
    Platform platform(options);
    platform.Run([&](DevicePort& port) {
      EngineHost host(port);
      const Outcome outcome = RunCase(host, PlacedCase(host, conv), 2, 1);
      EXPECT_EQ(outcome.output, conv.expected);
      busy.push_back(outcome.busy_cycles);
    });
  }
  EXPECT_GT(busy[1], busy[0]);
  EXPECT_EQ(busy[1], busy[2]);
  EXPECT_NE(busy[1], busy[3]);
}

TEST_P(OnEveryEngine, CommandFaultsEndInTheirError) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 5);
  Platform platform(options);
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    port.Write32(regs::kRegWatchdog, 3000);
    uint32_t sequence = 0;
    for (const test::CommandFault& fault :
         test::CommandFaults(options.engine, port.WindowBase(), port.WindowLimit())) {
      SCOPED_TRACE(fault.name);
      auto bad = placed.Program(conv.out_rows, ++sequence);
      fault.inject(bad);
      host.Submit(bad);
      EXPECT_FALSE(host.Wait());
      EXPECT_EQ(host.Error(), fault.code) << regs::Describe(host.Error());
      EXPECT_EQ(port.Read32(regs::kRegErrorTag), fault.tag);
      EXPECT_EQ(port.Read32(regs::kRegErrorAddr), fault.address);
      ASSERT_TRUE(host.SoftReset());
      EXPECT_EQ(host.Error(), regs::ErrorCode::kNone);
      EXPECT_EQ(RunCase(host, placed, 3, ++sequence).output, conv.expected);
      ASSERT_TRUE(host.SoftReset());
    }
  });
}

struct ResponseFault {
  BusFault fault;
  regs::ErrorCode code;
  uint32_t tag;
};

TEST_P(OnEveryEngine, BusErrorsEndInTheirErrorAndResetRecovers) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 5);
  using Kind = BusFault::Kind;
  using regs::ErrorCode;
  // 5 commands are fetched in one burst each, the weights come in 9 bursts, the map in 5.
  const ResponseFault faults[] = {
      {{Kind::kReadResponse, 0, BusStatus::kSlaveError}, ErrorCode::kReadResponse, 0xFFFFFFFF},
      {{Kind::kReadResponse, 12, BusStatus::kDecodeError}, ErrorCode::kReadResponse, 0x100},
      {{Kind::kReadResponse, 18, BusStatus::kSlaveError}, ErrorCode::kReadResponse, 0x101},
      {{Kind::kWriteResponse, 0, BusStatus::kSlaveError}, ErrorCode::kWriteResponse, 0x300},
      {{Kind::kWriteResponse, 9, BusStatus::kDecodeError}, ErrorCode::kWriteResponse, 0x300},
  };
  Platform platform(options);
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    uint32_t sequence = 0;
    for (const ResponseFault& f : faults) {
      SCOPED_TRACE(testing::Message() << regs::Name(f.code) << " at burst " << f.fault.burst);
      platform.SetFaults({f.fault});
      host.Submit(placed.Program(conv.out_rows, ++sequence));
      EXPECT_FALSE(host.Wait());
      EXPECT_EQ(host.Error(), f.code);
      EXPECT_EQ(port.Read32(regs::kRegErrorTag), f.tag);
      platform.SetFaults({});
      ASSERT_TRUE(host.SoftReset());
      EXPECT_EQ(RunCase(host, placed, conv.out_rows, ++sequence).output, conv.expected);
      ASSERT_TRUE(host.SoftReset());
    }
  });
}

TEST_P(OnEveryEngine, AccessBesideTheMemoryIsADecodeError) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 5);
  Platform platform(options);
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    port.Write32(regs::kRegWindowLimit, 0x20000000);  // wider than the memory
    auto commands = placed.Program(conv.out_rows, 1);
    commands[1].Set(regs::load::kDdrAddr, 0x18000000);
    host.Submit(commands);
    EXPECT_FALSE(host.Wait());
    EXPECT_EQ(host.Error(), regs::ErrorCode::kReadResponse);
    EXPECT_EQ(port.Read32(regs::kRegErrorAddr), 0x18000000u);
  });
}

TEST_P(OnEveryEngine, ASilentBusEndsInTheWatchdog) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 5);
  using Kind = BusFault::Kind;
  for (const Kind kind : {Kind::kReadsHang, Kind::kWritesHang}) {
    for (const uint64_t burst : {0u, 3u}) {
      Platform platform(options);
      platform.Run([&](DevicePort& port) {
        EngineHost host(port);
        const PlacedCase placed(host, conv);
        port.Write32(regs::kRegWatchdog, 2000);
        platform.SetFaults({{kind, burst}});
        host.Submit(placed.Program(conv.out_rows, 1));
        const nanoseconds start = port.Now();
        EXPECT_FALSE(host.Wait());
        EXPECT_EQ(host.Error(), regs::ErrorCode::kWatchdog);
        EXPECT_LT(port.Now() - start, microseconds(100)) << "2000 cycles are 20 us";
        // Bursts in flight never end, so the reset cannot be reached until the bus answers again.
        EXPECT_FALSE(host.SoftReset(50));
        platform.SetFaults({});
        ASSERT_TRUE(host.SoftReset());
        EXPECT_EQ(RunCase(host, placed, conv.out_rows, 2).output, conv.expected);
      });
    }
  }
}

TEST_P(OnEveryEngine, AShortSilenceIsOnlySlow) {
  const PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kSmall, options.engine, 5);
  Platform platform(options);
  platform.Run([&](DevicePort& port) {
    EngineHost host(port);
    const PlacedCase placed(host, conv);
    port.Write32(regs::kRegWatchdog, 2000);
    platform.SetFaults({{BusFault::Kind::kReadsHang, 12, BusStatus::kOkay, 1500}});
    const Outcome outcome = RunCase(host, placed, conv.out_rows, 1);
    EXPECT_EQ(outcome.output, conv.expected);
    EXPECT_GT(outcome.busy_cycles, 1500u);
  });
}

TEST_P(OnEveryEngine, SoftResetInMidLayerLeavesNothingBehind) {
  PlatformOptions options = RtlOptions(GetParam());
  const ConvCase conv(kLong, options.engine, 4);
  for (const std::optional<uint64_t> seed : {std::optional<uint64_t>{}, {3}}) {
    options.stall_seed = seed;
    Platform platform(options);
    platform.Run([&](DevicePort& port) {
      EngineHost host(port);
      const PlacedCase placed(host, conv);
      uint32_t sequence = 0;
      for (const int us : {1, 5, 8, 10, 12, 20, 40, 60, 80, 100}) {
        host.Submit(placed.Program(3, ++sequence));
        port.ConsumeCpu(microseconds(us));
        ASSERT_EQ(regs::kStatusBusy.Get(port.Read32(regs::kRegStatus)), 1u) << us << " us";
        ASSERT_TRUE(host.SoftReset());
        EXPECT_EQ(RunCase(host, placed, 4, ++sequence).output, conv.expected) << us << " us";
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, OnEveryEngine,
                         testing::Values("zybo-z7-10", "zybo-z7-20", "tiny"),
                         [](const testing::TestParamInfo<const char*>& engine) {
                           std::string name = engine.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace fragua

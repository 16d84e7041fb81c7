// Several Verilated engines on one platform: each has its registers, its interrupt, its piece of
// the window; they meet at the DDR controller only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fragua/model/error.h"
#include "fragua/sim/platform.h"
#include "fragua/sim/trace_file.h"
#include "support/platform_case.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using driver::DevicePort;
using sim::BusFault;
using sim::EngineKind;
using sim::Platform;
using sim::PlatformOptions;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using test::ConvCase;
using test::ConvShape;
using test::EngineHost;
using test::PlacedCase;

using Ports = std::span<DevicePort* const>;

const ConvShape kShape = {.rows = 9,
                          .columns = 8,
                          .channels = 24,
                          .outputs = 24,
                          .kernel_h = 3,
                          .kernel_w = 3,
                          .pad_top = 1,
                          .pad_left = 1,
                          .pad_bottom = 1,
                          .pad_right = 1};

PlatformOptions Engines(int engines) {
  PlatformOptions options = test::RtlOptions("tiny");
  options.engine.engines = engines;
  return options;
}

/// A different convolution for each engine, in its memory.
struct Job {
  Job(DevicePort& port, const driver::EngineConfig& engine, uint64_t seed)
      : conv(kShape, engine, seed), host(port), placed(host, conv) {}
  void Submit(uint32_t sequence) { host.Submit(placed.Program(2, sequence)); }
  void ExpectRight(uint32_t sequence) {
    EXPECT_TRUE(host.Wait()) << regs::Describe(host.Error());
    EXPECT_EQ(host.port().Read32(regs::kRegSequence), sequence);
    EXPECT_EQ(host.Download(placed.output), conv.expected);
  }
  uint32_t cycles() { return host.port().Read32(regs::kRegCountCycles); }

  const ConvCase conv;
  EngineHost host;
  const PlacedCase placed;
};

std::vector<std::unique_ptr<Job>> MakeJobs(Ports ports, const driver::EngineConfig& engine) {
  std::vector<std::unique_ptr<Job>> jobs;
  for (size_t i = 0; i < ports.size(); ++i) {
    jobs.push_back(std::make_unique<Job>(*ports[i], engine, 31 + i));
  }
  return jobs;
}

TEST(SeveralEngines, WorkAtTheSameTimeOnDifferentData) {
  for (const EngineKind kind : {EngineKind::kRtl, EngineKind::kFunctional}) {
    PlatformOptions options = Engines(3);
    options.kind = kind;
    Platform platform(options);
    ASSERT_EQ(platform.engines(), 3);
    platform.RunAll([&](Ports ports) {
      ASSERT_EQ(ports.size(), 3u);
      const auto jobs = MakeJobs(ports, options.engine);
      for (uint32_t sequence : {1u, 2u}) {
        for (const auto& job : jobs) job->Submit(sequence);
        for (const auto& job : jobs) job->ExpectRight(sequence);
      }
      // Their windows do not meet.
      EXPECT_LE(ports[0]->WindowLimit(), ports[1]->WindowBase());
      EXPECT_LE(ports[1]->WindowLimit(), ports[2]->WindowBase());
    });
    if (kind == EngineKind::kFunctional) continue;
    // Not one after the other: all were clocked for about as long as the longest.
    EXPECT_GT(platform.simulated_cycles(), 2 * platform.cycles());
  }
}

TEST(SeveralEngines, OneAloneIsTheEngineThatItIsWithoutTheOthers) {
  std::vector<uint32_t> cycles;
  for (const int engines : {1, 3}) {
    const PlatformOptions options = Engines(engines);
    Platform platform(options);
    platform.RunAll([&](Ports ports) {
      Job job(*ports.back(), options.engine, 31);
      job.Submit(1);
      job.ExpectRight(1);
      cycles.push_back(job.cycles());
    });
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

TEST(SeveralEngines, InterruptsAndRegistersAreTheirOwn) {
  const PlatformOptions options = Engines(2);
  Platform platform(options);
  platform.RunAll([&](Ports ports) {
    const auto jobs = MakeJobs(ports, options.engine);
    jobs[0]->Submit(7);
    EXPECT_FALSE(ports[1]->WaitIrq(milliseconds(1)));
    EXPECT_EQ(ports[1]->Read32(regs::kRegTail), 0u);
    EXPECT_EQ(ports[1]->Read32(regs::kRegSequence), 0u);
    EXPECT_TRUE(ports[0]->WaitIrq(milliseconds(0))) << "it has come while the other was waited for";
    jobs[0]->ExpectRight(7);
    // Behind the last window there is nothing.
    EXPECT_THROW(ports[1]->Read32(options.board.register_port.window_bytes), Error);
    EXPECT_EQ(ports[0]->Read32(options.board.register_port.window_bytes + regs::kRegId),
              regs::kRegIdReset)
        << "the second engine, one window on";
  });
}

// Each interrupt wakes the processor in its cycle, not when it would have stopped waiting anyway.
TEST(SeveralEngines, EveryInterruptComesInItsCycle) {
  PlatformOptions options = Engines(3);
  options.board.processor.interrupt_ns = 0;
  Platform platform(options);
  platform.RunAll([&](Ports ports) {
    const auto jobs = MakeJobs(ports, options.engine);
    for (const auto& job : jobs) {
      job->Submit(1);
      const auto start = job->host.port().Now();
      EXPECT_TRUE(job->host.port().WaitIrq(milliseconds(10)));
      const auto waited = static_cast<double>((job->host.port().Now() - start).count()) / 10;
      EXPECT_NEAR(waited, job->cycles(), 20);
    }
  });
}

TEST(SeveralEngines, AFaultInOneDisturbsNoOther) {
  using Kind = BusFault::Kind;
  std::vector<uint32_t> healthy;
  const std::vector<std::vector<BusFault>> plans = {
      {}, {{Kind::kReadResponse, 8}}, {{Kind::kWriteResponse, 1}}, {{Kind::kReadsHang, 6}}};
  for (const std::vector<BusFault>& fault : plans) {
    const PlatformOptions options = Engines(3);
    Platform platform(options);
    platform.RunAll([&](Ports ports) {
      const auto jobs = MakeJobs(ports, options.engine);
      for (const auto& job : jobs) job->host.port().Write32(regs::kRegWatchdog, 3000);
      platform.SetFaults(fault, 1);
      for (const auto& job : jobs) job->Submit(1);
      jobs[0]->ExpectRight(1);
      jobs[2]->ExpectRight(1);
      if (fault.empty()) {
        jobs[1]->ExpectRight(1);
        healthy = {jobs[0]->cycles(), jobs[2]->cycles()};
        return;
      }
      EXPECT_EQ(jobs[0]->cycles(), healthy[0]);
      EXPECT_EQ(jobs[2]->cycles(), healthy[1]);
      EXPECT_FALSE(jobs[1]->host.Wait());
      EXPECT_NE(jobs[1]->host.Error(), regs::ErrorCode::kNone);
      // The faulty one comes back while the others work.
      platform.SetFaults({}, 1);
      jobs[0]->Submit(2);
      ASSERT_TRUE(jobs[1]->host.SoftReset());
      jobs[1]->Submit(1);
      jobs[2]->Submit(2);
      jobs[0]->ExpectRight(2);
      jobs[1]->ExpectRight(1);
      jobs[2]->ExpectRight(2);
    });
  }
}

TEST(SeveralEngines, AnotherOnesMemoryIsOutsideTheWindow) {
  const PlatformOptions options = Engines(2);
  Platform platform(options);
  platform.RunAll([&](Ports ports) {
    const auto jobs = MakeJobs(ports, options.engine);
    auto commands = jobs[0]->placed.Program(9, 1);
    const uint32_t foreign = jobs[1]->placed.output.bus_address;
    commands.end()[-2].Set(regs::store::kDdrAddr, foreign);
    jobs[0]->host.Submit(commands);
    EXPECT_FALSE(jobs[0]->host.Wait());
    EXPECT_EQ(jobs[0]->host.Error(), regs::ErrorCode::kOutOfWindow);
    EXPECT_EQ(ports[0]->Read32(regs::kRegErrorAddr), foreign);
    jobs[1]->Submit(1);
    jobs[1]->ExpectRight(1);
  });
}

TEST(SeveralEngines, ShareTheControllersBandwidth) {
  // Beats per cycle over all ports -> the longest of three.
  const auto longest = [](double total) {
    PlatformOptions options = Engines(3);
    options.board.ddr.total_beats_per_cycle = total;
    Platform platform(options);
    std::vector<uint32_t> cycles;
    platform.RunAll([&](Ports ports) {
      const auto jobs = MakeJobs(ports, options.engine);
      for (const auto& job : jobs) job->Submit(1);
      for (const auto& job : jobs) {
        job->ExpectRight(1);
        cycles.push_back(job->cycles());
      }
    });
    const auto [least, most] = std::ranges::minmax(cycles);
    EXPECT_LT(most, least * 1.2) << "nobody is starved";
    return most;
  };
  const uint32_t plenty = longest(100);
  EXPECT_NEAR(longest(3.94), plenty, 0.02 * plenty);
  EXPECT_GT(longest(0.1), 2 * plenty);
}

TEST(SeveralEngines, EachHasAWaveform) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("fragua_traces_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  PlatformOptions options = Engines(2);
  options.trace_file = (folder / "wave.fst").string();
  options.trace_to = 2000;
  {
    Platform platform(options);
    platform.RunAll([&](Ports ports) {
      const auto jobs = MakeJobs(ports, options.engine);
      for (const auto& job : jobs) job->Submit(1);
      for (const auto& job : jobs) job->ExpectRight(1);
    });
  }
  EXPECT_EQ(sim::TraceFileOf(options.trace_file, 1, 2), (folder / "wave.engine1.fst").string());
  for (int i = 0; i < 2; ++i) {
    EXPECT_GT(std::filesystem::file_size(sim::TraceFileOf(options.trace_file, i, 2)), 1000u);
  }
  std::filesystem::remove_all(folder);
}

TEST(SeveralEngines, NeedAPortEach) {
  PlatformOptions options = Engines(3);
  options.board.ddr.ports = 2;
  try {
    Platform platform(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), testing::HasSubstr("the board has 2"));
  }
}

}  // namespace
}  // namespace fragua

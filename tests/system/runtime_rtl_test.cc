// The driver's runtime on the Verilated engine with a bus that fails in mid-inference: the stated
// error within bounded time, and after a reset the same bytes in the same cycles as before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/batch.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/model/networks.h"
#include "fragua/sim/platform.h"

namespace fragua {
namespace {

using sim::BusFault;
using sim::BusStatus;
using testing::HasSubstr;

struct Planned {
  const char* name;
  BusFault fault;
  const char* says;
};

const Planned kFaults[] = {
    {"a read answered with SLVERR",
     {BusFault::Kind::kReadResponse, 700, BusStatus::kSlaveError},
     "READ_RESPONSE"},
    {"a read answered with DECERR",
     {BusFault::Kind::kReadResponse, 1500, BusStatus::kDecodeError},
     "READ_RESPONSE"},
    {"a write answered with SLVERR",
     {BusFault::Kind::kWriteResponse, 5, BusStatus::kSlaveError},
     "WRITE_RESPONSE"},
    {"reads that are never answered", {BusFault::Kind::kReadsHang, 300}, "WATCHDOG"},
    {"writes that are never answered", {BusFault::Kind::kWritesHang, 3}, "WATCHDOG"},
};

/// On each of the configurations that the project promises; of several engines, the first.
class RuntimeRtlTest : public testing::TestWithParam<const char*> {
 protected:
  RuntimeRtlTest()
      : graph_(model::BuildNetwork(FRAGUA_SOURCE_DIR "/configs/networks/squeezenet-1.1.yaml", 48,
                                   24, 3)) {
    options_.engine = driver::LoadEngineConfig(std::string(FRAGUA_SOURCE_DIR "/configs/engines/") +
                                               GetParam() + ".yaml");
    platform_options_.engine = options_.engine;
    runtime_options_.retries = 0;
    runtime_options_.watchdog_cycles = 20000;
    input_.resize(static_cast<size_t>(graph_.tensor(graph_.inputs[0]).elements()));
    for (size_t i = 0; i < input_.size(); ++i) input_[i] = static_cast<uint8_t>(i * 31 % 251);
    const std::vector<std::vector<uint8_t>> inputs = {input_};
    expected_ = golden::Run(graph_, inputs);
  }

  driver::Plan MakePlan() const {
    return driver::Compile(graph_, driver::PlaceAllOnFabric(graph_, options_.engine), options_);
  }

  /// One inference that has to be right; the engine cycles it took.
  uint64_t RunWell(driver::Runtime& runtime) {
    driver::TensorStore store(graph_);
    store.Set(graph_.inputs[0], input_);
    const driver::RunReport report = runtime.Run(store);
    const int output = graph_.outputs[0];
    const auto got = store.Bytes(output);
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()), expected_[static_cast<size_t>(output)]);
    return report.steps.at(0).counters.cycles;
  }

  model::Graph graph_;
  driver::CompileOptions options_;
  sim::PlatformOptions platform_options_;
  driver::RuntimeOptions runtime_options_;
  std::vector<uint8_t> input_;
  golden::Values expected_;
};

TEST_P(RuntimeRtlTest, RecoversFromEveryBusFault) {
  sim::Platform platform(platform_options_);
  platform.Run([&](driver::DevicePort& port) {
    driver::Runtime runtime(graph_, MakePlan(), port, runtime_options_);
    const uint64_t cycles = RunWell(runtime);
    EXPECT_EQ(RunWell(runtime), cycles) << "the second inference, without a reset";
    for (const Planned& planned : kFaults) {
      SCOPED_TRACE(planned.name);
      platform.SetFaults({planned.fault});
      const auto start = port.Now();
      driver::TensorStore store(graph_);
      store.Set(graph_.inputs[0], input_);
      try {
        runtime.Run(store);
        ADD_FAILURE() << "the inference did not notice";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kDevice);
        EXPECT_THAT(error.what(), HasSubstr(planned.says));
      }
      EXPECT_LT(port.Now() - start, std::chrono::milliseconds(20));
      platform.SetFaults({});
      runtime.Reset();
      EXPECT_EQ(RunWell(runtime), cycles);
    }
  });
}

TEST_P(RuntimeRtlTest, RetriesByItselfAndSaysSo) {
  runtime_options_.retries = 1;
  sim::Platform platform(platform_options_);
  platform.Run([&](driver::DevicePort& port) {
    driver::Runtime runtime(graph_, MakePlan(), port, runtime_options_);
    platform.SetFaults({kFaults[0].fault});  // burst 700 of this plan comes once
    driver::TensorStore store(graph_);
    store.Set(graph_.inputs[0], input_);
    const driver::RunReport report = runtime.Run(store);
    EXPECT_FALSE(report.events.empty());
    const auto got = store.Bytes(graph_.outputs[0]);
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
              expected_[static_cast<size_t>(graph_.outputs[0])]);
  });
}

TEST_P(RuntimeRtlTest, AFaultDisturbsNoOtherEngineOfABatch) {
  platform_options_.engine.engines = 3;
  runtime_options_.retries = 1;
  sim::Platform platform(platform_options_);
  platform.RunAll([&](std::span<driver::DevicePort* const> ports) {
    driver::Batch batch(graph_, MakePlan(), ports, {runtime_options_, true});
    std::vector<uint64_t> healthy;
    for (const bool faulty : {false, true}) {
      SCOPED_TRACE(faulty ? "engine 1 with a fault" : "all healthy");
      if (faulty) platform.SetFaults({kFaults[0].fault}, 1);
      std::vector<uint64_t> cycles(3);
      batch.Run(
          3,
          [&](size_t, int, driver::TensorStore& store) {
            store.Clear();
            store.Set(graph_.inputs[0], input_);
          },
          [&](size_t picture, int engine, const driver::TensorStore& store,
              const driver::RunReport& run) {
            EXPECT_EQ(picture, static_cast<size_t>(engine));
            const auto got = store.Bytes(graph_.outputs[0]);
            EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
                      expected_[static_cast<size_t>(graph_.outputs[0])])
                << "picture " << picture;
            EXPECT_EQ(run.events.size(), faulty && engine == 1 ? 1u : 0u);
            cycles[picture] = run.steps.at(0).counters.cycles;
          });
      // Repeated and undisturbed: to the cycle, but for turns at the DDR controller.
      if (!faulty) healthy = cycles;
      for (const size_t other : {0u, 2u}) {
        EXPECT_NEAR(static_cast<double>(cycles[other]), static_cast<double>(healthy[other]),
                    0.001 * static_cast<double>(healthy[other]));
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Configurations, RuntimeRtlTest,
                         testing::Values("zybo-z7-10", "zybo-z7-20", "tiny"),
                         [](const testing::TestParamInfo<const char*>& engine) {
                           std::string name = engine.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace fragua

// The driver's runtime on the Verilated engine with a bus that fails in mid-inference: the stated
// error within bounded time, and after a reset the same bytes in the same cycles as before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

class RuntimeRtlTest : public testing::Test {
 protected:
  RuntimeRtlTest()
      : graph_(model::BuildNetwork(FRAGUA_SOURCE_DIR "/configs/networks/squeezenet-1.1.yaml", 48,
                                   24, 3)) {
    options_.engine = driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
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

TEST_F(RuntimeRtlTest, RecoversFromEveryBusFault) {
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

TEST_F(RuntimeRtlTest, RetriesByItselfAndSaysSo) {
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

}  // namespace
}  // namespace fragua

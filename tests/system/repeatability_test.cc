// The same inference again gives the same bytes in the same number of engine cycles: three times in
// a row, and after every kind of fault and a reset. On every engine that is built.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/sim/platform.h"
#include "support/engine_host.h"
#include "support/saboteur_port.h"
#include "unit/driver/net_builder.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using sim::BusFault;
using sim::BusStatus;
using std::chrono::nanoseconds;
using testing::HasSubstr;

constexpr uint32_t kWatchdogCycles = 3000;

/// A fire with a pool behind it, a depthwise layer, one with a mean: every unit and both ways of
/// keeping results on chip.
test::NetBuilder SmallNet() {
  test::NetBuilder net(3);
  int x = net.Input(11, 9, 20);
  x = net.MaxPool(net.Fire(x, 12, 20, 24), 3, 0, true, "pool");
  x = net.Depthwise(x, test::Square(0, 3, 1, 1), "depthwise");
  x = net.Conv(x, test::Square(24, 3, 2, 1), "conv");
  net.Output(net.Mean(net.Conv(x, test::Square(30, 1), "last")));
  return net;
}

class Repeatability : public testing::TestWithParam<std::string> {
 protected:
  Repeatability() : net_(SmallNet()), graph_(net_.graph()), inputs_(net_.RandomInputs()) {
    options_.engine =
        driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/" + GetParam() + ".yaml");
    compile_.engine = options_.engine;
    expected_ = golden::Run(graph_, inputs_);
    plan_ = driver::Compile(graph_, driver::PlaceAllOnFabric(graph_, options_.engine), compile_);
  }

  /// Runs `body` on a platform with a runtime whose first inferences have fixed what to expect.
  void Run(const std::function<void()>& body) {
    sim::Platform platform(options_);
    platform_ = &platform;
    platform.Run([&](driver::DevicePort& port) {
      test::SaboteurPort saboteur(port);
      port_ = &saboteur;
      driver::RuntimeOptions options;
      options.retries = 0;
      options.watchdog_cycles = kWatchdogCycles;
      driver::Runtime runtime(graph_, plan_, saboteur, options);
      runtime_ = &runtime;
      cycles_.reset();
      for (int i = 0; i < 3; ++i) ExpectTheSame("in a row");
      body();
    });
  }

  void ExpectTheSame(const std::string& when) {
    driver::TensorStore store(graph_);
    Fill(store);
    const driver::RunReport report = runtime_->Run(store);
    const auto got = store.Bytes(graph_.outputs[0]);
    ASSERT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
              expected_[static_cast<size_t>(graph_.outputs[0])])
        << when;
    const uint64_t cycles = report.steps.at(0).counters.cycles;
    if (!cycles_) cycles_ = cycles;
    // Random stalls fall on other cycles every time.
    if (stalled_) return;
    ASSERT_EQ(cycles, *cycles_) << when;
  }

  void Fill(driver::TensorStore& store) const {
    for (size_t i = 0; i < inputs_.size(); ++i) store.Set(graph_.inputs[i], inputs_[i]);
  }

  /// An inference that has to fail; what it says.
  std::string Fails() {
    driver::TensorStore store(graph_);
    Fill(store);
    try {
      runtime_->Run(store);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDevice);
      return error.what();
    }
    ADD_FAILURE() << "the inference did not notice";
    return "";
  }

  void ResetAndExpectTheSame(const std::string& when) {
    platform_->SetFaults({});
    runtime_->Reset();
    ExpectTheSame("after " + when);
  }

  size_t First(regs::Opcode opcode) const {
    const auto& commands = plan_.programs.at(0).commands;
    const auto at = std::ranges::find_if(commands, [&](const regs::Command& c) {
      return c.Get(regs::header::kOpcode) == static_cast<int64_t>(opcode);
    });
    return static_cast<size_t>(at - commands.begin());
  }

  test::NetBuilder net_;
  model::Graph& graph_;
  std::vector<std::vector<uint8_t>> inputs_;
  sim::PlatformOptions options_;
  bool stalled_ = false;
  driver::CompileOptions compile_;
  golden::Values expected_;
  driver::Plan plan_;
  sim::Platform* platform_ = nullptr;
  test::SaboteurPort* port_ = nullptr;
  driver::Runtime* runtime_ = nullptr;
  std::optional<uint64_t> cycles_;
};

TEST_P(Repeatability, AfterReadErrorsOfBothIds) {
  Run([&] {
    std::set<std::string> seen;  // who was told of which answer
    for (const BusStatus status : {BusStatus::kSlaveError, BusStatus::kDecodeError}) {
      for (const uint64_t burst : {0, 1, 2, 3, 5, 8, 13, 21, 34}) {
        const std::string when = "read burst " + std::to_string(burst);
        platform_->SetFaults({{BusFault::Kind::kReadResponse, burst, status}});
        const std::string said = Fails();
        EXPECT_THAT(said, HasSubstr("READ_RESPONSE")) << when;
        // Data belong to a command, a command that could not be read has no name yet.
        seen.insert(said.find("(command ") == std::string::npos ? "fetch" : "load");
        ResetAndExpectTheSame(when);
        if (HasFatalFailure()) return;
      }
      EXPECT_EQ(seen.size(), 2u);
      seen.clear();
    }
  });
}

TEST_P(Repeatability, AfterWriteErrors) {
  Run([&] {
    for (const BusStatus status : {BusStatus::kSlaveError, BusStatus::kDecodeError}) {
      for (const uint64_t burst : {0, 1, 4}) {
        const std::string when = "write burst " + std::to_string(burst);
        platform_->SetFaults({{BusFault::Kind::kWriteResponse, burst, status}});
        EXPECT_THAT(Fails(), HasSubstr("WRITE_RESPONSE")) << when;
        ResetAndExpectTheSame(when);
        if (HasFatalFailure()) return;
      }
    }
  });
}

TEST_P(Repeatability, AfterASilentBus) {
  Run([&] {
    for (const BusFault::Kind kind : {BusFault::Kind::kReadsHang, BusFault::Kind::kWritesHang}) {
      for (const uint64_t burst : {0, 3, 6}) {
        const std::string when = "silence from burst " + std::to_string(burst);
        platform_->SetFaults({{kind, burst}});
        EXPECT_THAT(Fails(), HasSubstr("WATCHDOG")) << when;
        ResetAndExpectTheSame(when);
        if (HasFatalFailure()) return;
      }
    }
  });
}

TEST_P(Repeatability, AfterWrongCommands) {
  struct Wrong {
    const char* name;
    size_t index;
    void (*spoil)(regs::Command&);
    const char* says;
  };
  const size_t load = First(regs::Opcode::kLoad);
  const size_t compute = First(regs::Opcode::kCompute);
  const size_t store = First(regs::Opcode::kStore);
  const size_t last = plan_.programs.at(0).commands.size() - 1;
  const Wrong wrongs[] = {
      {"illegal opcode", compute, [](auto& c) { c.Set(regs::header::kOpcode, 0x7F); },
       "ILLEGAL_OPCODE"},
      {"illegal opcode at the end", last, [](auto& c) { c.Set(regs::header::kOpcode, 0); },
       "ILLEGAL_OPCODE"},
      {"no rows", compute, [](auto& c) { c.Set(regs::compute::kOutRows, 0); }, "BAD_SHAPE"},
      {"no runs", store, [](auto& c) { c.Set(regs::store::kRuns, 0); }, "BAD_SHAPE"},
      {"token of another unit", load, [](auto& c) { c.Set(regs::header::kPost, regs::kTokenSl); },
       "BAD_SHAPE"},
      {"crooked load", load, [](auto& c) { c.Set(regs::load::kDdrAddr, 0x10000004); },
       "MISALIGNED"},
      {"crooked store", store, [](auto& c) { c.Set(regs::store::kDdrAddr, 0x10000002); },
       "MISALIGNED"},
      {"load outside", load, [](auto& c) { c.Set(regs::load::kDdrAddr, 0x08000000); },
       "OUT_OF_WINDOW"},
      {"store outside", store, [](auto& c) { c.Set(regs::store::kDdrAddr, 0x90000000); },
       "OUT_OF_WINDOW"},
      {"token that never comes", load, [](auto& c) { c.Set(regs::header::kWait, regs::kTokenCl); },
       "WATCHDOG"},
  };
  Run([&] {
    for (const Wrong& wrong : wrongs) {
      port_->SpoilCommand(wrong.index, wrong.spoil);
      EXPECT_THAT(Fails(), HasSubstr(wrong.says)) << wrong.name;
      ResetAndExpectTheSame(wrong.name);
      if (HasFatalFailure()) return;
    }
  });
}

/// 256 LOADs that give a token nobody takes, from a ring of their own.
TEST_P(Repeatability, AfterTooManyTokens) {
  Run([&] {
    runtime_->Reset();
    test::EngineHost host(*port_, 9);
    const driver::DmaBuffer word = port_->Allocate(64, 64);
    regs::Command load = test::MakeLoad(word.bus_address, 1, false, 0, 7);
    load.Set(regs::header::kPost, regs::kTokenLca);
    host.Submit(std::vector<regs::Command>(regs::kTokenMax + 1, load));
    EXPECT_FALSE(host.Wait());
    EXPECT_EQ(host.Error(), regs::ErrorCode::kTokenOverflow);
    ResetAndExpectTheSame("a token overflow");
  });
}

TEST_P(Repeatability, AfterAResetInMidLayer) {
  for (const bool stalled : {false, true}) {
    stalled_ = stalled;
    if (stalled) options_.stall_seed = 5;
    Run([&] {
      std::mt19937 random(11);
      const double ns = static_cast<double>(*cycles_) * 1000.0 / options_.engine.clock_mhz;
      for (int i = 0; i < 12; ++i) {
        const nanoseconds moment(random() % static_cast<uint64_t>(ns));
        port_->GiveUpAfter(moment);
        EXPECT_THAT(Fails(), HasSubstr("no answer from the engine"));
        ResetAndExpectTheSame("a reset after " + std::to_string(moment.count()) + " ns");
        if (HasFatalFailure()) return;
      }
    });
  }
}

std::string EngineTestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Engines, Repeatability, testing::ValuesIn(sim::Platform::RtlEngines()),
                         EngineTestName);

}  // namespace
}  // namespace fragua

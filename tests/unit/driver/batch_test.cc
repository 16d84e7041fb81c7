// Many pictures on several engines: right bytes, shared work, and engines that fail.

#include "fragua/driver/batch.h"

#include <map>
#include <memory>
#include <string>

#include "fragua/driver/registers.h"
#include "runtime_fixture.h"

namespace fragua {
namespace {

using test::RuntimeTest;
using test::TamperedPort;
using testing::HasSubstr;

constexpr size_t kEngines = 3;

class BatchTest : public RuntimeTest {
 protected:
  BatchTest() {
    options_.engine.engines = kEngines;
    const auto time = std::make_shared<double>(0.0);
    for (size_t i = 0; i < kEngines; ++i) {
      engines_.push_back(std::make_unique<sim::FunctionalPort>(
          options_.engine, driver::BoardConfig{}, static_cast<int>(i), time));
      tampered_.push_back(std::make_unique<TamperedPort>(*engines_.back()));
      ports_.push_back(tampered_.back().get());
    }
    for (size_t i = 0; i < 7; ++i) {
      inputs_.push_back(net_.RandomInputs()[0]);
      const std::vector<std::vector<uint8_t>> input = {inputs_.back()};
      expected_.push_back(golden::Run(net_.graph(), input)[static_cast<size_t>(Output())]);
    }
  }

  int Output() { return net_.graph().outputs[0]; }

  /// Runs pictures 0..count-1; every one must come out once and right.
  driver::BatchReport Run(driver::Batch& batch, size_t count) {
    engine_of_.clear();
    driver::BatchReport report = batch.Run(
        count,
        [&](size_t picture, int, driver::TensorStore& store) {
          store.Clear();
          store.Set(net_.graph().inputs[0], inputs_[picture]);
        },
        [&](size_t picture, int engine, const driver::TensorStore& store,
            const driver::RunReport& run) {
          EXPECT_TRUE(engine_of_.emplace(picture, engine).second) << picture << " came twice";
          const auto got = store.Bytes(Output());
          EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()), expected_[picture])
              << "picture " << picture << " on engine " << engine;
          runs_[picture] = run;
        });
    EXPECT_EQ(engine_of_.size(), count);
    return report;
  }

  /// The message of the device error that a batch of three pictures ends in.
  std::string Error3(driver::Batch& batch) {
    try {
      Run(batch, 3);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDevice);
      return error.what();
    }
    ADD_FAILURE() << "ran";
    return "";
  }

  std::vector<std::unique_ptr<sim::FunctionalPort>> engines_;
  std::vector<std::unique_ptr<TamperedPort>> tampered_;
  std::vector<driver::DevicePort*> ports_;
  std::vector<std::vector<uint8_t>> inputs_, expected_;
  std::map<size_t, int> engine_of_;
  std::map<size_t, driver::RunReport> runs_;
};

TEST_F(BatchTest, SharesThePicturesOut) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  const driver::BatchReport report = Run(batch, 7);
  ASSERT_EQ(report.engines.size(), kEngines);
  uint64_t busy = 0;
  for (const auto& engine : report.engines) {
    EXPECT_GE(engine.pictures, 2u);
    EXPECT_GT(engine.busy_cycles, 0u);
    EXPECT_LE(engine.busy_cycles, report.span_cycles);
    busy += engine.busy_cycles;
  }
  EXPECT_GT(busy, report.span_cycles) << "they must have worked at the same time";
  EXPECT_TRUE(report.events.empty());
  EXPECT_EQ(Run(batch, 7).engines[0].pictures, report.engines[0].pictures) << "and once more";
}

TEST_F(BatchTest, AnEngineGetsItsNextPictureBeforeTheOthersAreWaitedFor) {
  driver::Batch batch(net_.graph(), plan_, {ports_.data(), 2});
  std::vector<std::string> order;
  batch.Run(
      4,
      [&](size_t picture, int, driver::TensorStore& store) {
        order.push_back("begin " + std::to_string(picture));
        store.Clear();
        store.Set(net_.graph().inputs[0], inputs_[picture]);
      },
      [&](size_t picture, int, const auto&, const auto&) {
        order.push_back("end " + std::to_string(picture));
      });
  EXPECT_THAT(order, testing::ElementsAre("begin 0", "begin 1", "end 0", "begin 2", "end 1",
                                          "begin 3", "end 2", "end 3"));
}

TEST_F(BatchTest, OneEngineDoesWhatARuntimeDoes) {
  driver::Batch batch(net_.graph(), plan_, {ports_.data(), 1});
  const driver::BatchReport report = Run(batch, 1);
  driver::Runtime runtime(net_.graph(), plan_, *ports_[1]);
  const driver::RunReport alone = RunOnce(runtime);
  EXPECT_EQ(report.span_cycles, alone.steps.at(0).counters.cycles);
  // The two clocks begin at different places within an engine cycle of 10 ns.
  EXPECT_NEAR(static_cast<double>(runs_.at(0).total.count()),
              static_cast<double>(alone.total.count()), 10);
  EXPECT_EQ(runs_.at(0).transfer, alone.transfer);
}

TEST_F(BatchTest, FewerPicturesThanEnginesLeaveSomeIdle) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  const driver::BatchReport report = Run(batch, 2);
  EXPECT_EQ(report.engines[2].pictures, 0u);
  EXPECT_EQ(report.engines[2].busy_cycles, 0u);
  EXPECT_EQ(Run(batch, 0).span_cycles, 0u);
}

TEST_F(BatchTest, StepsOnTheProcessorStandBetween) {
  // Everything but the last convolution on the engine: the processor finishes every picture.
  auto places = driver::PlaceAllOnFabric(net_.graph(), options_.engine);
  for (size_t i = 0; i < net_.graph().ops.size(); ++i) {
    const std::string& name = net_.graph().ops[i].name;
    if (name == "conv10" || net_.graph().ops[i].type == model::OpType::kMean) {
      places[i] = driver::Place::kArm;
    }
  }
  plan_ = driver::Compile(net_.graph(), places, options_);
  ASSERT_GT(plan_.steps.size(), 1u);
  driver::Batch batch(net_.graph(), plan_, ports_);
  Run(batch, 5);
  for (const auto& [picture, run] : runs_) {
    EXPECT_EQ(run.total, run.arm + run.fabric + run.transfer) << picture;
    EXPECT_GT(run.arm.count(), 0);
  }
}

TEST_F(BatchTest, ALostInterruptDisturbsNoOtherEngine) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  Run(batch, 3);
  const auto before = runs_;
  tampered_[1]->lost_interrupts = 1;
  const driver::BatchReport report = Run(batch, 3);
  EXPECT_TRUE(report.events.empty());
  EXPECT_THAT(runs_.at(1).events, testing::ElementsAre(HasSubstr("reset, trying again")));
  for (const size_t other : {0u, 2u}) {
    EXPECT_EQ(engine_of_.at(other), static_cast<int>(other));
    EXPECT_TRUE(runs_.at(other).events.empty());
    EXPECT_EQ(runs_.at(other).steps[0].counters.cycles, before.at(other).steps[0].counters.cycles);
  }
}

TEST_F(BatchTest, OthersTakeOverFromAnEngineThatIsGivenUp) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  tampered_[1]->lost_interrupts = 1000;
  const driver::BatchReport report = Run(batch, 6);
  EXPECT_EQ(report.engines[1].pictures, 0u);
  EXPECT_EQ(report.engines[0].pictures + report.engines[2].pictures, 6u);
  ASSERT_EQ(report.events.size(), 1u);
  EXPECT_THAT(report.events[0],
              testing::AllOf(HasSubstr("engine 1: no answer"), HasSubstr("given up after 2"),
                             HasSubstr("picture 1 goes to another engine")));
  EXPECT_EQ(tampered_[1]->interrupts_awaited, 2) << "and is left alone";
  EXPECT_TRUE(Run(batch, 2).events.empty()) << "also in the next batch";
}

TEST_F(BatchTest, TheProcessorTakesOverWhereThatIsAllowed) {
  driver::BatchOptions options;
  options.runtime.arm_fallback = true;
  driver::Batch batch(net_.graph(), plan_, ports_, options);
  tampered_[2]->lost_interrupts = 2;
  const driver::BatchReport report = Run(batch, 3);
  EXPECT_TRUE(report.events.empty());
  EXPECT_THAT(runs_.at(2).events.back(), HasSubstr("run on the processor instead"));
  EXPECT_EQ(engine_of_.at(2), 2);
}

TEST_F(BatchTest, EndsWhenNoEngineIsLeft) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  for (const auto& port : tampered_) port->lost_interrupts = 1000;
  EXPECT_THAT(Error3(batch), HasSubstr("given up after 2 attempts"));
  EXPECT_THAT(Error3(batch), HasSubstr("every engine has been given up"));
}

TEST_F(BatchTest, EndsAtTheFirstFailureWhereThatIsWanted) {
  driver::BatchOptions options;
  options.replace_failed = false;
  options.runtime.retries = 0;
  bool reset = false;
  {
    driver::Batch batch(net_.graph(), plan_, ports_, options);
    tampered_[1]->lost_interrupts = 1;
    tampered_[2]->write = [&](uint32_t offset, uint32_t value) {
      reset |= offset == driver::regs::kRegControl && (value & 2) != 0;
      return value;
    };
    EXPECT_THAT(Error3(batch), HasSubstr("engine 1: no answer from the engine"));
    EXPECT_FALSE(reset);
  }
  EXPECT_TRUE(reset) << "engine 2 was at work when the batch ended and must not be left so";
}

TEST_F(BatchTest, NamesTheEngineThatCannotBeOpened) {
  tampered_[2]->read = [](uint32_t offset, uint32_t value) {
    return offset == driver::regs::kRegId ? 0u : value;
  };
  try {
    driver::Batch batch(net_.graph(), plan_, ports_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    EXPECT_THAT(error.what(), HasSubstr("engine 2: no Fragua engine answers"));
  }
}

TEST_F(BatchTest, ErrorsOfTheSinkAreTheCallers) {
  driver::Batch batch(net_.graph(), plan_, ports_);
  const auto source = [&](size_t picture, int, driver::TensorStore& store) {
    store.Clear();
    store.Set(net_.graph().inputs[0], inputs_[picture]);
  };
  EXPECT_THROW(batch.Run(3, source,
                         [](size_t, int, const auto&, const auto&) {
                           throw Error(ErrorKind::kDevice, "the sink's own");
                         }),
               Error);
  EXPECT_TRUE(Run(batch, 3).events.empty()) << "no engine was blamed for it";
}

}  // namespace
}  // namespace fragua

#include "diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace fragua::app {
namespace {

using sim::PixelObservation;
using ::testing::HasSubstr;

constexpr int kPc = 2;
constexpr int kPk = 16;
constexpr int kSlot = 3;

// Four steps of two input channels; every sum is what the operands give.
PixelObservation Pixel() {
  PixelObservation pixel;
  pixel.parameters.assign(kPk, uint64_t{5} << 31 | 1'000'000);
  std::vector<int32_t> sums(kPk);
  for (int n = 0; n < 4; ++n) {
    sim::ArrayStep step;
    step.cycle = 100 + static_cast<uint64_t>(n);
    step.padding = n == 0;
    step.address = 20 + static_cast<uint32_t>(n);
    step.weight_address = 4 + static_cast<uint32_t>(n);
    step.activations = {static_cast<int8_t>(n + 1), static_cast<int8_t>(-n)};
    for (int i = 0; i < kPc * kPk; ++i) {
      step.weights.push_back(static_cast<int8_t>(i - 9 * n));
      sums[static_cast<size_t>(i / kPc)] +=
          step.weights.back() * step.activations[static_cast<size_t>(i % kPc)];
    }
    step.sums = sums;
    pixel.steps.push_back(step);
  }
  return pixel;
}

struct CauseCase {
  const char* name;
  std::function<void(PixelObservation&)> spoil;
  Cause cause;
  int step;
  const char* says;
};

class DiagnosisTest : public testing::TestWithParam<CauseCase> {};

TEST_P(DiagnosisTest, NamesCauseAndFirstStep) {
  PixelObservation engine = Pixel();
  GetParam().spoil(engine);
  const Diagnosis diagnosis = DiagnosePixel(engine, Pixel(), kSlot, false);
  EXPECT_EQ(Name(diagnosis.cause), std::string(Name(GetParam().cause)));
  EXPECT_EQ(diagnosis.step, GetParam().step);
  EXPECT_THAT(diagnosis.sentence, HasSubstr(GetParam().says));
}

const CauseCase kCauses[] = {
    {"PaddingNotTaken", [](PixelObservation& p) { p.steps[0].padding = false; }, Cause::kPadding, 0,
     "read activation buffer word 20 where the specification reads the padding"},
    {"PaddingTaken", [](PixelObservation& p) { p.steps[2].padding = true; }, Cause::kPadding, 2,
     "read the padding where the specification reads activation buffer word 22"},
    {"PaddingValue", [](PixelObservation& p) { p.steps[0].activations[1] = 9; }, Cause::kPadding, 0,
     "the padding gave [1 9] instead of [1 0]"},
    {"ActivationAddress", [](PixelObservation& p) { p.steps[1].address = 2; },
     Cause::kActivationAddress, 1, "activation buffer word 2 instead of activation buffer word 21"},
    {"WrongBuffer", [](PixelObservation& p) { p.steps[1].squeeze = true; },
     Cause::kActivationAddress, 1, "squeeze buffer word 21 instead of"},
    {"ActivationData", [](PixelObservation& p) { p.steps[3].activations[0] = 77; },
     Cause::kActivationData, 3, "gave [77 -3] instead of [4 -3]"},
    {"WeightAddress", [](PixelObservation& p) { p.steps[2].weight_address = 0; },
     Cause::kWeightAddress, 2, "weight word 0 instead of 6"},
    {"WeightData", [](PixelObservation& p) { p.steps[2].weights[kSlot * kPc] ^= 1; },
     Cause::kWeightData, 2, "weight word 6 gave"},
    {"Sum", [](PixelObservation& p) { ++p.steps[1].sums[kSlot]; }, Cause::kAccumulation, 1,
     "the operands are right"},
    {"SumNeverSeen", [](PixelObservation& p) { p.steps[1].sums.clear(); }, Cause::kAccumulation, 1,
     "unknown instead of"},
    {"Steps", [](PixelObservation& p) { p.steps.pop_back(); }, Cause::kSteps, 3,
     "3 array steps instead of 4"},
    {"Parameters", [](PixelObservation& p) { p.parameters[kSlot] += 1; }, Cause::kParameters, -1,
     "multiplier 1000001, shift 5 instead of bias 0, multiplier 1000000, shift 5"},
    {"Requantisation", [](PixelObservation&) {}, Cause::kRequantisation, -1,
     "the accumulator and the parameters agree with the golden model"},
    // What other output channels do is of no consequence.
    {"OtherChannels",
     [](PixelObservation& p) {
       p.steps[1].weights[0] ^= 1;
       ++p.steps[1].sums[0];
       p.parameters[0] += 1;
     },
     Cause::kRequantisation, -1, "agree with the golden model"},
    // The address that is formed for a tap in the padding is not used.
    {"AddressInThePadding", [](PixelObservation& p) { p.steps[0].address = 9; },
     Cause::kRequantisation, -1, "agree"},
    {"TheEarlierStepWins",
     [](PixelObservation& p) {
       p.steps[3].address = 0;
       ++p.steps[2].sums[kSlot];
     },
     Cause::kAccumulation, 2, "the accumulator becomes"},
};
INSTANTIATE_TEST_SUITE_P(Causes, DiagnosisTest, testing::ValuesIn(kCauses),
                         [](const auto& each) { return each.param.name; });

TEST(DiagnosisPairTest, TheSecondTermOfAPairCounts) {
  PixelObservation engine = Pixel();
  ++engine.steps[1].sums[kSlot + 8];
  EXPECT_EQ(DiagnosePixel(engine, Pixel(), kSlot, true).cause, Cause::kAccumulation);
  EXPECT_EQ(DiagnosePixel(engine, Pixel(), kSlot, false).cause, Cause::kRequantisation);
}

TEST(DiagnosisWordTest, EveryBoundaryHasItsSentence) {
  Divergence d;
  d.expected = d.got = 7;
  d.expected_place = "activation buffer word 1";
  d.got_place = "activation buffer word 2";
  d.boundary = Boundary::kLoad;
  EXPECT_EQ(DiagnoseWord(d).cause, Cause::kLoad);
  d.boundary = Boundary::kPlaced;
  EXPECT_EQ(DiagnoseWord(d).cause, Cause::kPlacement);
  EXPECT_THAT(DiagnoseWord(d).sentence,
              HasSubstr("went to activation buffer word 2 instead of activation buffer word 1"));
  d.boundary = Boundary::kStored;
  EXPECT_EQ(DiagnoseWord(d).cause, Cause::kStore);
  d.got_place = d.expected_place;
  d.got = 8;
  EXPECT_THAT(DiagnoseWord(d).sentence, HasSubstr("arrived as 0000000000000008 instead of"));
  d.boundary = Boundary::kWritten;
  EXPECT_EQ(DiagnoseWord(d).cause, Cause::kPool);
  d.missing = true;
  EXPECT_EQ(DiagnoseWord(d).cause, Cause::kMissing);
}

TEST(LastWriterTest, IsTheLatestBeforeTheStepInThatBuffer) {
  EngineLog log;
  log.OnLoad({0, false, 20, 0, 0xA, 10});
  log.OnLoad({0, true, 20, 1, 0xB, 20});
  log.OnResult({0, true, 20, 0xC, 30});
  log.OnResult({0, false, 20, 0xD, 40});
  log.OnResult({0, false, 20, 0xE, 101});
  log.OnResult({0, false, 21, 0xF, 60});
  sim::ArrayStep step;
  step.cycle = 100;
  step.address = step.weight_address = 20;
  EXPECT_EQ(LastWriter(log, step, false), "COMPUTE put 000000000000000d there in cycle 40");
  EXPECT_EQ(LastWriter(log, step, true), "LOAD put 000000000000000b there in cycle 20");
  step.squeeze = true;
  EXPECT_EQ(LastWriter(log, step, false), "COMPUTE put 000000000000000c there in cycle 30");
  step.squeeze = false;
  step.cycle = 30;
  EXPECT_EQ(LastWriter(log, step, false), "LOAD put 000000000000000a there in cycle 10");
  step.address = 22;
  EXPECT_EQ(LastWriter(log, step, false), "nothing was put there before");
}

TEST(ParametersTest, AreTheBitsOfThePage) {
  const uint64_t bits = static_cast<uint64_t>(int64_t{-5}) << 37 | uint64_t{9} << 31 | 0x40000001;
  const Parameters p = DecodeParameters(bits);
  EXPECT_EQ(p.multiplier, 0x40000001U);
  EXPECT_EQ(p.shift, 9);
  EXPECT_EQ(p.bias, -5);
}

}  // namespace
}  // namespace fragua::app

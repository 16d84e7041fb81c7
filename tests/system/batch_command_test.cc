// Several pictures on the engines of a configuration, as users start them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "../support/command.h"

namespace fragua::test {
namespace {

using ::testing::HasSubstr;

const std::string kSmall = "run --quiet --size 48 --classes 24 ";

/// Runs and returns the report, in which every layer of every picture must have matched.
nlohmann::json Report(const std::string& arguments) {
  const ScratchFolder scratch;
  const std::string path = (scratch / "report.json").string();
  const Outcome outcome = Fragua(arguments + " --json " + path);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  if (outcome.exit_code != 0) return {};
  const auto report = nlohmann::json::parse(ReadText(path));
  for (const auto& layer : report.at("layers")) {
    EXPECT_EQ(layer.at("match"), true) << layer.at("name");
  }
  return report;
}

/// Different pictures, as raw input tensors of `kSmall`.
std::string RawInputs(int count) {
  std::string bytes;
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < 48 * 48 * 3; ++i) bytes += static_cast<char>((i * (31 + 2 * n) + n) % 251);
  }
  return bytes;
}

TEST(BatchCommandTest, ThreeEnginesRunATleastTwoAndAHalfTimesAsManyPictures) {
  const auto one = Report("run --quiet --backend functional");
  const auto three = Report("run --quiet --backend functional --engine zybo-z7-20");
  EXPECT_EQ(one.at("images"), 1);
  EXPECT_EQ(one.at("cycles_per_image"), one.at("total_cycles"));
  EXPECT_EQ(three.at("images"), 3);
  ASSERT_EQ(three.at("engines").size(), 3u);
  EXPECT_LE(2.5 * three.at("cycles_per_image").get<double>(),
            one.at("cycles_per_image").get<double>());
}

TEST(BatchCommandTest, EveryPictureGivesTheBytesThatItGivesAlone) {
  const ScratchFolder scratch;
  const std::string inputs = (scratch / "inputs.bin").string();
  std::ofstream(inputs, std::ios::binary) << RawInputs(4);
  const std::string golden = (scratch / "golden.bin").string();
  const std::string engines = (scratch / "engines.bin").string();
  ASSERT_EQ(Fragua(kSmall + "--backend golden --input " + inputs + " --output " + golden).exit_code,
            0);
  for (const std::string backend : {"functional", "rtl"}) {
    const Outcome outcome = Fragua(kSmall + "--engine zybo-z7-20 --backend " + backend +
                                   " --input " + inputs + " --output " + engines);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("4 inferences on 3 engine(s)"));
    EXPECT_THAT(outcome.out, HasSubstr("engine 0: 2 inference(s)"));
    EXPECT_EQ(ReadText(engines).size(), 4 * 24u);
    EXPECT_EQ(ReadText(engines), ReadText(golden)) << backend;
  }
}

TEST(BatchCommandTest, RepeatsWhatIsGivenUntilEveryEngineHasAPicture) {
  const ScratchFolder scratch;
  const std::string output = (scratch / "out.bin").string();
  const auto usual = Report(kSmall + "--backend functional --engine zybo-z7-20 --output " + output);
  EXPECT_EQ(usual.at("images"), 3);
  EXPECT_EQ(ReadText(output).size(), 24u) << "what was given, not the repetitions";
  EXPECT_EQ(Report(kSmall + "--backend functional --engine zybo-z7-20 --batch 1").at("images"), 1);
  const auto one = Report(kSmall + "--backend functional --batch 4");
  EXPECT_EQ(one.at("images"), 4);
  EXPECT_EQ(one.at("engines").size(), 1u);
  EXPECT_GE(one.at("batch_cycles"), 4 * one.at("total_cycles").get<int64_t>());
  EXPECT_LE(one.at("engines")[0].at("busy_cycles"), one.at("batch_cycles"));
}

TEST(BatchCommandTest, TakesSeveralPictures) {
  const ScratchFolder scratch;
  for (const char* name : {"a.ppm", "b.ppm"}) {
    std::ofstream picture(scratch / name, std::ios::binary);
    picture << "P6 4 4 255\n" << std::string(48, name[0]);
  }
  const auto report =
      Report(kSmall + "--backend functional --engine zybo-z7-20 --batch 2 --image " +
             (scratch / "a.ppm").string() + " --image " + (scratch / "b.ppm").string());
  EXPECT_EQ(report.at("images"), 2);
  EXPECT_EQ(report.at("engines").size(), 2u);
}

}  // namespace
}  // namespace fragua::test

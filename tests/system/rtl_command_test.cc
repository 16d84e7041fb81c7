// The main job: whole networks through the Verilated engine, started as a user would start them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "../support/command.h"
#include "../support/reference_data.h"

namespace fragua::test {
namespace {

using ::testing::HasSubstr;

// Every layer has to have been compared and to match.
void ExpectAllMatch(const nlohmann::json& report) {
  for (const auto& layer : report.at("layers")) {
    EXPECT_EQ(layer.at("match"), true) << layer.at("name");
  }
}

TEST(RtlCommandTest, SqueezeNetV11At224StaysWithinItsCycles) {
  const ScratchFolder scratch;
  const std::string path = (scratch / "report.json").string();
  const Outcome outcome = Fragua("run --quiet --json " + path);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("38 of 38 layers match"));
  const auto report = nlohmann::json::parse(ReadText(path));
  ExpectAllMatch(report);
  EXPECT_EQ(report.at("layers").size(), 38U);
  // 2.73 M cycles would be 128 MAC in every cycle; 3.03 M are 90 % of that.
  EXPECT_LE(report.at("total_cycles"), 3'030'000);
  EXPECT_GE(report.at("total_cycles"), 2'730'000);
}

TEST(RtlCommandTest, TheSameRunTakesTheSameCycles) {
  const ScratchFolder scratch;
  std::string first;
  for (const char* name : {"a.json", "b.json"}) {
    const std::string path = (scratch / name).string();
    const Outcome outcome = Fragua("run --quiet --size 48 --classes 24 --json " + path);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    auto report = nlohmann::json::parse(ReadText(path));
    report.erase("wall_s");
    report.erase("sim_cycles_per_s");
    if (first.empty()) first = report.dump();
    EXPECT_EQ(report.dump(), first);
  }
}

TEST(RtlCommandTest, RandomBackPressureChangesCyclesButNoByte) {
  const ScratchFolder scratch;
  const std::string plain = (scratch / "plain.bin").string();
  const std::string stalled = (scratch / "stalled.bin").string();
  const std::string json = (scratch / "stalled.json").string();
  ASSERT_EQ(Fragua("run --quiet --size 48 --classes 24 --output " + plain).exit_code, 0);
  ASSERT_EQ(Fragua("run --quiet --size 48 --classes 24 --stalls 7 --output " + stalled +
                   " --json " + json)
                .exit_code,
            0);
  EXPECT_EQ(ReadText(stalled), ReadText(plain));
  ExpectAllMatch(nlohmann::json::parse(ReadText(json)));
}

TEST(RtlCommandTest, AnotherArrayShapeIsAnotherEngineWithTheSameBytes) {
  const ScratchFolder scratch;
  const std::string wide = (scratch / "wide.json").string();
  const std::string narrow = (scratch / "narrow.json").string();
  ASSERT_EQ(Fragua("run --quiet --size 64 --classes 24 --json " + wide).exit_code, 0);
  ASSERT_EQ(
      Fragua("run --quiet --size 64 --classes 24 --engine zybo-8x8 --json " + narrow).exit_code, 0);
  const auto fast = nlohmann::json::parse(ReadText(wide));
  const auto slow = nlohmann::json::parse(ReadText(narrow));
  ExpectAllMatch(slow);
  EXPECT_EQ(slow.at("top5"), fast.at("top5"));
  EXPECT_GT(slow.at("total_cycles"), fast.at("total_cycles"));
}

TEST(RtlCommandTest, AnEngineWhoseYamlWasChangedAfterTheBuildIsRefused) {
  const ScratchFolder scratch;
  std::string engine = ReadText(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
  engine.replace(engine.find("squeeze_words: 2048"), 19, "squeeze_words: 1024");
  std::ofstream(scratch / "zybo-z7-10.yaml") << engine;
  const Outcome outcome =
      Fragua("run --quiet --size 48 --engine " + (scratch / "zybo-z7-10.yaml").string());
  EXPECT_EQ(outcome.exit_code, 2) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("build"));
}

TEST(RtlCommandTest, WritesAWaveformOfTheWantedCycles) {
  const ScratchFolder scratch;
  const std::string all = (scratch / "all.fst").string();
  const std::string part = (scratch / "part.fst").string();
  ASSERT_EQ(Fragua("run --quiet --size 24 --classes 8 --trace " + all).exit_code, 0);
  ASSERT_EQ(Fragua("run --quiet --size 24 --classes 8 --trace " + part +
                   " --trace-from 60000 --trace-to 60100")
                .exit_code,
            0);
  EXPECT_GT(std::filesystem::file_size(part), 1000U);
  EXPECT_LT(std::filesystem::file_size(part), std::filesystem::file_size(all));
}

TEST(RtlCommandTest, CtrlCEndsCleanly) {
  const ScratchFolder scratch;
  const std::string json = (scratch / "report.json").string();
  // The shell sends the signal two seconds in; a whole run takes longer than that on any machine we
  // know.
  const std::string command = "FRAGUA_CONFIGS='" FRAGUA_SOURCE_DIR
                              "/configs' timeout --foreground --signal=INT 1 '" FRAGUA_COMMAND
                              "' run --quiet --model squeezenet-1.0 --json " +
                              json + " >/dev/null 2>'" + (scratch / "err").string() + "'";
  const auto start = std::chrono::steady_clock::now();
  const int status = std::system(command.c_str());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  EXPECT_EQ(WEXITSTATUS(status), 124);  // timeout's word that it had to send the signal
  EXPECT_THAT(ReadText(scratch / "err"), HasSubstr("interrupted"));
  EXPECT_FALSE(std::filesystem::exists(json));
}

class ReferenceNetworkTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ReferenceNetworkTest, GivesTheVectorsOfTheReferenceKernels) {
  FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
  const std::string name = GetParam();
  const auto folder = ReferenceData() / "squeezenet" / "int8";
  const auto inputs = ReadBytes(folder / "inputs20_nhwc_rgb_int8.bin");
  const auto expected = ReadBytes(folder / (name + "_mean_outputs40_int8.bin"));
  constexpr size_t kInput = 227 * 227 * 3;
  constexpr size_t kPicture = 3;
  const ScratchFolder scratch;
  std::ofstream(scratch / "in.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(inputs.data()) + kPicture * kInput, kInput);
  const std::string output = (scratch / "out.bin").string();
  const std::string json = (scratch / "report.json").string();
  const Outcome outcome = Fragua(
      "run --quiet --model " + (folder / ("squeezenet_" + name + "_int8_mean.tflite")).string() +
      " --input " + (scratch / "in.bin").string() + " --output " + output + " --json " + json);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(ReadText(output), std::string(expected.begin() + kPicture * 1000,
                                          expected.begin() + (kPicture + 1) * 1000));
  const auto report = nlohmann::json::parse(ReadText(json));
  for (const auto& layer : report.at("layers")) {
    // A padding that the engine does itself leaves no tensor to compare.
    if (layer.at("op") != "PAD") {
      EXPECT_EQ(layer.at("match"), true) << layer.at("name");
    }
    EXPECT_EQ(layer.at("place"), "fabric") << layer.at("name");
  }
}

INSTANTIATE_TEST_SUITE_P(SqueezeNet, ReferenceNetworkTest,
                         ::testing::Values("v1.1_227", "v1.0_dc_227"), [](const auto& each) {
                           std::string name = each.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace fragua::test

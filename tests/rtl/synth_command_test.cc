// `fragua synth` as users meet it, with a script in Yosys' place: what it refuses, reports and
// leaves behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../support/command.h"

namespace fragua::test {
namespace {

using ::testing::HasSubstr;

// A folder with a `yosys` that is the only one the command finds.
class SynthCommandTest : public ::testing::Test {
 protected:
  SynthCommandTest() : path_(getenv("PATH")) {
    std::filesystem::create_directory(tools_ / "bin");
    setenv("PATH", (tools_ / "bin").c_str(), 1);
  }
  ~SynthCommandTest() override { setenv("PATH", path_.c_str(), 1); }

  void MakeYosys(const std::string& script) {
    const std::filesystem::path program = tools_ / "bin/yosys";
    std::ofstream(program) << "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$2\" >'"
                           << (tools_ / "script").string() << "'\n"
                           << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  // A log whose engine has `cells`.
  static std::string Printing(const std::string& cells, const std::string& before = "") {
    return "cat <<'END'\n" + before +
           "{\n   \"modules\": {\n      \"$paramod$1f\\\\fr_engine\": {\n"
           "         \"num_cells_by_type\": {" +
           cells + "}\n      }\n   },\n      \"design\": {\nEND\n";
  }

  ScratchFolder tools_;
  std::string path_;
};

TEST_F(SynthCommandTest, ReportsAnEngineThatFits) {
  MakeYosys(Printing(R"("LUT6": 3, "RAM64M": 1, "FDRE": 5, "DSP48E1": 20, "RAMB36E1": 2)"));
  const std::string path = (tools_ / "report.json").string();
  const Outcome outcome = Fragua("synth --engine tiny --json '" + path + "'");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("fits: no latches, no warnings"));
  const auto report = nlohmann::json::parse(ReadText(path));
  EXPECT_EQ(report["total"]["lut"], 7);
  EXPECT_EQ(report["total"]["ff"], 5);
  EXPECT_EQ(report["total"]["dsp48e1"], 20);
  EXPECT_EQ(report["total"]["ramb36"], 2);
  EXPECT_EQ(report["total"]["ramb18_equivalents"], 4);
  EXPECT_EQ(report["modules"].size(), 1u);
  EXPECT_EQ(report["modules"][0]["name"], "fr_engine");
  EXPECT_TRUE(report["fits"]);
  const std::string script = ReadText(tools_ / "script");
  EXPECT_THAT(script, HasSubstr("synth_xilinx -family xc7"));
  EXPECT_THAT(script, HasSubstr("-chparam Pc 4 -chparam Pk 8 -chparam Lanes 2"));
  EXPECT_THAT(script, HasSubstr("-chparam ActWords 4096"));
}

TEST_F(SynthCommandTest, FailsWhenThePartIsTooSmall) {
  MakeYosys(Printing(R"("DSP48E1": 81)"));
  const Outcome outcome = Fragua("synth --engine zybo-z7-10");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("DOES NOT PASS: 81 DSP48E1 are needed, xc7z010 has 80"));
  EXPECT_EQ(Fragua("synth --engine zybo-z7-20-8x32").exit_code, 0) << "the other part has 220";
}

TEST_F(SynthCommandTest, SeveralEnginesMustFitTogether) {
  MakeYosys(Printing(R"("DSP48E1": 73, "RAMB36E1": 40, "RAMB18E1": 1)"));
  const std::string path = (tools_ / "report.json").string();
  const Outcome full = Fragua("synth --engine zybo-z7-20 --json '" + path + "'");
  EXPECT_EQ(full.exit_code, 0) << full.out;
  EXPECT_THAT(full.out, HasSubstr("3 engines side by side"));
  const auto report = nlohmann::json::parse(ReadText(path));
  EXPECT_EQ(report["engines"], 3);
  EXPECT_EQ(report["modules"][0]["dsp48e1"], 73);
  EXPECT_EQ(report["one_engine"]["dsp48e1"], 73);
  EXPECT_EQ(report["total"]["dsp48e1"], 219);
  EXPECT_EQ(report["total"]["ramb18_equivalents"], 243);
  MakeYosys(Printing(R"("DSP48E1": 74)"));
  const Outcome more = Fragua("synth --engine zybo-z7-20");
  EXPECT_EQ(more.exit_code, 1);
  EXPECT_THAT(more.out,
              HasSubstr("DOES NOT PASS: 222 DSP48E1 are needed by 3 engines, xc7z020 has 220"));
}

TEST_F(SynthCommandTest, FailsOnLatchesAndWarnings) {
  MakeYosys(Printing(R"("LDCE": 1)"));
  EXPECT_EQ(Fragua("synth").exit_code, 1);
  MakeYosys(Printing(R"("LUT1": 1)", "Warning: Wire fr_engine.x is used but has no driver.\n"));
  const Outcome outcome = Fragua("synth");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("has no driver"));
}

TEST_F(SynthCommandTest, FailsWhenYosysFailsAndWritesNothing) {
  MakeYosys("echo 'ERROR: no such module'; exit 1\n");
  const std::string path = (tools_ / "report.json").string();
  const Outcome outcome = Fragua("synth --json '" + path + "'");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("ERROR: no such module"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SynthCommandTest, GivesUpAtTheLimit) {
  MakeYosys("sleep 60\n");
  const Outcome outcome = Fragua("synth --limit 1");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("not finished within 1 s"));
}

TEST_F(SynthCommandTest, CanBeInterrupted) {
  MakeYosys("kill -INT $PPID; sleep 60\n");
  const Outcome outcome = Fragua("synth");
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
}

TEST_F(SynthCommandTest, RefusesWhatIsMissingWithExitCodeTwo) {
  Outcome outcome = Fragua("synth");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("install Yosys"));
  MakeYosys(Printing(R"("LUT1": 1)"));
  outcome = Fragua("synth --engine none");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("no configuration 'none'"));

  std::string engine = ReadText(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
  std::ofstream(tools_ / "zybo-z7-10.yaml") << engine.replace(engine.find("xc7z010"), 7, "xc7z999");
  outcome = Fragua("synth --engine '" + (tools_ / "zybo-z7-10.yaml").string() + "'");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("xc7z999"));
  EXPECT_THAT(outcome.err, HasSubstr("known: xc7z010, xc7z020"));

  std::filesystem::copy(FRAGUA_SOURCE_DIR "/configs", tools_ / "configs",
                        std::filesystem::copy_options::recursive);
  const std::string alone = "FRAGUA_CONFIGS='" + (tools_ / "configs").string() +
                            "' '" FRAGUA_COMMAND "' synth 2>'" + (tools_ / "err").string() + "'";
  const int status = std::system(alone.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_THAT(ReadText(tools_ / "err"), HasSubstr("no fr_engine.sv in"));
}

}  // namespace
}  // namespace fragua::test

// The process that runs Yosys, with the shell in its place: scripts instead of designs.

#include "yosys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "../../support/command.h"
#include "fragua/model/error.h"

namespace fragua::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A program that runs its second argument as a shell script, as Yosys runs what follows -p.
class YosysTest : public ::testing::Test {
 protected:
  YosysTest() {
    run_.program = (scratch_ / "tool").string();
    run_.folder = scratch_.path().string();
    std::ofstream(run_.program) << "#!/bin/sh\neval \"$2\"\n";
    std::filesystem::permissions(run_.program, std::filesystem::perms::owner_all);
  }

  std::string Refusal(ErrorKind kind) {
    try {
      RunYosys(run_, [](const std::string&) {});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return "(it ran)";
  }

  test::ScratchFolder scratch_;
  YosysRun run_;
};

TEST_F(YosysTest, GivesEveryLineOfBothOutputs) {
  run_.script = "pwd; echo two >&2; printf three";
  std::vector<std::string> lines;
  const std::string log = RunYosys(run_, [&](const std::string& line) { lines.push_back(line); });
  EXPECT_THAT(lines, ElementsAre(std::filesystem::canonical(scratch_.path()).string(), "two"));
  EXPECT_THAT(log, HasSubstr("two\nthree"));
}

TEST_F(YosysTest, SaysHowItFailed) {
  run_.script = "echo 'ERROR: no such wire'; echo more; exit 3";
  EXPECT_THAT(Refusal(ErrorKind::kCheck), HasSubstr("exit code 3: ERROR: no such wire"));
  run_.script = "kill -9 $$";
  EXPECT_THAT(Refusal(ErrorKind::kCheck), HasSubstr("signal 9"));
}

TEST_F(YosysTest, SaysWhatToDoWhenTheProgramIsMissing) {
  run_.program = "no-such-program-of-fragua";
  EXPECT_THAT(Refusal(ErrorKind::kInput), HasSubstr("install Yosys"));
}

TEST_F(YosysTest, EndsWithAllItsChildrenAtTheLimit) {
  run_.limit = std::chrono::seconds(1);
  run_.script = "(sleep 3; touch late) & sleep 60";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(Refusal(ErrorKind::kCheck), HasSubstr("not finished within 1 s"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "late")) << "a child of the process survived";
}

}  // namespace
}  // namespace fragua::app

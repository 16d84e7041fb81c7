#include "doctor_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fragua::app {
namespace {

using driver::Finding;
using driver::Verdict;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Finding kGood{"engine", Verdict::kOk, "ID and buffers", "engine 'x'", ""};
const Finding kSlow{"memory rate", Verdict::kWarning, "3 MB/s", "100 MB/s", "another source"};
const Finding kBroken{"HP0 width", Verdict::kFailed, "32 bits", "64 bits", "devmem"};
const Finding kHidden{"FCLK0 rate", Verdict::kNotCheckable, "no permission", "", "sudo"};
const Finding kHiddenToo{"fabric reset", Verdict::kNotCheckable, "no permission", "", "sudo"};

TEST(DoctorReport, OnlyAFailureFails) {
  EXPECT_EQ(DoctorExit({}), 0);
  EXPECT_EQ(DoctorExit({kGood, kSlow, kHidden}), 0);
  EXPECT_EQ(DoctorExit({kGood, kBroken, kSlow}), 1);
}

TEST(DoctorReport, TableSaysWhatWasFoundAndWhatToDo) {
  const std::string text = DoctorTable({kGood, kSlow, kBroken, kHidden, kHiddenToo});
  EXPECT_THAT(text, HasSubstr("engine             ok             ID and buffers\n"));
  EXPECT_THAT(text, HasSubstr("\nHP0 width: failed\n  found     32 bits\n  expected  64 bits\n"
                              "  fix       devmem\n"));
  EXPECT_THAT(text, HasSubstr("\nFCLK0 rate; fabric reset: not checkable\n"
                              "  found     no permission\n  fix       sudo\n"));
  EXPECT_THAT(text, HasSubstr("5 checks: 1 ok, 1 warning, 1 failed, 2 not checkable\n"));
  EXPECT_THAT(text, Not(HasSubstr("engine: ok")));
}

TEST(DoctorReport, JsonHasEveryFinding) {
  const auto document =
      nlohmann::json::parse(DoctorJson({kGood, kBroken, kHidden}, "fragua", "tiny"));
  EXPECT_EQ(document["engine"], "tiny");
  EXPECT_EQ(document["failed"], 1);
  EXPECT_EQ(document["not_checkable"], 1);
  ASSERT_EQ(document["findings"].size(), 3u);
  EXPECT_EQ(document["findings"][1]["check"], "HP0 width");
  EXPECT_EQ(document["findings"][1]["verdict"], "failed");
  EXPECT_EQ(document["findings"][1]["fix"], "devmem");
}

TEST(DoctorReport, NamesThatAreNoTextDoNotStopTheReport) {
  Finding strange = kGood;
  strange.found = "\xFF\xFE";
  EXPECT_NO_THROW(nlohmann::json::parse(DoctorJson({strange}, "fragua", "tiny")));
}

}  // namespace
}  // namespace fragua::app

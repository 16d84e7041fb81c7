#pragma once
// A board that is as it should be, and the examination of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "fragua/driver_linux/doctor.h"
#include "zynq_board.h"

namespace fragua::test {

using driver::Finding;
using driver::Verdict;

/// Every check, in order.
inline const std::vector<std::string> kChecks = {
    "device",        "programmed",       "level shifters", "fabric reset",
    "FCLK0 running", "FCLK0 rate",       "HP0 width",      "engine",
    "state",         "interrupt",        "memory",         "memory region",
    "memory rate",   "data lines, read", "clock",          "data lines, write",
    "convolution"};

class DoctorTest : public testing::Test {
 protected:
  std::vector<Finding> Diagnose() {
    auto findings = driver::Diagnose(board_, options_);
    EXPECT_EQ(board_.open_files(), 0);
    EXPECT_EQ(board_.mappings, 0);
    // Whatever is wrong: every check is spoken of, once.
    EXPECT_EQ(findings.size(), kChecks.size()) << Text(findings);
    for (const std::string& check : kChecks) Get(findings, check);
    return findings;
  }
  static std::string Text(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& f : findings) {
      text += f.check + ": " + driver::Name(f.verdict) + ": " + f.found + " | " + f.expected +
              " | " + f.fix + "\n";
    }
    return text;
  }
  static Finding Get(const std::vector<Finding>& findings, const std::string& check) {
    for (const Finding& f : findings) {
      if (f.check == check) return f;
    }
    ADD_FAILURE() << "no finding '" << check << "' in\n" << Text(findings);
    return {};
  }

  driver::DoctorOptions options_;
  ZynqBoard board_{options_.port.engine};
};

/// One thing that is wrong, and what is to be said of it.
struct Fault {
  const char* name;
  std::function<void(ZynqBoard&, driver::DoctorOptions&)> break_it;
  const char* check;
  Verdict verdict;
  std::vector<std::string> says;  ///< parts of found and fix
};

inline void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

inline std::string FaultName(const testing::TestParamInfo<Fault>& info) { return info.param.name; }

class DoctorFault : public DoctorTest, public testing::WithParamInterface<Fault> {
 protected:
  void ExpectFound(const Fault& fault) {
    fault.break_it(board_, options_);
    const auto findings = Diagnose();
    const Finding finding = Get(findings, fault.check);
    EXPECT_EQ(finding.verdict, fault.verdict) << Text(findings);
    for (const std::string& part : fault.says) {
      EXPECT_THAT(finding.found + " | " + finding.fix, testing::HasSubstr(part));
    }
    if (fault.verdict == Verdict::kFailed || fault.verdict == Verdict::kWarning) {
      EXPECT_NE(finding.fix, "") << Text(findings);
    }
  }
};

}  // namespace fragua::test

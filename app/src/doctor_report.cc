#include "doctor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

namespace fragua::app {
namespace {

using driver::Finding;
using driver::Verdict;

size_t Number(const std::vector<Finding>& findings, Verdict verdict) {
  return static_cast<size_t>(std::ranges::count(findings, verdict, &Finding::verdict));
}

std::string Paragraph(std::span<const Finding> findings) {
  std::string names;
  for (const Finding& finding : findings) {
    names += (names.empty() ? "" : "; ") + finding.check;
  }
  const Finding& first = findings.front();
  std::string text =
      fmt::format("{}: {}\n  found     {}\n", names, driver::Name(first.verdict), first.found);
  if (!first.expected.empty()) text += fmt::format("  expected  {}\n", first.expected);
  if (!first.fix.empty()) text += fmt::format("  fix       {}\n", first.fix);
  return text;
}

}  // namespace

std::string DoctorTable(const std::vector<Finding>& findings) {
  std::string text = fmt::format("{:<18} {:<14} {}\n", "check", "result", "found");
  for (const Finding& finding : findings) {
    text += fmt::format("{:<18} {:<14} {}\n", finding.check, driver::Name(finding.verdict),
                        finding.found);
  }
  for (auto first = findings.begin(); first != findings.end();) {
    // One paragraph for neighbours with one cause.
    const auto last = std::find_if(first, findings.end(), [&](const Finding& finding) {
      return finding.verdict != first->verdict || finding.found != first->found ||
             finding.fix != first->fix;
    });
    if (first->verdict != Verdict::kOk && !(first->fix.empty() && first->expected.empty())) {
      text += "\n" + Paragraph({first, last});
    }
    first = last;
  }
  text += fmt::format("\n{} checks: {} ok", findings.size(), Number(findings, Verdict::kOk));
  for (const Verdict verdict : {Verdict::kWarning, Verdict::kFailed, Verdict::kNotCheckable}) {
    text += fmt::format(", {} {}", Number(findings, verdict), driver::Name(verdict));
  }
  return text + "\n";
}

std::string DoctorJson(const std::vector<Finding>& findings, const std::string& device,
                       const std::string& engine) {
  nlohmann::ordered_json document = {{"device", device},
                                     {"engine", engine},
                                     {"ok", Number(findings, Verdict::kOk)},
                                     {"warning", Number(findings, Verdict::kWarning)},
                                     {"failed", Number(findings, Verdict::kFailed)},
                                     {"not_checkable", Number(findings, Verdict::kNotCheckable)},
                                     {"findings", nlohmann::ordered_json::array()}};
  for (const Finding& finding : findings) {
    document["findings"].push_back({{"check", finding.check},
                                    {"verdict", driver::Name(finding.verdict)},
                                    {"found", finding.found},
                                    {"expected", finding.expected},
                                    {"fix", finding.fix}});
  }
  // What a device or the kernel calls something need not be text.
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int DoctorExit(const std::vector<Finding>& findings) {
  return Number(findings, Verdict::kFailed) == 0 ? 0 : 1;
}

}  // namespace fragua::app

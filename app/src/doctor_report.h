#pragma once
// Findings of a board's examination for people and for programs.

#include <string>
#include <vector>

#include "fragua/driver_linux/doctor.h"

namespace fragua::app {

/// A table of checks, then what to do about each that is not good, then one line of totals.
std::string DoctorTable(const std::vector<driver::Finding>& findings);
/// {"device": ..., "failed": N, ..., "findings": [{check, verdict, found, expected, fix}]}
std::string DoctorJson(const std::vector<driver::Finding>& findings, const std::string& device,
                       const std::string& engine);
/// 1 when something failed, else 0.
int DoctorExit(const std::vector<driver::Finding>& findings);

}  // namespace fragua::app

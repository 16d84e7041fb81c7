#pragma once
// Runs Yosys, a process of its own, within a time limit.

#include <chrono>
#include <functional>
#include <string>

namespace fragua::app {

struct YosysRun {
  std::string program = "yosys";  ///< looked for in PATH
  std::string folder;             ///< where it runs
  std::string script;             ///< what stands behind -p
  std::chrono::seconds limit{900};
};

/// Everything Yosys printed, standard error included. `on_line` sees each line as it comes. Throws
/// Error(kInput) when there is no such program, Error(kCheck) when it fails or takes longer than
/// the limit, Interrupted when the user has had enough; the process and its children are gone then.
std::string RunYosys(const YosysRun& run, const std::function<void(const std::string&)>& on_line);

}  // namespace fragua::app

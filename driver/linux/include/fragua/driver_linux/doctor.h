#pragma once
// Looks a board over before anything is run on it: what each thing that can be wrong was found to
// be, what it should be, and the exact way to put it right. docs/ZYBO.md has the table.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver_linux/linux_port.h"
#include "fragua/driver_linux/system.h"

namespace fragua::driver {

enum class Verdict {
  kOk,
  kWarning,       ///< works, but not as well as it should, or nobody could rely on it
  kFailed,        ///< the engine cannot be used, or gives wrong bytes
  kNotCheckable,  ///< `found` says why, `fix` what would make it checkable
};
/// "ok", "warning", "failed", "not checkable".
const char* Name(Verdict verdict);

struct Finding {
  std::string check;  ///< what was looked at, unique
  Verdict verdict = Verdict::kOk;
  std::string found;
  std::string expected;
  std::string fix;  ///< empty when there is nothing to do
};

struct DoctorOptions {
  LinuxPortOptions port;
  BoardConfig board;
  /// The engine is in another process: there is no processor system to look at.
  bool remote = false;
  /// Waits are as long at least: more for an engine that is simulated behind a real clock.
  std::chrono::nanoseconds timeout{std::chrono::milliseconds(2)};
  /// Called with the name of each check before it begins. May throw to end the examination.
  std::function<void(const std::string&)> progress;
};

/// Every check, in order; what depends on one that failed is "not checkable". The engine's
/// registers are not touched while an access could stop the processor. Does not throw for what is
/// wrong with the board; what `progress` throws comes out, and Error(kDevice, "interrupted") when
/// `port.stop` is set.
std::vector<Finding> Diagnose(System& system, const DoctorOptions& options);

}  // namespace fragua::driver

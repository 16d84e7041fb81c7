#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "commands.h"
#include "configs.h"
#include "fragua/driver/board_config.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "progress.h"
#ifdef FRAGUA_HAVE_DRIVER_LINUX
#include "doctor_report.h"
#include "fragua/driver_linux/doctor.h"
#include "linux_device.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_DRIVER_LINUX
int DoctorCommand(const DoctorOptions& options) {
  const driver::EngineConfig engine =
      driver::LoadEngineConfig(ConfigPath("engines", options.engine));
  driver::DoctorOptions examine;
  examine.board = driver::LoadBoardConfig(ConfigPath("boards", options.board));
  examine.timeout = std::chrono::milliseconds(options.device.timeout_ms);
  const LinuxEngine reached = ReachLinuxEngine(options.device, engine);
  examine.port = reached.port;
  examine.remote = reached.remote != nullptr;
  Progress progress("examining", options.quiet);
  constexpr double kChecks = 17;  // when all of them can be made
  double begun = 0;
  examine.progress = [&](const std::string& check) {
    progress.Update(std::min(begun++ / kChecks, 1.0), check);
  };
  std::vector<driver::Finding> findings;
  try {
    findings = driver::Diagnose(reached.system(), examine);
  } catch (...) {
    ThrowIfInterrupted();  // a stop request is not a device error
    throw;
  }
  progress.Finish();
  fmt::print("{}", DoctorTable(findings));
  if (!options.json.empty()) {
    const std::string text = DoctorJson(findings, options.device.name, engine.name);
    model::WriteFileAtomically(options.json,
                               {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  return DoctorExit(findings);
}
#else
int DoctorCommand(const DoctorOptions&) {
  ThrowInput("doctor: this build has no driver for Linux; build it on or for Linux");
}
#endif

}  // namespace fragua::app

// The `fragua` command: reads the command line and turns every way to fail into its exit code.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "command_line.h"
#include "commands.h"
#include "fragua/model/error.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

constexpr int kUsageExit = 2;
constexpr int kFailedExit = 1;
constexpr int kInterruptedExit = 130;

int Main(int argc, char** argv) {
  CLI::App app{"Fragua: co-design of convolutional networks and a small FPGA engine"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("fragua ") + FRAGUA_VERSION);
  RunOptions run;
  RunOptions check;
  QuantizeOptions quantize;
  InspectOptions inspect;
  ReplayOptions replay;
  ServeOptions serve;
  SynthOptions synth;
  DoctorOptions doctor;
  CalibrateOptions calibrate;

  const CLI::App* const run_command = AddRunCommand(app, run);
  const CLI::App* const check_command = AddCheckCommand(app, check);
  const CLI::App* const quantize_command = AddQuantizeCommand(app, quantize);
  AddInspectCommand(app, inspect);
  const CLI::App* const replay_command = AddReplayCommand(app, replay);
  const CLI::App* const serve_command = AddServeCommand(app, serve);
  const CLI::App* const synth_command = AddSynthCommand(app, synth);
  const CLI::App* const doctor_command = AddDoctorCommand(app, doctor);
  const CLI::App* const calibrate_command = AddCalibrateCommand(app, calibrate);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExit;
  }
  InstallInterruptHandler();
  if (*run_command) return RunCommand(run);
  if (*check_command) return CheckCommand(check);
  if (*quantize_command) return QuantizeCommand(quantize);
  if (*replay_command) return ReplayCommand(replay);
  if (*serve_command) return ServeCommand(serve);
  if (*synth_command) return SynthCommand(synth);
  if (*doctor_command) return DoctorCommand(doctor);
  if (*calibrate_command) return CalibrateCommand(calibrate);
  return InspectCommand(inspect);
}

}  // namespace
}  // namespace fragua::app

int main(int argc, char** argv) {
  try {
    return fragua::app::Main(argc, argv);
  } catch (const fragua::app::Interrupted&) {
    fmt::print(stderr, "fragua: interrupted; nothing was written\n");
    return fragua::app::kInterruptedExit;
  } catch (const fragua::Error& error) {
    fmt::print(stderr, "fragua: {}\n", error.what());
    return error.kind() == fragua::ErrorKind::kInput ? fragua::app::kUsageExit
                                                     : fragua::app::kFailedExit;
  } catch (const std::exception& error) {
    fmt::print(stderr, "fragua: unexpected: {}\n", error.what());
    return fragua::app::kFailedExit;
  }
}

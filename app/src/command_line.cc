#include "command_line.h"

#include <CLI/CLI.hpp>

namespace fragua::app {
namespace {

constexpr const char* kLinuxGroup = "Engine under Linux";

}  // namespace

CLI::App* AddReplayCommand(CLI::App& app, ReplayOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "replay", "drive a recorded run into an engine and show the first difference");
  command->add_option("log", options.log, "a file of 'run --record'")->required();
  command->add_option("--engine", options.engine,
                      "engine configuration (default: the recorded one)");
  command->add_option("--backend", options.backend, "what the recording is driven into")
      ->check(CLI::IsMember({"rtl", "functional"}))
      ->capture_default_str();
  command
      ->add_option("--board", options.board, "board configuration; the window is the recording's")
      ->capture_default_str();
  command->add_option("--trace", options.trace, "write a waveform (FST); backend rtl");
  command->add_flag("--quiet", options.quiet, "no progress");
  return command;
}

CLI::App* AddServeCommand(CLI::App& app, ServeOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "serve", "be the engine of another process (run --backend linux --device unix:SOCKET)");
  command->add_option("--socket", options.socket, "path of the Unix-domain socket to make")
      ->required();
  command->add_option("--memory", options.memory,
                      "file that both sides map as DDR (default: the socket's path and .ddr)");
  command
      ->add_option("--memory-offset", options.memory_offset,
                   "where in that file the board's DMA window begins")
      ->capture_default_str();
  command->add_option("--backend", options.backend, "what serves")
      ->check(CLI::IsMember({"rtl", "functional"}))
      ->capture_default_str();
  command->add_option("--engine", options.engine, "engine configuration")->capture_default_str();
  command
      ->add_option("--board", options.board, "board configuration; its window is the memory's size")
      ->capture_default_str();
  command->add_option("--fault", options.faults,
                      "plan a fault, for tests: lost-doorbells:COUNT, reads-hang:BURST[:CYCLES], "
                      "writes-hang:BURST[:CYCLES], read-error:BURST, write-error:BURST");
  command->add_option("--clients", options.clients, "end after so many clients (0 = on Ctrl-C)")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  command->add_flag("--quiet", options.quiet, "say nothing of who comes and goes");
  return command;
}

CLI::App* AddSynthCommand(CLI::App& app, SynthOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "synth", "synthesise an engine with Yosys and show whether it fits its part");
  command
      ->add_option("--engine", options.engine,
                   "engine configuration: a name in configs/engines or a .yaml file")
      ->capture_default_str();
  command->add_option("--json", options.json, "write the report as JSON");
  command->add_option("--limit", options.limit_s, "give up after so many seconds")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_flag("--quiet", options.quiet, "no progress");
  return command;
}

void AddDeviceOptions(CLI::App& command, DeviceOptions& options) {
  command
      .add_option("--device", options.name,
                  "name of the UIO device, uioN, or unix:SOCKET of a 'serve'")
      ->capture_default_str()
      ->group(kLinuxGroup);
  command.add_option("--dma", options.dma, "where memory for the engine comes from")
      ->check(CLI::IsMember({"auto", "udmabuf", "uio", "heap"}))
      ->capture_default_str()
      ->group(kLinuxGroup);
  command.add_option("--dma-mib", options.dma_mib, "MiB to ask of a dma-heap")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->group(kLinuxGroup);
}

void AddTimeoutOption(CLI::App& command, DeviceOptions& options) {
  command
      .add_option("--timeout", options.timeout_ms,
                  "milliseconds to wait for the engine on top of four times the estimate; more for "
                  "an engine that is simulated behind a real clock")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str()
      ->group(kLinuxGroup);
}

CLI::App* AddDoctorCommand(CLI::App& app, DoctorOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "doctor", "look a board over: what is wrong with it, and how to put it right");
  AddDeviceOptions(*command, options.device);
  AddTimeoutOption(*command, options.device);
  command->add_option("--engine", options.engine, "the engine that the bitstream should have")
      ->capture_default_str();
  command->add_option("--board", options.board, "board configuration")->capture_default_str();
  command->add_option("--json", options.json, "write the findings as JSON");
  command->add_flag("--quiet", options.quiet, "no progress");
  return command;
}

CLI::App* AddCalibrateCommand(CLI::App& app, CalibrateOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "calibrate", "time the processor's kernels on this machine and write a board file with it");
  command
      ->add_option("--board", options.board,
                   "the board file to start from: a name in configs/boards or a .yaml file")
      ->capture_default_str();
  command->add_option("--output", options.output, "the board file to write")->required();
  command
      ->add_option("--backend", options.backend,
                   "measure a device's registers and cache maintenance too: linux on a board")
      ->check(CLI::IsMember({"none", "linux", "functional", "rtl"}))
      ->capture_default_str();
  command->add_option("--engine", options.engine, "the engine that the device has")
      ->capture_default_str();
  AddDeviceOptions(*command, options.device);
  command->add_option("--seconds", options.seconds, "time spent on every figure")
      ->check(CLI::Range(0.001, 60.0))
      ->capture_default_str();
  command->add_flag("--quiet", options.quiet, "no progress");
  return command;
}

}  // namespace fragua::app

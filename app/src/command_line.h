#pragma once
// The options of each subcommand, as the user types them.

#include "options.h"

namespace CLI {
class App;
}

namespace fragua::app {

/// The options of a command that reaches an engine under Linux, and of one that waits for its
/// results, too.
void AddDeviceOptions(CLI::App& command, DeviceOptions& options);
void AddTimeoutOption(CLI::App& command, DeviceOptions& options);

// Each declares a subcommand of `app` whose options go into `options`, which must live as long.

CLI::App* AddRunCommand(CLI::App& app, RunOptions& options);
CLI::App* AddCheckCommand(CLI::App& app, RunOptions& options);
CLI::App* AddQuantizeCommand(CLI::App& app, QuantizeOptions& options);
CLI::App* AddInspectCommand(CLI::App& app, InspectOptions& options);
CLI::App* AddReplayCommand(CLI::App& app, ReplayOptions& options);
CLI::App* AddServeCommand(CLI::App& app, ServeOptions& options);
CLI::App* AddSynthCommand(CLI::App& app, SynthOptions& options);
CLI::App* AddDoctorCommand(CLI::App& app, DoctorOptions& options);
CLI::App* AddCalibrateCommand(CLI::App& app, CalibrateOptions& options);

}  // namespace fragua::app

#pragma once
// The subcommands. Each returns the process's exit code (0, or 1 for a failed check) and throws
// Error for the rest.

#include "options.h"

namespace fragua::app {

int RunCommand(const RunOptions& options);
int CheckCommand(const RunOptions& options);
int QuantizeCommand(const QuantizeOptions& options);
int InspectCommand(const InspectOptions& options);
int ReplayCommand(const ReplayOptions& options);
int ServeCommand(const ServeOptions& options);
int SynthCommand(const SynthOptions& options);
int DoctorCommand(const DoctorOptions& options);
int CalibrateCommand(const CalibrateOptions& options);

}  // namespace fragua::app

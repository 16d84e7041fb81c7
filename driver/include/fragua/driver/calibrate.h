#pragma once
// Measures on the machine it runs on what the board file assumes about a processor.

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"

namespace fragua::driver {

struct Calibration {
  /// Of every ArmKernel, for BestKernels() on one thread and the board file's instruction figures:
  /// measured time * clock / predicted instructions. All positive.
  std::array<double, kArmKernels> cycles_per_instruction{};
  double copy_bytes_per_ns = 0;  ///< NHWC to the engine's layout and back, mean of both
  /// Only with a device.
  struct Device {
    double clean_ns_per_line = 0;
    double invalidate_ns_per_line = 0;
    double register_read_ns = 0;
    double register_write_ns = 0;
  };
  std::optional<Device> device;
};

struct CalibrateOptions {
  double seconds = 0.2;  ///< for every figure; at least one run of each kernel is made
  /// Called between runs with the share done and what is measured; may throw to end the work.
  std::function<void(double, const std::string&)> progress;
  /// Seconds that only grow; null: the system's steady clock.
  std::function<double()> clock;
};

/// `port`, when there is one, is a device whose identity has been checked and which is idle: its
/// window's buffers are released, and nothing is written to it that has an effect. Throws what
/// `progress` and the port throw, and Error(kDevice) when the clock stands still.
Calibration Calibrate(const BoardConfig& board, const CalibrateOptions& options,
                      DevicePort* port = nullptr);

}  // namespace fragua::driver

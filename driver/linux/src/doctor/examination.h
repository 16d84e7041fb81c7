#pragma once
// One examination: what has been found so far, and what the parts of it need.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fragua/driver_linux/doctor.h"
#include "fragua/model/error.h"
#include "uio.h"

namespace fragua::driver {

class Examination {
 public:
  /// Both are used until destruction.
  Examination(System& system, const DoctorOptions& options) : system_(system), options_(options) {}

  System& system() const { return system_; }
  const DoctorOptions& options() const { return options_; }

  /// Says that a check begins.
  void Begin(const std::string& check);
  /// The check that has begun has ended.
  void Add(Verdict verdict, std::string found, std::string expected = "", std::string fix = "");
  /// An error of the driver's as a finding: what it says to do is behind its last semicolon.
  void AddFailure(const Error& error, std::string expected);
  /// A check that cannot be made.
  void Skip(const std::string& check, std::string why, std::string fix = "");

  const std::vector<Finding>& findings() const { return findings_; }

 private:
  System& system_;
  const DoctorOptions& options_;
  std::string check_;
  std::vector<Finding> findings_;
};

// The parts. Each adds a finding for every check of its own.

/// Processor system, without a look at the engine. True when an access to the engine's registers
/// will be answered as far as can be seen.
bool CheckProcessorSystem(Examination& exam);

/// The UIO device's name; nothing when there is none to work with.
std::optional<std::string> CheckDevice(Examination& exam);

/// ID, version, register map, capabilities; true when the engine is the one meant.
bool CheckIdentity(Examination& exam, LinuxPort& port);
/// An interrupt raised and waited for.
void CheckInterrupt(Examination& exam, LinuxPort& port, const std::string& device_name);

/// Memory taken, where it lies, how fast it is; true when there is some.
bool CheckMemory(Examination& exam, LinuxPort& port);
/// The engine's clock by its own watchdog.
void CheckClock(Examination& exam, LinuxPort& port);

/// Data lines from memory to the engine; true when every one carries both values.
bool CheckReadLanes(Examination& exam, LinuxPort& port);
/// A copy through the engine that shows data lines from the engine to memory, and a convolution.
void CheckLayers(Examination& exam, LinuxPort& port);

}  // namespace fragua::driver

#pragma once
// What the compiler must know of an engine: the CAPS registers, or the same numbers from configs/engines/NAME.yaml.

#include <cstdint>
#include <string>

namespace fragua::driver {

struct EngineConfig {
  std::string name = "zybo-z7-10";
  std::string part = "xc7z010";
  int pc = 8;                    ///< input channels per cycle: 2, 4 or 8
  int pk = 16;                   ///< output channels per cycle: 8, 16 or 32
  int lanes = 8;                 ///< requantised outputs per cycle: 1, 2, 4 or 8
  int acc_bits = 25;             ///< accumulator width: 20..32
  int activation_words = 12800;  ///< 64-bit words
  int squeeze_words = 2048;      ///< 64-bit words
  int weight_words = 512;        ///< words of pc*pk bytes, a power of two
  int pool_words = 1024;         ///< 64-bit words
  int store_fifo_words = 1024;   ///< 64-bit words
  int queue_commands = 4;        ///< commands held per unit
  int read_outstanding = 8;      ///< bursts in flight
  double clock_mhz = 100.0;
  /// Copies of the engine side by side, 1..kMaxEngines. Everything above is of each of them.
  int engines = 1;

  /// A Zynq-7000 has so many high-performance ports, and every engine has one of its own.
  static constexpr int kMaxEngines = 4;

  /// Of one engine.
  int macs_per_cycle() const { return pc * pk; }
  int words_per_pixel() const { return pk / 8; }
  bool operator==(const EngineConfig&) const = default;
};

/// Reads and checks configs/engines/NAME.yaml; throws Error(kInput) naming file, line, key, found and expected (unknown keys included).
EngineConfig LoadEngineConfig(const std::string& path);
/// Throws Error(kInput) naming the field that is out of range.
void ValidateEngineConfig(const EngineConfig& config, const std::string& origin);

}  // namespace fragua::driver

#pragma once
// Save files of GTKWave: which signals of a waveform are shown, and where one looks first.

#include <cstdint>
#include <string>
#include <vector>

#include "diagnosis.h"
#include "fragua/driver/engine_config.h"

namespace fragua::app {

struct Wave {
  enum class Format { kHex, kDecimal, kSigned, kBit };
  std::string name;  ///< hierarchical, without the range
  int width = 1;
  Format format = Format::kBit;
};

struct WaveGroup {
  std::string title;
  std::vector<Wave> waves;
};

/// The signals that matter for a cause: of output channel `slot` of the K-block, on an engine of
/// this configuration.
std::vector<WaveGroup> WavesFor(Cause cause, const driver::EngineConfig& engine, int slot);

/// `fst` is the waveform's file name, relative to the save file; engine cycle n is at time 10 n.
std::string GtkwText(const std::string& fst, uint64_t first_cycle, uint64_t marked_cycle,
                     const std::vector<WaveGroup>& groups);

}  // namespace fragua::app

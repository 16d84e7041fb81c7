#pragma once
// What Yosys says of an engine: cells per module, counted in the units of a 7-series part, and
// everything that speaks against it.

#include <string>
#include <vector>

#include "part.h"

namespace fragua::app {

/// Cells in the units of the part.
struct Area {
  int lut_logic = 0;   ///< LUT1..LUT6 and inverters, one each: none is paired or absorbed
  int lut_memory = 0;  ///< LUTs that serve as memory or as shift registers
  int ff = 0;
  int latches = 0;
  int dsp48e1 = 0;
  int ramb36 = 0;
  int ramb18 = 0;

  int lut() const { return lut_logic + lut_memory; }
  int ramb18_equivalents() const { return 2 * ramb36 + ramb18; }
  /// Blocks of 36 Kb that are needed when halves are paired.
  int ramb36_equivalents() const { return (ramb18_equivalents() + 1) / 2; }
  Area& operator+=(const Area& other);
  Area operator*(int times) const;
  bool operator==(const Area&) const = default;
};

/// One module at one place of the hierarchy, without the modules below it.
struct ModuleArea {
  std::string path;    ///< module names from the top, joined by '/'
  std::string module;  ///< without its parameters
  int depth = 0;       ///< 0 = top
  int instances = 0;   ///< in one engine
  Area area;           ///< of all of them
};

struct SynthesisReport {
  std::string engine;
  Part part;
  int engines = 1;                    ///< side by side; one is synthesised, and they are alike
  std::vector<ModuleArea> modules;    ///< of one engine, parents before children
  Area one;                           ///< one engine: the sum of the modules
  std::vector<std::string> warnings;  ///< of Yosys, each once, without the waived ones

  /// All engines.
  Area total() const { return one * engines; }
  /// Every reason for which the engines may not go to the part, in words; empty when they fit.
  std::vector<std::string> Objections() const;
};

/// From the log of a run that ends with `stat -json`. Throws Error(kCheck) when there are no
/// statistics in it, or cells that a 7-series part does not have.
SynthesisReport ReadSynthesisLog(const std::string& log, const std::string& top);

/// The table on standard output.
void PrintSynthesis(const SynthesisReport& report);
/// Writes the JSON form atomically; throws Error(kInput) when the file cannot be written.
void WriteSynthesisJson(const SynthesisReport& report, const std::string& path);

}  // namespace fragua::app

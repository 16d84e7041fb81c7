#pragma once
// What a programmable part offers: configs/parts/NAME.yaml.

#include <string>

namespace fragua::app {

struct Part {
  std::string name;
  int lut = 0;
  int ff = 0;
  int dsp48e1 = 0;
  int ramb36 = 0;  ///< blocks of 36 Kb, each usable as two of 18 Kb
};

/// Reads and checks a part; throws Error(kInput) naming file, line, key, found and expected.
Part LoadPart(const std::string& path);

}  // namespace fragua::app

#pragma once
// What a waveform holds, by the reader that Verilator's runtime brings along.

#include <filesystem>
#include <set>
#include <string>

#include "gtkwave/fstapi.h"

namespace fragua::test {

/// Names in a waveform as GTKWave shows them: "TOP.fr_engine.clk_i", "TOP.x.y[7:0]".
inline std::set<std::string> SignalsOf(const std::filesystem::path& fst) {
  std::set<std::string> names;
  void* file = fstReaderOpen(fst.c_str());
  if (file == nullptr) return names;
  while (const fstHier* each = fstReaderIterateHier(file)) {
    if (each->htyp == FST_HT_SCOPE) {
      fstReaderPushScope(file, each->u.scope.name, nullptr);
    } else if (each->htyp == FST_HT_UPSCOPE) {
      fstReaderPopScope(file);
    } else if (each->htyp == FST_HT_VAR) {
      std::string name = std::string(fstReaderGetCurrentFlatScope(file)) + "." + each->u.var.name;
      std::erase(name, ' ');
      names.insert(name);
    }
  }
  fstReaderClose(file);
  return names;
}

}  // namespace fragua::test

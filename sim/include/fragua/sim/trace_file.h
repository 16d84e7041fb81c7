#pragma once
// Where the waveform of an engine goes.

#include <filesystem>
#include <string>

namespace fragua::sim {

/// Of several engines each has a file of its own: wave.fst becomes wave.engine0.fst,
/// wave.engine1.fst and so on. Of one engine, `path` as it is. Empty stays empty.
inline std::string TraceFileOf(const std::string& path, int engine, int engines) {
  if (engines == 1 || path.empty()) return path;
  std::filesystem::path file(path);
  const std::string extension = file.extension().string();
  return file.replace_extension(".engine" + std::to_string(engine) + extension).string();
}

}  // namespace fragua::sim

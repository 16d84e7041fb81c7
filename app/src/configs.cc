#include "configs.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

namespace fs = std::filesystem;

// The folder that holds boards/, engines/ ...: the environment's word first, then upwards from the
// executable, so that a build tree inside the source tree and an installed `bin` beside `configs`
// both work without any path being compiled in.
fs::path ConfigRoot() {
  if (const char* folder = std::getenv("FRAGUA_CONFIGS")) return folder;
  std::error_code failed;
  fs::path folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  if (failed) folder = fs::current_path();
  for (;; folder = folder.parent_path()) {
    for (const char* below : {"configs", "share/fragua/configs"}) {
      if (fs::is_directory(folder / below / "engines", failed)) return folder / below;
    }
    if (folder == folder.parent_path()) break;
  }
  return "configs";
}

bool IsPath(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml");
}

}  // namespace

bool HasConfig(const std::string& kind, const std::string& name) {
  std::error_code failed;
  const fs::path path = IsPath(name) ? fs::path(name) : ConfigRoot() / kind / (name + ".yaml");
  return fs::is_regular_file(path, failed);
}

std::string ConfigPath(const std::string& kind, const std::string& name) {
  if (IsPath(name)) {
    if (!HasConfig(kind, name)) ThrowInput(name + ": no such file; expected a YAML configuration");
    return name;
  }
  const fs::path folder = ConfigRoot() / kind;
  const fs::path path = folder / (name + ".yaml");
  if (fs::is_regular_file(path)) return path.string();
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  if (known.empty()) {
    ThrowInput("no configurations found in " + folder.string() +
               "; set FRAGUA_CONFIGS to the project's configs folder");
  }
  ThrowInput("no configuration '" + name + "' in " + folder.string() + "; known: " + known +
             " (or give a path to a .yaml file)");
}

std::string RtlFolder() {
  const fs::path folder = fs::absolute(ConfigRoot()).parent_path() / "rtl";
  std::error_code failed;
  if (!fs::is_regular_file(folder / "fr_engine.sv", failed)) {
    ThrowInput(
        "no fr_engine.sv in " + folder.string() +
        "; synthesis needs the project's source tree: run the fragua that is built in it, or "
        "set FRAGUA_CONFIGS to its configs folder");
  }
  return folder.string();
}

}  // namespace fragua::app

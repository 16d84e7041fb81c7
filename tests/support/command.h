#pragma once
// Runs the `fragua` command as a user would, in a folder of its own.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fragua::test {

struct Outcome {
  int exit_code = -1;
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

/// A folder that disappears with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fragua-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  /// Names of the files in it, so that a test can see that nothing was left behind.
  size_t files() const {
    const auto all = std::filesystem::directory_iterator(path_);
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

 private:
  std::filesystem::path path_;
};

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

#ifdef FRAGUA_COMMAND
/// FRAGUA_COMMAND is the path of the executable, a definition of the test's target. `arguments` go
/// through the shell.
inline Outcome Fragua(const std::string& arguments) {
  const ScratchFolder scratch;
  const std::string command =
      std::string("FRAGUA_CONFIGS='" FRAGUA_SOURCE_DIR "/configs' '" FRAGUA_COMMAND "' ") +
      arguments + " >'" + (scratch / "out").string() + "' 2>'" + (scratch / "err").string() +
      "' </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = ReadText(scratch / "out");
  outcome.err = ReadText(scratch / "err");
  return outcome;
}
#endif

}  // namespace fragua::test

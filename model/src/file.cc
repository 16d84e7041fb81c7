#include "fragua/model/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "fragua/model/error.h"

namespace fragua::model {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

[[noreturn]] void Fail(const std::string& path, const char* what, int error) {
  ThrowInput(fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

/// A file beside the target that disappears unless it is renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : name_(target + ".XXXXXX") {
    const int descriptor = mkstemp(name_.data());
    if (descriptor < 0) Fail(target, "cannot be written", errno);
    // mkstemp makes a private file; the result is an ordinary one.
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(descriptor, 0666 & ~mask) == 0) file_.reset(fdopen(descriptor, "wb"));
    if (!file_) {
      const int error = errno;
      close(descriptor);
      unlink(name_.c_str());
      Fail(target, "cannot be written", error);
    }
  }
  ~TemporaryFile() {
    if (!name_.empty()) unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void Write(std::span<const uint8_t> bytes, const std::string& target) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size() ||
        std::fflush(file_.get()) != 0) {
      Fail(target, "cannot be written", errno);
    }
  }
  void RenameTo(const std::string& target) {
    // A full disk may show up only when the file is closed.
    if (std::fclose(file_.release()) != 0) Fail(target, "cannot be written", errno);
    if (std::rename(name_.c_str(), target.c_str()) != 0) Fail(target, "cannot be written", errno);
    name_.clear();
  }

 private:
  std::string name_;
  FilePointer file_;
};

}  // namespace

std::vector<uint8_t> ReadFile(const std::string& path) {
  const FilePointer file(std::fopen(path.c_str(), "rb"));
  if (!file) Fail(path, "cannot be read", errno);
  std::vector<uint8_t> bytes;
  constexpr size_t kChunk = size_t{1} << 20;
  size_t got = kChunk;
  while (got == kChunk) {
    const size_t before = bytes.size();
    bytes.resize(before + kChunk);
    got = std::fread(bytes.data() + before, 1, kChunk, file.get());
    bytes.resize(before + got);
  }
  if (std::ferror(file.get())) Fail(path, "cannot be read", errno);
  return bytes;
}

void WriteFileAtomically(const std::string& path, std::span<const uint8_t> bytes) {
  TemporaryFile file(path);
  file.Write(bytes, path);
  file.RenameTo(path);
}

}  // namespace fragua::model

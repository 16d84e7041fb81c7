#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine_server.h"
#include "fragua/model/error.h"

namespace fragua::app {

SharedMemory::SharedMemory(const std::string& path, uint64_t offset, size_t bytes) : path_(path) {
  const auto fail = [&](const char* what) {
    const int error = errno;
    if (file_ >= 0) close(file_);
    if (created_) unlink(path_.c_str());
    ThrowInput(fmt::format("{}: {}: {}", path_, what, std::strerror(error)));
  };
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  created_ = file_ >= 0;
  if (!created_ && errno == EEXIST) file_ = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file_ < 0) fail("memory file cannot be opened");
  struct stat status {};
  if (fstat(file_, &status) != 0) fail("memory file cannot be read");
  const uint64_t end = offset + bytes;
  if (static_cast<uint64_t>(status.st_size) < end &&
      ftruncate(file_, static_cast<off_t>(end)) != 0) {
    fail("memory file cannot be made large enough");
  }
  void* const address =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(offset));
  if (address == MAP_FAILED) fail("memory file cannot be mapped");
  bytes_ = {static_cast<uint8_t*>(address), bytes};
}

SharedMemory::~SharedMemory() {
  munmap(bytes_.data(), bytes_.size());
  close(file_);
  if (created_) unlink(path_.c_str());
}

}  // namespace fragua::app

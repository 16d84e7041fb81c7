#include "resources.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

constexpr size_t kLongestText = size_t{1} << 20;

[[noreturn]] void ThrowDevice(const std::string& text) { throw Error(ErrorKind::kDevice, text); }

}  // namespace

std::string Reason(int64_t result) { return std::strerror(static_cast<int>(-result)); }

Descriptor OpenDevice(System& system, const std::string& path, int flags,
                      const std::string& advice) {
  const int fd = Uninterrupted([&] { return system.Open(path, flags); });
  if (fd >= 0) return {system, fd};
  if (fd == -EACCES || fd == -EPERM) {
    ThrowDevice(fmt::format(
        "{}: {}; install the udev rule driver/linux/60-fragua.rules and join the group 'fragua' "
        "(or run as root)",
        path, Reason(fd)));
  }
  ThrowDevice(fmt::format("{}: {}; {}", path, Reason(fd), advice));
}

Mapping MapDevice(System& system, const Descriptor& file, size_t bytes, uint64_t offset,
                  const std::string& what) {
  void* address = nullptr;
  const int result = Uninterrupted([&] { return system.Map(file.get(), bytes, offset, address); });
  if (result < 0) {
    ThrowDevice(fmt::format("{}: {} bytes cannot be mapped: {}", what, bytes, Reason(result)));
  }
  return {system, address, bytes};
}

std::optional<std::string> ReadAttribute(System& system, const std::string& path) {
  const int fd = Uninterrupted([&] { return system.Open(path, O_RDONLY); });
  if (fd < 0) return std::nullopt;
  const Descriptor file(system, fd);
  std::string text;
  char chunk[4096];
  while (text.size() < kLongestText) {
    const int64_t got = Uninterrupted([&] { return system.Read(file.get(), chunk, sizeof chunk); });
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    text.append(chunk, static_cast<size_t>(got));
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

uint64_t ReadNumber(System& system, const std::string& path) {
  const auto text = ReadAttribute(system, path);
  if (!text) ThrowDevice(path + ": cannot be read; the kernel driver behind it is not as expected");
  char* end = nullptr;
  errno = 0;
  const uint64_t value = std::strtoull(text->c_str(), &end, 0);
  if (text->empty() || *end != '\0' || errno != 0) {
    ThrowDevice(fmt::format("{}: found '{}', expected a number", path, *text));
  }
  return value;
}

}  // namespace fragua::driver

#pragma once
// Open files and mappings as objects that give back what they hold, and calls that are repeated
// when a signal interrupts them.

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "fragua/driver_linux/system.h"

namespace fragua::driver {

/// Repeats an interrupted call. Signals are rare; a call that is interrupted a thousand times in a
/// row is a fault of its own and is reported as EINTR.
template <typename Call>
auto Uninterrupted(Call call) -> decltype(call()) {
  auto result = call();
  for (int i = 0; i < 1000 && result == -EINTR; ++i) result = call();
  return result;
}

class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(System& system, int fd) : system_(&system), fd_(fd) {}
  ~Descriptor() { Reset(); }
  Descriptor(Descriptor&& other) noexcept
      : system_(other.system_), fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Reset();
      system_ = other.system_;
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset() {
    // Closing is not repeated when interrupted: Linux has closed the file all the same.
    if (fd_ >= 0) system_->Close(std::exchange(fd_, -1));
  }

 private:
  System* system_ = nullptr;
  int fd_ = -1;
};

class Mapping {
 public:
  Mapping() = default;
  Mapping(System& system, void* address, size_t bytes)
      : system_(&system), address_(address), bytes_(bytes) {}
  ~Mapping() { Reset(); }
  Mapping(Mapping&& other) noexcept
      : system_(other.system_),
        address_(std::exchange(other.address_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      Reset();
      system_ = other.system_;
      address_ = std::exchange(other.address_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  uint8_t* data() const { return static_cast<uint8_t*>(address_); }
  size_t size() const { return bytes_; }
  void Reset() {
    if (address_ != nullptr) system_->Unmap(std::exchange(address_, nullptr), bytes_);
  }

 private:
  System* system_ = nullptr;
  void* address_ = nullptr;
  size_t bytes_ = 0;
};

/// "Permission denied" and the like, for a negative result of System.
std::string Reason(int64_t result);

/// Opens or throws Error(kDevice): no permission names the udev rule, no such device `advice`.
Descriptor OpenDevice(System& system, const std::string& path, int flags,
                      const std::string& advice);

/// Maps or throws Error(kDevice) naming `what`, the size and the reason.
Mapping MapDevice(System& system, const Descriptor& file, size_t bytes, uint64_t offset,
                  const std::string& what);

/// A small text file without its last line feed (sysfs attributes, /proc); empty when it cannot be
/// read.
std::optional<std::string> ReadAttribute(System& system, const std::string& path);

/// A sysfs attribute that is a number, decimal or 0x...; throws Error(kDevice) naming the file when
/// it is missing or no number.
uint64_t ReadNumber(System& system, const std::string& path);

}  // namespace fragua::driver

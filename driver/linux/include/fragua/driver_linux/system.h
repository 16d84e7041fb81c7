#pragma once
// The one seam between the Linux device port and the kernel: every system call and every load or
// store of a device register goes through here, so that tests can make each of them fail, and so
// that an engine at the other end of a socket looks like one behind UIO.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fragua::driver {

/// What tells one open file from another (for /proc/locks).
struct FileIdentity {
  unsigned major = 0, minor = 0;  ///< of the file system the file is on
  uint64_t inode = 0;
};

/// Calls answer a negative errno on failure, as the kernel does; none throws because of one, and
/// none repeats an interrupted one.
class System {
 public:
  virtual ~System() = default;

  virtual int Open(const std::string& path, int flags) = 0;
  /// A connected stream socket of the Unix domain.
  virtual int Connect(const std::string& path) = 0;
  virtual int Close(int fd) = 0;
  virtual int64_t Read(int fd, void* data, size_t bytes) = 0;
  virtual int64_t ReadAt(int fd, void* data, size_t bytes, uint64_t offset) = 0;
  virtual int64_t Write(int fd, const void* data, size_t bytes) = 0;
  /// Waits until `fd` can be read or has failed: 1, or 0 after `timeout`.
  virtual int Poll(int fd, std::chrono::nanoseconds timeout) = 0;
  virtual int Ioctl(int fd, unsigned long request, void* argument) = 0;
  /// Exclusive advisory lock on the open file, without waiting: -EWOULDBLOCK when somebody has it.
  virtual int Lock(int fd) = 0;
  virtual int Identify(int fd, FileIdentity& identity) = 0;
  /// Shared, readable and writable mapping. `address` is set on success only.
  virtual int Map(int fd, size_t bytes, uint64_t offset, void*& address) = 0;
  virtual int Unmap(void* address, size_t bytes) = 0;
  /// Names in a folder, sorted; empty when it cannot be read.
  virtual std::vector<std::string> List(const std::string& folder) = 0;

  /// One access to a device register, complete and in order with every other access to memory
  /// when the call returns.
  virtual uint32_t LoadRegister(const volatile uint32_t* address) = 0;
  virtual void StoreRegister(volatile uint32_t* address, uint32_t value) = 0;
  /// Every earlier access to memory has happened before any later one.
  virtual void Barrier() = 0;

  /// Monotonic.
  virtual std::chrono::nanoseconds Now() = 0;
};

/// The kernel. Stateless.
System& RealSystem();

}  // namespace fragua::driver

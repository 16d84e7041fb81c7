#include "fragua/driver_linux/system.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace fragua::driver {
namespace {

/// int or ssize_t, which are the same type on some processors.
template <typename T>
T Result(T value) {
  return value < 0 ? static_cast<T>(-errno) : value;
}

/// DSB rather than DMB: a doorbell must not be rung before what it announces is in memory, and DSB
/// waits for that while DMB only orders what this processor's observers see.
void FullBarrier() {
#if defined(__arm__) || defined(__aarch64__)
  asm volatile("dsb sy" ::: "memory");
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

class Kernel : public System {
 public:
  int Open(const std::string& path, int flags) override {
    return Result(open(path.c_str(), flags | O_CLOEXEC));
  }
  int Connect(const std::string& path) override {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    const int error = errno;
    close(fd);
    return -error;
  }
  int Close(int fd) override { return Result(close(fd)); }
  int64_t Read(int fd, void* data, size_t bytes) override { return Result(read(fd, data, bytes)); }
  int64_t ReadAt(int fd, void* data, size_t bytes, uint64_t offset) override {
    return Result(pread(fd, data, bytes, static_cast<off_t>(offset)));
  }
  int64_t Write(int fd, const void* data, size_t bytes) override {
    // A peer that has gone away is an error to report, not a signal to die of. A kernel without
    // networking knows no send().
    const ssize_t sent = send(fd, data, bytes, MSG_NOSIGNAL);
    if (sent >= 0 || (errno != ENOTSOCK && errno != ENOSYS)) return Result(sent);
    return Result(write(fd, data, bytes));
  }
  int Poll(int fd, std::chrono::nanoseconds timeout) override {
    const int64_t ns = std::max<int64_t>(timeout.count(), 0);
    timespec limit{};
    limit.tv_sec = static_cast<time_t>(std::min<int64_t>(ns / 1'000'000'000, 1 << 30));
    limit.tv_nsec = static_cast<long>(ns % 1'000'000'000);
    pollfd entry{fd, POLLIN, 0};
    return Result(ppoll(&entry, 1, &limit, nullptr));
  }
  int Ioctl(int fd, unsigned long request, void* argument) override {
    return Result(ioctl(fd, request, argument));
  }
  int Lock(int fd) override { return Result(flock(fd, LOCK_EX | LOCK_NB)); }
  int Identify(int fd, FileIdentity& identity) override {
    struct stat status {};
    if (fstat(fd, &status) < 0) return -errno;
    identity = {major(status.st_dev), minor(status.st_dev), status.st_ino};
    return 0;
  }
  int Map(int fd, size_t bytes, uint64_t offset, void*& address) override {
    void* const mapped =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (mapped == MAP_FAILED) return -errno;
    address = mapped;
    return 0;
  }
  int Unmap(void* address, size_t bytes) override { return Result(munmap(address, bytes)); }
  std::vector<std::string> List(const std::string& folder) override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  uint32_t LoadRegister(const volatile uint32_t* address) override {
    const uint32_t value = *address;
    FullBarrier();
    return value;
  }
  void StoreRegister(volatile uint32_t* address, uint32_t value) override {
    FullBarrier();
    *address = value;
    FullBarrier();
  }
  void Barrier() override { FullBarrier(); }
  std::chrono::nanoseconds Now() override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

}  // namespace

System& RealSystem() {
  static Kernel kernel;
  return kernel;
}

}  // namespace fragua::driver

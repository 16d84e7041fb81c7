#include "fragua/driver_linux/remote_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>
#include <map>
#include <utility>

#include "fragua/driver_linux/remote_protocol.h"
#include "fragua/model/error.h"
#include "resources.h"

namespace fragua::driver {
namespace remote {
namespace {

template <typename T>
void Put(uint8_t* to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}
template <typename T>
T Get(const uint8_t* from) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(T{from[i]} << (8 * i));
  return value;
}

}  // namespace

std::array<uint8_t, kMessageBytes> Encode(const Message& message) {
  std::array<uint8_t, kMessageBytes> bytes{};
  Put(bytes.data(), static_cast<uint32_t>(message.kind));
  Put(bytes.data() + 4, message.a);
  Put(bytes.data() + 8, message.b);
  Put(bytes.data() + 16, message.c);
  return bytes;
}

Message Decode(const std::array<uint8_t, kMessageBytes>& bytes) {
  return {static_cast<Kind>(Get<uint32_t>(bytes.data())), Get<uint32_t>(bytes.data() + 4),
          Get<uint32_t>(bytes.data() + 8), Get<uint64_t>(bytes.data() + 16)};
}

std::array<uint8_t, kWelcomeBytes> Encode(const Welcome& welcome) {
  std::array<uint8_t, kWelcomeBytes> bytes{};
  Put(bytes.data(), welcome.window_base);
  Put(bytes.data() + 4, welcome.window_bytes);
  Put(bytes.data() + 8, welcome.file_offset);
  return bytes;
}

Welcome DecodeWelcome(const std::array<uint8_t, kWelcomeBytes>& bytes) {
  return {Get<uint32_t>(bytes.data()), Get<uint32_t>(bytes.data() + 4),
          Get<uint64_t>(bytes.data() + 8)};
}

}  // namespace remote

namespace {

using remote::Kind;
using remote::Message;
using std::chrono::nanoseconds;

/// The server answers everything within a second.
constexpr nanoseconds kSilence = std::chrono::seconds(20);
const char* const kDevice = "/dev/uio0";

/// The socket: whole messages, bounded waits, one sentence for each way to fail.
class Connection {
 public:
  Connection(System& system, const std::string& path)
      : system_(system), path_(path), socket_(system, Open()) {}

  void Send(const Message& message) {
    const auto bytes = remote::Encode(message);
    for (size_t done = 0; done < bytes.size();) {
      const int64_t sent = Uninterrupted(
          [&] { return system_.Write(socket_.get(), bytes.data() + done, bytes.size() - done); });
      if (sent <= 0) Lost(sent);
      done += static_cast<size_t>(sent);
    }
  }
  Message Receive() {
    std::array<uint8_t, remote::kMessageBytes> bytes{};
    ReceiveBytes(bytes.data(), bytes.size());
    return remote::Decode(bytes);
  }
  void ReceiveBytes(void* to, size_t bytes) {
    auto* at = static_cast<uint8_t*>(to);
    const nanoseconds deadline = system_.Now() + kSilence;
    while (bytes > 0) {
      const nanoseconds left = deadline - system_.Now();
      const int ready = left.count() > 0 ? system_.Poll(socket_.get(), left) : 0;
      if (ready == -EINTR) continue;
      if (ready < 0) Lost(ready);
      if (ready == 0) {
        Fail(fmt::format("has said nothing for {} s; is it stopped?",
                         kSilence.count() / 1000000000));
      }
      const int64_t got = Uninterrupted([&] { return system_.Read(socket_.get(), at, bytes); });
      if (got == -EAGAIN) continue;
      if (got <= 0) Lost(got);
      at += got;
      bytes -= static_cast<size_t>(got);
    }
  }
  std::string ReceiveText(uint64_t bytes) {
    if (bytes > remote::kMaxText) Fail(fmt::format("sent a text of {} bytes", bytes));
    std::string text(static_cast<size_t>(bytes), '\0');
    ReceiveBytes(text.data(), text.size());
    return text;
  }
  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorKind::kDevice, fmt::format("the engine's server at {} {}", path_, what));
  }

 private:
  int Open() {
    const int fd = Uninterrupted([&] { return system_.Connect(path_); });
    if (fd < 0) {
      throw Error(ErrorKind::kDevice,
                  fmt::format("no engine at unix:{}: {}; start one with 'fragua serve --socket {}'",
                              path_, Reason(fd), path_));
    }
    return fd;
  }
  [[noreturn]] void Lost(int64_t result) const {
    Fail(fmt::format("has gone ({}); see what it said last, and start it again",
                     result == 0 ? "connection closed" : Reason(result)));
  }

  System& system_;
  std::string path_;
  Descriptor socket_;
};

class RemoteSystem : public System {
 public:
  RemoteSystem(System& system, const std::string& path)
      : system_(system), connection_(system, path) {
    const Message hello = connection_.Receive();
    if (hello.kind != Kind::kHello || hello.a != remote::kVersion) {
      connection_.Fail(
          fmt::format("speaks protocol version {}, this program {}; use the same build", hello.a,
                      remote::kVersion));
    }
    holder_ = hello.b;
    if (hello.c < remote::kWelcomeBytes) connection_.Fail("sent no description of its memory");
    std::array<uint8_t, remote::kWelcomeBytes> bytes{};
    connection_.ReceiveBytes(bytes.data(), bytes.size());
    welcome_ = remote::DecodeWelcome(bytes);
    const std::string file = connection_.ReceiveText(hello.c - remote::kWelcomeBytes);
    memory_ = OpenDevice(system_, file, O_RDWR, "the server's memory file must be reachable here");
    const std::string maps = "/sys/class/uio/uio0/maps/map";
    texts_ = {{"/sys/class/uio/uio0/name", "fragua"},
              {maps + "0/addr", "0x43C00000"},
              {maps + "0/size", "0x1000"},
              {maps + "0/offset", "0x0"},
              {maps + "1/addr", fmt::format("0x{:X}", welcome_.window_base)},
              {maps + "1/size", fmt::format("0x{:X}", welcome_.window_bytes)},
              {maps + "1/offset", "0x0"}};
    if (holder_ != 0) {
      // As the kernel would tell of a device of this number that is locked.
      texts_["/proc/locks"] = fmt::format("1: FLOCK  ADVISORY  WRITE {} 00:00:0 0 EOF", holder_);
    }
  }

  int Open(const std::string& path, int flags) override {
    if (path == kDevice) return kDeviceFd;
    const auto text = texts_.find(path);
    if (text != texts_.end()) {
      open_texts_[next_fd_] = text->second;
      return next_fd_++;
    }
    // The name of a busy server's client; everything else of this machine is not the engine's.
    return path.rfind("/proc/", 0) == 0 && path.ends_with("/comm") ? system_.Open(path, flags)
                                                                   : -ENOENT;
  }
  int Connect(const std::string&) override { return -ENOSYS; }
  int Close(int fd) override {
    if (fd == kDeviceFd || open_texts_.erase(fd) > 0) return 0;
    return system_.Close(fd);
  }
  int64_t Read(int fd, void* data, size_t bytes) override {
    if (fd == kDeviceFd) {
      if (bytes < sizeof count_) return -EINVAL;
      if (!std::exchange(pending_, false)) return -EAGAIN;
      ++count_;
      std::memcpy(data, &count_, sizeof count_);
      return sizeof count_;
    }
    const auto text = open_texts_.find(fd);
    if (text == open_texts_.end()) return system_.Read(fd, data, bytes);
    const size_t part = std::min(bytes, text->second.size());
    std::memcpy(data, text->second.data(), part);
    text->second.erase(0, part);
    return static_cast<int64_t>(part);
  }
  int64_t ReadAt(int, void*, size_t, uint64_t) override { return -ENOSYS; }
  /// UIO's interrupt control; the line is a level, so there is nothing to switch.
  int64_t Write(int fd, const void*, size_t bytes) override {
    return fd == kDeviceFd && bytes == sizeof(uint32_t) ? static_cast<int64_t>(bytes) : -EBADF;
  }
  int Poll(int fd, nanoseconds timeout) override {
    if (fd != kDeviceFd) return -EBADF;
    pending_ = Request({Kind::kWait, 0, 0, static_cast<uint64_t>(timeout.count())}).b != 0;
    return pending_ ? 1 : 0;
  }
  int Ioctl(int, unsigned long, void*) override { return -ENOTTY; }
  int Lock(int) override { return holder_ == 0 ? 0 : -EWOULDBLOCK; }
  int Identify(int, FileIdentity& identity) override {
    identity = {};
    return 0;
  }
  int Map(int fd, size_t bytes, uint64_t offset, void*& address) override {
    if (fd != kDeviceFd) return -EBADF;
    if (offset != 0) return system_.Map(memory_.get(), bytes, welcome_.file_offset, address);
    // Addresses that nothing else has, for registers that are reached by messages.
    void* const reserved =
        mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return -errno;
    registers_ = static_cast<volatile uint32_t*>(reserved);
    address = reserved;
    return 0;
  }
  int Unmap(void* address, size_t bytes) override { return system_.Unmap(address, bytes); }
  std::vector<std::string> List(const std::string& folder) override {
    return folder == "/sys/class/uio/" ? std::vector<std::string>{"uio0"}
                                       : std::vector<std::string>{};
  }
  uint32_t LoadRegister(const volatile uint32_t* address) override {
    return Request({Kind::kRead, Offset(address), 0, 0}).b;
  }
  void StoreRegister(volatile uint32_t* address, uint32_t value) override {
    Request({Kind::kWrite, Offset(address), value, 0});
  }
  void Barrier() override { system_.Barrier(); }
  nanoseconds Now() override { return now_; }

 private:
  uint32_t Offset(const volatile uint32_t* address) const {
    return static_cast<uint32_t>(address - registers_) * 4;
  }
  Message Request(const Message& request) {
    system_.Barrier();  // what the engine is to see is in memory before it is told of it
    connection_.Send(request);
    const Message answer = connection_.Receive();
    if (answer.kind == Kind::kFailed) {
      connection_.Fail("failed: " + connection_.ReceiveText(answer.c));
    }
    if (answer.kind != request.kind) {
      connection_.Fail(fmt::format("answered {} with {}", static_cast<uint32_t>(request.kind),
                                   static_cast<uint32_t>(answer.kind)));
    }
    now_ = nanoseconds(static_cast<int64_t>(answer.c));
    system_.Barrier();
    return answer;
  }

  static constexpr int kDeviceFd = 1 << 20;  ///< above any descriptor of the kernel's

  System& system_;
  Connection connection_;
  uint32_t holder_ = 0;
  remote::Welcome welcome_;
  Descriptor memory_;
  std::map<std::string, std::string> texts_;
  std::map<int, std::string> open_texts_;  ///< what is left to read
  int next_fd_ = kDeviceFd + 1;
  volatile uint32_t* registers_ = nullptr;
  nanoseconds now_{0};
  bool pending_ = false;
  uint32_t count_ = 0;
};

}  // namespace

std::unique_ptr<System> ConnectRemote(System& system, const std::string& socket_path) {
  return std::make_unique<RemoteSystem>(system, socket_path);
}

}  // namespace fragua::driver

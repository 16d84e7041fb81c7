#include "engine_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <utility>

#include "fragua/driver/registers.h"
#include "fragua/driver_linux/remote_protocol.h"
#include "fragua/model/error.h"

namespace fragua::app {
namespace {

namespace remote = driver::remote;
using remote::Kind;
using remote::Message;
using std::chrono::nanoseconds;
using WallClock = std::chrono::steady_clock;

/// How long the engine runs between looks at the sockets, in its own time: some ten milliseconds of
/// this world's with the RTL.
constexpr nanoseconds kQuantum = std::chrono::microseconds(100);
/// A wait is answered at the latest after this much of this world's time, so that a client that
/// hears nothing for long knows that something is wrong.
constexpr auto kLongestRequest = std::chrono::milliseconds(500);
constexpr int kLookAtStopMs = 100;
/// A client that takes its answers no faster than this is stuck.
constexpr int kSendLimitMs = 10000;

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket() { Reset(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  /// Has something to read, or the other side has gone.
  bool Ready(int timeout_ms) const {
    pollfd entry{fd_, POLLIN, 0};
    return poll(&entry, 1, timeout_ms) > 0;
  }
  /// The other side has gone. (A client sends nothing while it waits for an answer.)
  bool HungUp() const {
    pollfd entry{fd_, POLLRDHUP, 0};
    return poll(&entry, 1, 0) > 0;
  }
  bool Send(const uint8_t* data, size_t bytes) const {
    while (bytes > 0) {
      pollfd entry{fd_, POLLOUT, 0};
      if (poll(&entry, 1, kSendLimitMs) <= 0) return false;
      const ssize_t sent = send(fd_, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (sent <= 0) return false;
      data += sent;
      bytes -= static_cast<size_t>(sent);
    }
    return true;
  }
  bool Send(const Message& message) const {
    const auto bytes = remote::Encode(message);
    return Send(bytes.data(), bytes.size());
  }

 private:
  int fd_;
};

pid_t PeerOf(const Socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer.pid;
}

std::string NameOf(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);
  return name.empty() ? fmt::format("process {}", process)
                      : fmt::format("process {} ({})", process, name);
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    ThrowInput(fmt::format("--socket {}: a path of 1 to {} characters is needed", path,
                           sizeof address.sun_path - 1));
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

Socket Listen(const std::string& path) {
  const sockaddr_un address = AddressOf(path);
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(socket.get(), where, sizeof address) != 0 && errno == EADDRINUSE) {
    const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(probe.get(), where, sizeof address) == 0) {
      ThrowInput(fmt::format("{}: another server listens there; choose another --socket", path));
    }
    // Left by a server that was killed; nothing but a socket may be removed.
    if (errno == ECONNREFUSED) unlink(path.c_str());
    errno = EADDRINUSE;
    if (bind(socket.get(), where, sizeof address) == 0) errno = 0;
  }
  sockaddr_un bound{};
  socklen_t size = sizeof bound;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
      bound.sun_path[0] == '\0') {
    ThrowInput(fmt::format("{}: no socket can be made there: {}", path, std::strerror(errno)));
  }
  if (listen(socket.get(), 8) != 0) {
    ThrowInput(fmt::format("{}: cannot listen: {}", path, std::strerror(errno)));
  }
  return socket;
}

}  // namespace

class EngineServer::Impl {
 public:
  explicit Impl(EngineServerOptions options)
      : options_(std::move(options)), listener_(Listen(options_.socket)) {}
  ~Impl() { unlink(options_.socket.c_str()); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Serve(driver::DevicePort& port) {
    port_ = &port;
    int served = 0;
    while (!Stopped() && (options_.clients == 0 || served < options_.clients)) {
      if (!client_.valid()) {
        if (listener_.Ready(kLookAtStopMs)) Accept();
        continue;
      }
      TurnAway();
      if (!client_.Ready(kLookAtStopMs)) continue;
      if (!Answer()) {
        Log(fmt::format("{} has left after {} register accesses", NameOf(holder_), accesses_));
        client_.Reset();
        ++served;
      }
    }
  }

 private:
  bool Stopped() const { return options_.stop != nullptr && options_.stop->load(); }
  void Log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  void Accept() {
    Socket socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return;
    const pid_t peer = PeerOf(socket);
    if (!Greet(socket, 0)) return;
    holder_ = peer;
    accesses_ = 0;
    buffered_ = 0;
    client_ = std::move(socket);
    Log(fmt::format("{} has the engine", NameOf(holder_)));
  }
  /// Tells whoever else calls that the engine is taken, and by whom.
  void TurnAway() {
    while (listener_.Ready(0)) {
      const Socket socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket.valid()) return;
      Log(fmt::format("{} was told that the engine is taken", NameOf(PeerOf(socket))));
      Greet(socket, static_cast<uint32_t>(holder_));
    }
  }
  bool Greet(const Socket& socket, uint32_t holder) {
    const auto welcome = remote::Encode(remote::Welcome{
        port_->WindowBase(), port_->WindowLimit() - port_->WindowBase(), options_.file_offset});
    return socket.Send(
               {Kind::kHello, remote::kVersion, holder, welcome.size() + options_.memory.size()}) &&
           socket.Send(welcome.data(), welcome.size()) &&
           socket.Send(reinterpret_cast<const uint8_t*>(options_.memory.data()),
                       options_.memory.size());
  }

  /// Reads what there is and answers when a request is whole; false when the client has gone or
  /// talks nonsense.
  bool Answer() {
    const ssize_t got =
        recv(client_.get(), request_.data() + buffered_, request_.size() - buffered_, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) return false;
    buffered_ += static_cast<size_t>(got);
    if (buffered_ < request_.size()) return true;
    buffered_ = 0;
    Message message = remote::Decode(request_);
    ++accesses_;
    try {
      if (!Execute(message)) return false;
    } catch (const Error& error) {
      const std::string text = std::string(error.what()).substr(0, remote::kMaxText);
      client_.Send({Kind::kFailed, 0, 0, text.size()}) &&
          client_.Send(reinterpret_cast<const uint8_t*>(text.data()), text.size());
      throw;
    }
    message.c = static_cast<uint64_t>(port_->Now().count());
    return client_.Send(message);
  }

  bool Execute(Message& message) {
    const bool is_register = message.a % 4 == 0 && message.a < 0x1000;
    switch (message.kind) {
      case Kind::kRead:
        if (!is_register) break;
        message.b = port_->Read32(message.a);
        return true;
      case Kind::kWrite:
        if (!is_register) break;
        if (message.a == driver::regs::kRegTail && options_.lost_doorbells > 0) {
          --options_.lost_doorbells;
          Log("a doorbell was lost, as planned");
          return true;
        }
        port_->Write32(message.a, message.b);
        if (message.a == driver::regs::kRegTail) Log(fmt::format("doorbell, TAIL {}", message.b));
        return true;
      case Kind::kWait:
        return Wait(nanoseconds(static_cast<int64_t>(message.c)), message);
      default:
        break;
    }
    Log(fmt::format("request {} of register {:#x} makes no sense; its sender is turned out",
                    static_cast<uint32_t>(message.kind), message.a));
    return false;
  }

  /// The engine runs in quanta, so that a client that dies or another that calls does not have to
  /// wait for it.
  bool Wait(nanoseconds timeout, Message& message) {
    const nanoseconds deadline = port_->Now() + timeout;
    const auto longest = WallClock::now() + kLongestRequest;
    message.b = 0;
    do {
      const nanoseconds left = std::max(deadline - port_->Now(), nanoseconds(0));
      if (port_->WaitIrq(std::min(left, kQuantum))) {
        message.b = 1;
        return true;
      }
      if (client_.HungUp()) return false;
      TurnAway();
    } while (port_->Now() < deadline && WallClock::now() < longest && !Stopped());
    return true;
  }

  EngineServerOptions options_;
  Socket listener_;
  Socket client_;
  driver::DevicePort* port_ = nullptr;
  pid_t holder_ = 0;
  uint64_t accesses_ = 0;
  std::array<uint8_t, remote::kMessageBytes> request_{};
  size_t buffered_ = 0;
};

EngineServer::EngineServer(EngineServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
EngineServer::~EngineServer() = default;
void EngineServer::Serve(driver::DevicePort& port) { impl_->Serve(port); }

}  // namespace fragua::app

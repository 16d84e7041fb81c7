#include "server_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

/// A client that takes its answers no faster than this is stuck.
constexpr int kSendLimitMs = 10000;

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

}  // namespace

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::Reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

bool Socket::Ready(int timeout_ms) const {
  pollfd entry{fd_, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) > 0;
}

bool Socket::HungUp() const {
  pollfd entry{fd_, POLLRDHUP, 0};
  return poll(&entry, 1, 0) > 0;
}

bool Socket::Send(const uint8_t* data, size_t bytes) const {
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

bool Socket::Send(const driver::remote::Message& message) const {
  const auto bytes = driver::remote::Encode(message);
  return Send(bytes.data(), bytes.size());
}

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

}  // namespace fragua::app

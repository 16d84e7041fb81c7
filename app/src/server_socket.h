#pragma once
// What a server of one client at a time needs of Unix-domain sockets.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "fragua/driver_linux/remote_protocol.h"

namespace fragua::app {

/// A socket, closed at the end.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket() { Reset(); }
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset();
  /// Has something to read, or the other side has gone.
  bool Ready(int timeout_ms) const;
  /// The other side has gone. (A client sends nothing while it waits for an answer.)
  bool HungUp() const;
  /// False when the other side has gone or does not take what it is sent.
  bool Send(const uint8_t* data, size_t bytes) const;
  bool Send(const driver::remote::Message& message) const;

 private:
  int fd_;
};

/// Throws Error(kInput) when the path is taken by a server that is alive, or cannot be used.
Socket Listen(const std::string& path);

pid_t PeerOf(const Socket& socket);

/// For a message: number and, where it is known, name of a process.
std::string NameOf(pid_t process);

}  // namespace fragua::app

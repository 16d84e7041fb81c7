#pragma once
// An engine for another process: registers, interrupt and time over a Unix-domain socket, memory in
// a file that both map. The protocol is driver/linux's remote_protocol.h, the picture
// docs/PLATFORM.md.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "fragua/driver/device_port.h"

namespace fragua::app {

/// Memory in a file, mapped and shared. Made when it is not there, and then removed at the end.
class SharedMemory {
 public:
  /// `bytes` from `offset` on; the file grows if it is shorter. Throws Error(kInput) naming the
  /// file and the reason.
  SharedMemory(const std::string& path, uint64_t offset, size_t bytes);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  std::span<uint8_t> bytes() const { return bytes_; }

 private:
  std::string path_;
  bool created_ = false;
  int file_ = -1;
  std::span<uint8_t> bytes_;
};

struct EngineServerOptions {
  std::string socket;
  std::string memory;        ///< absolute path, for the client
  uint64_t file_offset = 0;  ///< of the window in the memory
  int lost_doorbells = 0;    ///< a planned fault: writes to TAIL that do not reach the engine
  int clients = 0;           ///< end after so many; 0 = until `stop`
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const std::string&)> log;  ///< a line per event
};

class EngineServer {
 public:
  /// Listens. The socket's file is removed at the end. Throws Error(kInput) when the path is taken
  /// by a server that is alive, or cannot be used.
  explicit EngineServer(EngineServerOptions options);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  /// One client at a time; a second one is told who has the engine. Between requests the engine's
  /// time stands still. Returns when `stop` is set or all clients have been served. What `port`
  /// throws goes to the client and comes out here.
  void Serve(driver::DevicePort& port);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::app

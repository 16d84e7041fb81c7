#include "engine_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "fragua/driver/registers.h"
#include "fragua/driver_linux/remote_protocol.h"
#include "fragua/model/error.h"
#include "server_socket.h"

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
/// What the engine runs between looks at a client that lets it run by itself: about a millisecond
/// of this world's, for which a register access may have to wait.
constexpr nanoseconds kFreeQuantum = std::chrono::microseconds(10);

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
    try {
      ServeClients();
    } catch (const Error& error) {
      const std::string text = std::string(error.what()).substr(0, remote::kMaxText);
      client_.valid() && client_.Send({Kind::kFailed, 0, 0, text.size()}) &&
          client_.Send(reinterpret_cast<const uint8_t*>(text.data()), text.size());
      throw;
    }
  }

 private:
  void ServeClients() {
    int served = 0;
    while (!Stopped() && (options_.clients == 0 || served < options_.clients)) {
      if (!client_.valid()) {
        if (listener_.Ready(kLookAtStopMs)) Accept();
        continue;
      }
      TurnAway();
      if (!client_.Ready(at_work_ ? 0 : kLookAtStopMs)) {
        if (at_work_) RunFreely();
        continue;
      }
      if (!Answer()) {
        Log(fmt::format("{} has left after {} register accesses", NameOf(holder_), accesses_));
        client_.Reset();
        at_work_ = false;
        ++served;
      }
    }
  }

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
    free_ = at_work_ = line_ = reset_asked_ = false;
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
    if (!Execute(message)) return false;
    if (free_) RunFreely();
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
        if (message.a == driver::regs::kRegControl) {
          reset_asked_ = driver::regs::kControlSoftReset.Get(message.b) != 0;
        }
        if (message.a == driver::regs::kRegTail) Log(fmt::format("doorbell, TAIL {}", message.b));
        return true;
      case Kind::kWait:
        return Wait(nanoseconds(static_cast<int64_t>(message.c)), message);
      case Kind::kRunFreely:
        free_ = true;
        return true;
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

  /// For a client that lets the engine run by itself: a quantum of its time while it has something
  /// to do, after each request too, so that a client that polls need not wait for the quiet between
  /// its requests; then what has become of the line, if that is news.
  void RunFreely() {
    LookAtWork();
    if (at_work_) {
      if (line_) {
        port_->ConsumeCpu(kFreeQuantum);
      } else {
        port_->WaitIrq(kFreeQuantum);
      }
      LookAtWork();
    }
    const bool line = port_->WaitIrq(nanoseconds(0));
    if (line == std::exchange(line_, line)) return;
    // A client that does not take it is noticed by the next look at its socket.
    client_.Send(
        {Kind::kInterrupt, 0, line ? 1U : 0U, static_cast<uint64_t>(port_->Now().count())});
  }
  void LookAtWork() {
    const uint32_t status = port_->Read32(driver::regs::kRegStatus);
    at_work_ = driver::regs::kStatusBusy.Get(status) != 0 ||
               (reset_asked_ && driver::regs::kStatusInReset.Get(status) == 0);
  }

  EngineServerOptions options_;
  Socket listener_;
  Socket client_;
  driver::DevicePort* port_ = nullptr;
  pid_t holder_ = 0;
  uint64_t accesses_ = 0;
  bool free_ = false;         ///< the client lets the engine run by itself
  bool at_work_ = false;      ///< and it has something to do
  bool line_ = false;         ///< of the interrupt, as the client knows it
  bool reset_asked_ = false;  ///< CONTROL.SOFT_RESET is set
  std::array<uint8_t, remote::kMessageBytes> request_{};
  size_t buffered_ = 0;
};

EngineServer::EngineServer(EngineServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
EngineServer::~EngineServer() = default;
void EngineServer::Serve(driver::DevicePort& port) { impl_->Serve(port); }

}  // namespace fragua::app

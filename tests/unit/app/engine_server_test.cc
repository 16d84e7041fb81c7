// An engine whose time runs by itself while it has work: what a client is told, and when.

#include "engine_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "fragua/driver/registers.h"
#include "fragua/driver_linux/remote_protocol.h"
#include "fragua/model/error.h"

namespace fragua::app {
namespace {

namespace regs = driver::regs;
namespace remote = driver::remote;
using remote::Kind;
using remote::Message;
using std::chrono::nanoseconds;

constexpr int kLimitMs = 20000;

/// Works for a while of its time when the doorbell rings, then raises its line until it is cleared;
/// a reset takes a while too.
class ScriptedPort : public driver::DevicePort {
 public:
  static constexpr nanoseconds kWork{1'000'000};
  static constexpr nanoseconds kReset{5'000};

  uint32_t Read32(uint32_t offset) override {
    Pass(nanoseconds(100));
    if (offset != regs::kRegStatus) return offset;
    return (Busy() ? regs::kStatusBusy.mask() : 0) |
           (resetting_ && now_ >= reset_at_ ? regs::kStatusInReset.mask() : 0);
  }
  void Write32(uint32_t offset, uint32_t value) override {
    Pass(nanoseconds(100));
    if (offset == regs::kRegTail) {
      if (value == kBroken) throw Error(ErrorKind::kDevice, "as planned");
      done_at_ = now_ + kWork;
      rung_ = true;
    }
    if (offset == regs::kRegIrqStatus) line_ = false;
    if (offset == regs::kRegControl) {
      resetting_ = regs::kControlSoftReset.Get(value) != 0;
      reset_at_ = now_ + kReset;
      rung_ = false;
    }
  }
  bool WaitIrq(nanoseconds timeout) override {
    const nanoseconds deadline = now_ + timeout;
    while (!line_ && now_ < deadline) Pass(nanoseconds(100));
    return line_;
  }
  void ConsumeCpu(nanoseconds duration) override { Pass(duration); }
  nanoseconds Now() override { return now_; }
  driver::DmaBuffer Allocate(size_t, size_t) override { return {}; }
  void ReleaseAll() override {}
  uint32_t WindowBase() const override { return 0x10000000; }
  uint32_t WindowLimit() const override { return 0x10001000; }
  void SyncForDevice(const driver::DmaBuffer&, size_t, size_t) override {}
  void SyncForCpu(const driver::DmaBuffer&, size_t, size_t) override {}

  static constexpr uint32_t kBroken = 0xBAD;

 private:
  bool Busy() const { return rung_ && now_ < done_at_; }
  void Pass(nanoseconds time) {
    now_ += time;
    if (rung_ && now_ >= done_at_) {
      rung_ = false;
      line_ = true;
    }
  }

  nanoseconds now_{0}, done_at_{0}, reset_at_{0};
  bool rung_ = false, line_ = false, resetting_ = false;
};

class EngineServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("fragua_server_test." + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    EngineServerOptions options;
    options.socket = folder_ / "socket";
    options.memory = "/memory";
    options.stop = &stop_;
    server_ = std::make_unique<EngineServer>(options);
    thread_ = std::thread([this] {
      try {
        server_->Serve(port_);
      } catch (const Error& error) {
        thrown_ = error.what();
      }
    });
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options.socket.c_str(), sizeof address.sun_path - 1);
    client_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(connect(client_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const Message hello = Receive();
    ASSERT_EQ(hello.kind, Kind::kHello);
    ASSERT_EQ(hello.a, remote::kVersion);
    ASSERT_EQ(hello.b, 0U);
    std::vector<uint8_t> rest(hello.c);
    Receive(rest.data(), rest.size());
  }
  void TearDown() override {
    stop_ = true;
    thread_.join();
    close(client_);
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Send(Kind kind, uint32_t a, uint32_t b) {
    const auto bytes = remote::Encode(Message{kind, a, b, 0});
    ASSERT_EQ(send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  Message Receive() {
    std::array<uint8_t, remote::kMessageBytes> bytes{};
    Receive(bytes.data(), bytes.size());
    return remote::Decode(bytes);
  }
  bool Silent(int milliseconds) {
    pollfd entry{client_, POLLIN, 0};
    return poll(&entry, 1, milliseconds) == 0;
  }

  std::filesystem::path folder_;
  std::atomic<bool> stop_{false};
  ScriptedPort port_;
  std::unique_ptr<EngineServer> server_;
  std::thread thread_;
  std::string thrown_;
  int client_ = -1;

 private:
  void Receive(uint8_t* to, size_t bytes) {
    while (bytes > 0) {
      pollfd entry{client_, POLLIN, 0};
      ASSERT_EQ(poll(&entry, 1, kLimitMs), 1) << "nothing from the server";
      const ssize_t got = recv(client_, to, bytes, 0);
      ASSERT_GT(got, 0) << "the server has gone";
      to += got;
      bytes -= static_cast<size_t>(got);
    }
  }
};

TEST_F(EngineServerTest, TimeStandsStillBetweenRequestsUnlessAskedTo) {
  Send(Kind::kWrite, regs::kRegTail, 1);
  EXPECT_EQ(Receive().kind, Kind::kWrite);
  EXPECT_TRUE(Silent(300));
  Send(Kind::kRead, regs::kRegId, 0);
  const Message answer = Receive();
  EXPECT_EQ(answer.kind, Kind::kRead);
  EXPECT_LT(answer.c, static_cast<uint64_t>(ScriptedPort::kWork.count()));
}

TEST_F(EngineServerTest, TellsOfTheInterruptByItself) {
  Send(Kind::kRunFreely, 0, 0);
  EXPECT_EQ(Receive().kind, Kind::kRunFreely);
  for (uint32_t round = 1; round <= 3; ++round) {
    Send(Kind::kWrite, regs::kRegTail, round);
    const uint64_t begin = Receive().c;
    const Message raised = Receive();
    EXPECT_EQ(raised.kind, Kind::kInterrupt);
    EXPECT_EQ(raised.b, 1U);
    EXPECT_LE(raised.c, begin + static_cast<uint64_t>(ScriptedPort::kWork.count()) + 1000);
    // Once for each change.
    EXPECT_TRUE(Silent(200));
    Send(Kind::kWrite, regs::kRegIrqStatus, 1);
    const Message cleared = Receive();
    EXPECT_EQ(cleared.kind, Kind::kInterrupt) << "the line comes before the answer";
    EXPECT_EQ(cleared.b, 0U);
    EXPECT_EQ(Receive().kind, Kind::kWrite);
  }
}

TEST_F(EngineServerTest, AnIdleEngineStandsStill) {
  Send(Kind::kRunFreely, 0, 0);
  const uint64_t before = Receive().c;
  EXPECT_TRUE(Silent(300));
  Send(Kind::kRead, regs::kRegId, 0);
  EXPECT_LT(Receive().c, before + 1000);
}

TEST_F(EngineServerTest, AResetEndsWithoutBeingLookedAt) {
  Send(Kind::kRunFreely, 0, 0);
  Receive();
  Send(Kind::kWrite, regs::kRegTail, 1);
  Receive();
  Send(Kind::kWrite, regs::kRegControl, regs::kControlSoftReset.mask());
  Receive();
  // The driver's patience is ten milliseconds of a clock that does not wait for a simulation.
  Send(Kind::kRead, regs::kRegStatus, 0);
  EXPECT_EQ(regs::kStatusInReset.Get(Receive().b), 1U);
}

TEST_F(EngineServerTest, WhatThePortThrowsGoesToTheClient) {
  Send(Kind::kRunFreely, 0, 0);
  Receive();
  Send(Kind::kWrite, regs::kRegTail, ScriptedPort::kBroken);
  EXPECT_EQ(Receive().kind, Kind::kFailed);
  stop_ = true;
  thread_.join();
  EXPECT_EQ(thrown_, "as planned");
  thread_ = std::thread([] {});
}

}  // namespace
}  // namespace fragua::app

// Calls of the kernel that fail or are interrupted.

#include "linux_fixture.h"

namespace fragua::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Interrupted once at each call: nothing may be lost.
TEST_F(LinuxPortTest, InterruptedCallsAreRepeated) {
  for (const bool heap : {false, true}) {
    FakeBoard board(compile_.engine);
    heap ? board.AddHeap() : board.AddUdmabuf();
    for (const char* call :
         {"open /dev/uio1", "lock", "map /dev/uio1", "write /dev/uio1", "read /dev/uio1", "poll",
          "ioctl", "pread", "open /dev/udmabuf0", "map /dev/udmabuf0", "map heap buffer",
          "open /sys/class/uio/uio1/name", "read /sys/class/uio/uio1/name"}) {
      board.faults[call] = {-EINTR, -EINTR};
    }
    RunOnce(*driver::LinuxPort::Open(board, options_));
    EXPECT_GT(board.calls["poll"], 2) << "heap " << heap;
  }
}

TEST_F(LinuxPortTest, WakeUpWithNothingToReadIsWaitedOn) {
  board_.AddUdmabuf();
  board_.faults["read /dev/uio1"] = {-EAGAIN, -EAGAIN};
  RunOnce(*Open());
}

TEST_F(LinuxPortTest, HeapSyncIsRepeatedAfterEagain) {
  board_.AddHeap();
  // 0: the allocation itself.
  board_.faults["ioctl"] = {0, -EAGAIN, -EAGAIN, -EINTR};
  RunOnce(*Open());
}

class WhileWaiting : public LinuxPortTest, public testing::WithParamInterface<const char*> {
 protected:
  /// The message of the error that a wait ends in after `prepare`.
  template <typename Prepare>
  std::string WaitError(Prepare prepare) {
    board_.AddUdmabuf();
    const auto port = Open();
    prepare();
    try {
      port->WaitIrq(std::chrono::milliseconds(1));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDevice);
      return error.what();
    }
    ADD_FAILURE() << "waited";
    return "";
  }
};

TEST_F(WhileWaiting, ShortReadIsAnError) {
  const std::string text = WaitError([&] {
    board_.faults["poll"] = {1};
    board_.faults["read /dev/uio1"] = {2};
  });
  EXPECT_THAT(text, AllOf(HasSubstr("2 bytes"), HasSubstr("expected 4")));
}

TEST_P(WhileWaiting, DeviceThatGoesAwayIsAnErrorWithAdvice) {
  const std::string text = WaitError([&] {
    if (std::string(GetParam()) != "poll") board_.faults["poll"] = {1};
    board_.faults[GetParam()] = {-ENODEV};
  });
  EXPECT_THAT(text, AllOf(HasSubstr("/dev/uio1"), HasSubstr("No such device"),
                          HasSubstr("overlay or the bitstream unloaded")));
}
INSTANTIATE_TEST_SUITE_P(Calls, WhileWaiting,
                         testing::Values("poll", "read /dev/uio1", "write /dev/uio1"));

TEST_F(WhileWaiting, DeviceWithoutInterruptNamesTheProperty) {
  EXPECT_THAT(WaitError([&] { board_.faults["write /dev/uio1"] = {-EIO}; }),
              HasSubstr("'interrupts'"));
}

TEST_F(LinuxPortTest, MappingThatFailsIsAnErrorWithSizeAndAddress) {
  board_.AddUdmabuf();
  board_.faults["map /dev/uio1"] = {-ENOMEM};
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("map0 at 0x43C00000"), HasSubstr("4096 bytes")));
}

TEST_F(LinuxPortTest, DeviceThatVanishesBeforeItIsOpenedIsAnError) {
  board_.AddUdmabuf();
  board_.faults["open /dev/uio1"] = {-ENODEV};
  EXPECT_THAT(OpenError(), HasSubstr("went away"));
}

TEST_F(LinuxPortTest, CacheMaintenanceThatFailsIsAnError) {
  board_.AddUdmabuf();
  const auto port = Open();
  const driver::DmaBuffer buffer = port->Allocate(4096, 64);
  board_.faults["write /sys/class/u-dma-buf/udmabuf0/sync_for_device"] = {-EINVAL};
  EXPECT_THROW(port->SyncForDevice(buffer, 0, 64), Error);
  board_.faults["write /sys/class/u-dma-buf/udmabuf0/sync_for_cpu"] = {3};
  EXPECT_THROW(port->SyncForCpu(buffer, 0, 64), Error);
}

TEST_F(LinuxPortTest, EndlessInterruptionIsAnError) {
  board_.AddUdmabuf();
  board_.faults["lock"] = std::deque<int>(5000, -EINTR);
  EXPECT_THAT(OpenError(), HasSubstr("Interrupted system call"));
}

TEST_F(LinuxPortTest, EngineThatStopsAnsweringIsResetAndItsLayersRunOnTheProcessor) {
  board_.AddUdmabuf();
  const auto port = Open();
  driver::RuntimeOptions options;
  options.arm_fallback = true;
  // The doorbell never arrives: HEAD and SEQUENCE stay where they are.
  board_.lose_doorbells = 2;
  const driver::RunReport report = RunOnce(*port, options);
  ASSERT_EQ(report.events.size(), 2u);
  EXPECT_THAT(report.events[0], AllOf(HasSubstr("no answer"), HasSubstr("trying again")));
  EXPECT_THAT(report.events[1], HasSubstr("run on the processor instead"));
  EXPECT_EQ(RunOnce(*port, options).events.size(), 0u);
}

}  // namespace
}  // namespace fragua::test

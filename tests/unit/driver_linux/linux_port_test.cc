// Whole inferences over every source of memory, interrupts, exclusive use.

#include "fragua/driver_linux/linux_port.h"

#include "linux_fixture.h"

namespace fragua::test {
namespace {

using driver::DmaSource;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

TEST_F(LinuxPortTest, RunsOnCachedUdmabuf) {
  board_.AddUdmabuf();
  board_.ns_per_uncached_byte = 100;
  const auto port = Open();
  EXPECT_THAT(port->notes(), Contains(AllOf(HasSubstr("/dev/udmabuf0"), HasSubstr(", cached"),
                                            HasSubstr("MB/s uncached"))));
  board_.syncs.clear();
  RunOnce(*port);
  EXPECT_GT(board_.syncs.size(), 3u);
}

TEST_F(LinuxPortTest, UdmabufMaintainsWholeUnitsAroundTheRange) {
  board_.AddUdmabuf();
  const auto port = Open();
  const driver::DmaBuffer buffer = port->Allocate(4096, 64);
  board_.syncs.clear();
  port->SyncForDevice(buffer, 20, 13);  // bytes 20..32: units 16 and 32
  port->SyncForCpu(buffer, 64, 16);
  EXPECT_THAT(board_.syncs, testing::ElementsAre("0x0000001000000025", "0x0000004000000019"));
}

TEST_F(LinuxPortTest, HeapKeepsWhatIsNotHandedOverYet) {
  board_.AddHeap();
  const auto port = Open();
  const driver::DmaBuffer buffer = port->Allocate(4096, 64);
  buffer.host[100] = 0x77;
  port->SyncForCpu(buffer, 2048, 64);
  EXPECT_EQ(buffer.host[100], 0x77);
}

TEST_F(LinuxPortTest, TakesUncachedUdmabufWhenItIsFaster) {
  board_.AddUdmabuf();
  board_.ns_per_cached_byte = 1000;
  const auto port = Open();
  EXPECT_THAT(port->notes(), Contains(AllOf(HasSubstr("/dev/udmabuf0"), HasSubstr(", uncached"))));
  board_.syncs.clear();
  RunOnce(*port);
  EXPECT_TRUE(board_.syncs.empty()) << "maintenance of memory that is not cached";
}

TEST_F(LinuxPortTest, RunsOnTheEnginesSecondMap) {
  board_.AddMap("uio1", 1, FakeBoard::kBase, FakeBoard::kBytes);
  const auto port = Open();
  EXPECT_EQ(port->WindowBase(), FakeBoard::kBase);
  EXPECT_EQ(port->WindowLimit(), FakeBoard::kBase + FakeBoard::kBytes);
  EXPECT_THAT(port->notes(), Contains(HasSubstr("/dev/uio1 map1")));
  RunOnce(*port);
}

TEST_F(LinuxPortTest, RunsOnAMemoryDeviceOfItsOwn) {
  board_.AddUio("uio2", "fragua-dma", FakeBoard::kBase, FakeBoard::kBytes);
  const auto port = Open();
  EXPECT_THAT(port->notes(), Contains(HasSubstr("/dev/uio2")));
  RunOnce(*port);
}

TEST_F(LinuxPortTest, RunsOnADmaHeap) {
  board_.AddHeap();
  const auto port = Open();
  EXPECT_THAT(port->notes(), Contains(HasSubstr("/dev/dma_heap/linux,cma")));
  RunOnce(*port);
}

TEST_F(LinuxPortTest, ChoosesUdmabufThenUioThenHeapUnlessTold) {
  board_.AddUdmabuf();
  board_.AddMap("uio1", 1, FakeBoard::kBase, FakeBoard::kBytes);
  board_.AddHeap();
  EXPECT_THAT(Open()->notes().back(), HasSubstr("udmabuf0"));
  options_.dma = DmaSource::kHeap;
  EXPECT_THAT(Open()->notes().back(), HasSubstr("dma_heap"));
  options_.dma = DmaSource::kUio;
  EXPECT_THAT(Open()->notes().back(), HasSubstr("map1"));
}

TEST_F(LinuxPortTest, SaysWhyABetterSourceWasNotTaken) {
  board_.AddUdmabuf();
  board_.AddMap("uio1", 1, FakeBoard::kBase, FakeBoard::kBytes);
  board_.faults["open /dev/udmabuf0"] = {-EACCES};
  EXPECT_THAT(Open()->notes().back(), AllOf(HasSubstr("map1"), HasSubstr("60-fragua.rules")));
}

TEST_F(LinuxPortTest, GivesEverythingBack) {
  board_.AddUdmabuf();
  RunOnce(*Open());
  EXPECT_EQ(board_.open_files(), 0);
  EXPECT_EQ(board_.mappings, 0);
}

TEST_F(LinuxPortTest, ResetsAnEngineThatADeadProcessLeftAtWork) {
  board_.AddMap("uio1", 1, FakeBoard::kBase, FakeBoard::kBytes);
  // As after a kill in the middle of an inference: commands are pending, the fetch is not enabled.
  board_.engine().Write32(driver::regs::kRegTail, 5);
  const auto port = Open();
  EXPECT_THAT(port->notes(), Contains(HasSubstr("it has been reset")));
  EXPECT_EQ(board_.engine().Read32(driver::regs::kRegTail), 0u);
  RunOnce(*port);
}

TEST_F(LinuxPortTest, SecondProcessIsToldWhoHasIt) {
  board_.AddUdmabuf();
  board_.holder = "4711";
  board_.texts["/proc/4711/comm"] = "fragua\n";
  EXPECT_THAT(OpenError(),
              AllOf(HasSubstr("/dev/uio1 is busy"), HasSubstr("process 4711 (fragua)")));
}

TEST_F(LinuxPortTest, InterruptThatNeverComesIsFoundAndNamed) {
  board_.AddUdmabuf();
  board_.line_connected = false;
  const auto port = Open();
  RunOnce(*port);
  EXPECT_THAT(port->notes(), Contains(HasSubstr("IRQ_F2P")));
}

TEST_F(LinuxPortTest, WaitIsBounded) {
  board_.AddUdmabuf();
  const auto port = Open();
  const auto before = port->Now();
  EXPECT_FALSE(port->WaitIrq(std::chrono::milliseconds(250)));
  const auto waited = port->Now() - before;
  EXPECT_GE(waited, std::chrono::milliseconds(250));
  EXPECT_LT(waited, std::chrono::milliseconds(251));
}

TEST_F(LinuxPortTest, OldInterruptCountIsNoInterrupt) {
  board_.AddUdmabuf();
  const auto port = Open();
  port->Write32(driver::regs::kRegIrqEnable, 1);
  board_.faults["poll"] = {1};
  board_.LeaveOldCount();
  EXPECT_FALSE(port->WaitIrq(std::chrono::milliseconds(1)));
}

TEST_F(LinuxPortTest, StopRequestEndsAWait) {
  board_.AddUdmabuf();
  const std::atomic<bool> stop{true};
  options_.stop = &stop;
  const auto port = Open();
  EXPECT_THROW(port->WaitIrq(std::chrono::hours(1)), Error);
}

TEST_F(LinuxPortTest, FullMemoryIsAnInputErrorWithBothNumbers) {
  board_.AddUdmabuf();
  const auto port = Open();
  port->Allocate(FakeBoard::kBytes - 4096, 4096);
  try {
    port->Allocate(8192, 64);
    ADD_FAILURE() << "allocated";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("8192 bytes wanted"), HasSubstr("4096 of")));
  }
  port->ReleaseAll();
  EXPECT_EQ(port->Allocate(8192, 64).bus_address, FakeBoard::kBase);
}

}  // namespace
}  // namespace fragua::test

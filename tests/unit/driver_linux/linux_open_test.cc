// What opening says when something is missing or is not what was expected.

#include "linux_fixture.h"

namespace fragua::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(LinuxPortTest, NoDeviceNamesTheOverlay) {
  board_.AddUdmabuf();
  options_.device = "other";
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("no UIO device 'other'"), HasSubstr("fragua.dtso"),
                                 HasSubstr("uio1 (fragua)")));
}

TEST_F(LinuxPortTest, TwoDevicesOfOneNameNeedAChoice) {
  board_.AddUdmabuf();
  board_.AddUio("uio2", "fragua", 0x43C10000, 0x1000);
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("2 UIO devices"), HasSubstr("--device uioN")));
  options_.device = "uio1";
  RunOnce(*Open());
}

TEST_F(LinuxPortTest, NoPermissionNamesTheRule) {
  board_.AddUdmabuf();
  board_.faults["open /dev/uio1"] = {-EACCES};
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("/dev/uio1"), HasSubstr("60-fragua.rules")));
}

TEST_F(LinuxPortTest, RegisterMapOfTheWrongSizeIsRefused) {
  board_.AddUdmabuf();
  board_.AddMap("uio1", 0, 0x43C00000, 0x800);
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("2048 bytes"), HasSubstr("'reg'")));
}

TEST_F(LinuxPortTest, SomethingElseAtTheAddressIsRefused) {
  board_.AddUdmabuf();
  board_.register_values[driver::regs::kRegId] = 0xDEADBEEF;
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("0xDEADBEEF"), HasSubstr("bitstream")));
}

TEST_F(LinuxPortTest, OtherAbiIsRefused) {
  board_.AddUdmabuf();
  board_.register_values[driver::regs::kRegAbiHash] = 1;
  EXPECT_THAT(OpenError(), HasSubstr("register map has hash"));
}

TEST_F(LinuxPortTest, OtherCapabilitiesAreRefused) {
  board_.AddUdmabuf();
  board_.register_values[driver::regs::kRegCapsWeight] = 64;
  EXPECT_THAT(OpenError(), HasSubstr("weight_words = 64"));
}

TEST_F(LinuxPortTest, ResetThatNeverEndsIsAnError) {
  board_.AddUdmabuf();
  board_.register_values[driver::regs::kRegStatus] = driver::regs::kStatusBusy.mask();
  EXPECT_THAT(OpenError(), HasSubstr("did not reach reset within 10 ms"));
}

TEST_F(LinuxPortTest, NoMemoryNamesEverySource) {
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("u-dma-buf: none"), HasSubstr("a UIO map: none"),
                                 HasSubstr("a dma-heap: none"), HasSubstr("second 'reg'")));
}

TEST_F(LinuxPortTest, ScatteredHeapMemoryIsRefused) {
  board_.AddHeap();
  board_.contiguous = false;
  EXPECT_THAT(OpenError(), HasSubstr("not contiguous at byte 12288"));
}

TEST_F(LinuxPortTest, HiddenPhysicalAddressNamesTheCapability) {
  board_.AddHeap();
  board_.frames_hidden = true;
  EXPECT_THAT(OpenError(), HasSubstr("CAP_SYS_ADMIN"));
}

TEST_F(LinuxPortTest, HeapThatIsTooSmallNamesTheKernelOption) {
  board_.AddHeap();
  options_.heap_bytes = 2 * FakeBoard::kBytes;
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("2097152 bytes"), HasSubstr("cma=")));
}

TEST_F(LinuxPortTest, MemoryThatTheEngineCannotAddressIsRefused) {
  board_.AddMap("uio1", 1, 0x1E000800, FakeBoard::kBytes);
  EXPECT_THAT(OpenError(), HasSubstr("whole pages"));
}

TEST_F(LinuxPortTest, AttributeThatIsNoNumberIsNamed) {
  board_.AddUdmabuf();
  board_.texts["/sys/class/u-dma-buf/udmabuf0/size"] = "many";
  EXPECT_THAT(OpenError(), AllOf(HasSubstr("udmabuf0/size"), HasSubstr("found 'many'")));
}

}  // namespace
}  // namespace fragua::test

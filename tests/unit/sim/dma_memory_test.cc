// The cache model: what one side writes stays invisible to the other until the range is
// synchronised.

#include "fragua/sim/dma_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

constexpr uint32_t kBase = 0x10000000;

uint8_t DeviceByte(DmaMemory& memory, uint32_t address) {
  std::array<uint8_t, 1> byte{};
  EXPECT_EQ(memory.Read(address, byte), BusStatus::kOkay);
  return byte[0];
}

TEST(DmaMemory, ProcessorWritesReachTheEngineOnlyWhenCleaned) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(256, 64);
  const uint8_t before = DeviceByte(memory, buffer.bus_address + 100);
  buffer.host[100] = static_cast<uint8_t>(before + 1);
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address + 100), before);
  memory.Clean(buffer, 0, 64);  // another line
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address + 100), before);
  memory.Clean(buffer, 100, 1);
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address + 100), before + 1);
}

TEST(DmaMemory, EngineWritesReachTheProcessorOnlyWhenInvalidated) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(256, 64);
  buffer.host[40] = 1;
  memory.Clean(buffer, 0, 256);
  const std::array<uint8_t, 2> data = {77, 78};
  ASSERT_EQ(memory.Write(buffer.bus_address + 40, data), BusStatus::kOkay);
  EXPECT_EQ(buffer.host[40], 1);
  memory.Invalidate(buffer, 96, 32);  // another line
  EXPECT_EQ(buffer.host[40], 1);
  memory.Invalidate(buffer, 41, 1);  // same line
  EXPECT_EQ(buffer.host[40], 77);
}

TEST(DmaMemory, WritingTheSameBytesAgainMakesThemDirtyAgain) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(64, 64);
  buffer.host[0] = 5;
  memory.Clean(buffer, 0, 64);
  const std::array<uint8_t, 1> data = {9};
  ASSERT_EQ(memory.Write(buffer.bus_address, data), BusStatus::kOkay);  // for its own use
  buffer.host[0] = 5;  // the next submission has the same input
  memory.Clean(buffer, 0, 64);
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address), 5);
}

TEST(DmaMemory, UntouchedBytesBesideACleanedRangeAreNotWrittenBack) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(64, 64);
  memory.Clean(buffer, 0, 64);
  const std::array<uint8_t, 1> data = {9};
  ASSERT_EQ(memory.Write(buffer.bus_address + 20, data), BusStatus::kOkay);
  memory.Clean(buffer, 0, 8);  // the same line, and nothing in it is dirty
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address + 20), 9);
  buffer.host[0] = static_cast<uint8_t>(buffer.host[0] + 1);
  memory.Clean(buffer, 0, 8);  // now the whole line goes, as a cache writes it
  EXPECT_EQ(DeviceByte(memory, buffer.bus_address + 20), buffer.host[20]);
}

TEST(DmaMemory, InvalidatingDropsDirtyLines) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(64, 64);
  buffer.host[3] = 123;
  memory.Invalidate(buffer, 0, 64);
  EXPECT_EQ(buffer.host[3], DeviceByte(memory, buffer.bus_address + 3));
  memory.Clean(buffer, 0, 64);
  EXPECT_NE(DeviceByte(memory, buffer.bus_address + 3), 123);
}

TEST(DmaMemory, FreshMemoryDiffersOnBothSides) {
  DmaMemory memory(kBase, 8192);
  const driver::DmaBuffer buffer = memory.Allocate(64, 1);
  int equal = 0;
  for (uint32_t i = 0; i < 64; ++i)
    equal += buffer.host[i] == DeviceByte(memory, buffer.bus_address + i);
  EXPECT_LT(equal, 8);
}

TEST(DmaMemory, BuffersAreAlignedAndShareNoLine) {
  DmaMemory memory(kBase, 1 << 20);
  uint32_t end = 0;
  for (const auto& [bytes, alignment] :
       {std::pair<size_t, size_t>{1, 1}, {33, 4}, {100, 4096}, {7, 64}}) {
    const driver::DmaBuffer buffer = memory.Allocate(bytes, alignment);
    EXPECT_EQ(buffer.size(), bytes);
    EXPECT_EQ(buffer.bus_address % std::max<size_t>(alignment, DmaMemory::kLine), 0u);
    EXPECT_GE(buffer.bus_address, end);
    end = (buffer.bus_address + static_cast<uint32_t>(bytes) + 31) / 32 * 32;
  }
}

TEST(DmaMemory, ExhaustionNamesWantedAndAvailable) {
  DmaMemory memory(kBase, 4096);
  memory.Allocate(1024, 1);
  try {
    memory.Allocate(4000, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("4000"), testing::HasSubstr("3072")));
  }
  memory.ReleaseAll();
  EXPECT_EQ(memory.Allocate(4000, 1).bus_address, kBase);
}

TEST(DmaMemory, AccessOutsideTheWindowIsADecodeError) {
  DmaMemory memory(kBase, 4096);
  std::array<uint8_t, 16> data{};
  EXPECT_EQ(memory.Read(kBase - 8, data), BusStatus::kDecodeError);
  EXPECT_EQ(memory.Read(kBase + 4088, data), BusStatus::kDecodeError);
  EXPECT_EQ(memory.Write(kBase + 4096, data), BusStatus::kDecodeError);
  EXPECT_EQ(memory.Read(kBase + 4080, data), BusStatus::kOkay);
}

TEST(DmaMemory, RefusesACrookedWindow) {
  EXPECT_THROW(DmaMemory(kBase + 8, 4096), Error);
  EXPECT_THROW(DmaMemory(kBase, 100), Error);
  EXPECT_THROW(DmaMemory(0xFFFFF000, 8192), Error);
}

}  // namespace
}  // namespace fragua::sim

#include "fragua/sim/dma_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "fragua/model/error.h"

namespace fragua::sim {

void DmaMemory::Free::operator()(uint8_t* memory) const { std::free(memory); }

// calloc maps pages only when they are touched: a 64 MiB window costs what is used of it.
DmaMemory::Image DmaMemory::NewImage(size_t bytes) {
  Image image(static_cast<uint8_t*>(std::calloc(bytes, 1)));
  if (!image) throw std::bad_alloc();
  return image;
}

DmaMemory::DmaMemory(uint32_t base, uint32_t bytes, std::span<uint8_t> ddr)
    : base_(base), bytes_(bytes), ddr_(ddr.data()) {
  if (base % 4096 != 0 || bytes % 4096 != 0 || bytes == 0 || base + uint64_t{bytes} > UINT32_MAX) {
    ThrowInput(
        fmt::format("DMA window at {:#x} of {:#x} bytes: base and size must be multiples of "
                    "4096 below 4 GiB; correct ddr.window_base and ddr.window_bytes of the board",
                    base, bytes));
  }
  FRAGUA_CHECK(ddr.empty() || ddr.size() == bytes,
               fmt::format("{} bytes of DDR for a window of {}", ddr.size(), bytes));
  if (ddr.empty()) {
    own_ddr_ = NewImage(bytes);
    ddr_ = own_ddr_.get();
  }
  cached_ = NewImage(bytes);
  synced_ = NewImage(bytes);
}

DmaMemory::~DmaMemory() = default;

driver::DmaBuffer DmaMemory::Allocate(size_t bytes, size_t alignment) {
  FRAGUA_CHECK(alignment != 0 && (alignment & (alignment - 1)) == 0,
               fmt::format("alignment {} must be a power of two", alignment));
  const size_t align = std::max(alignment, kLine);
  const size_t start = (base_ + used_ + align - 1) / align * align - base_;
  const size_t size = (bytes + kLine - 1) / kLine * kLine;
  if (start > bytes_ || size > bytes_ - start) {
    ThrowInput(
        fmt::format("DMA window is too small: {} bytes wanted, {} of {} available; enlarge "
                    "ddr.window_bytes of the board or choose a smaller model",
                    bytes, bytes_ - std::min<size_t>(used_, bytes_), bytes_));
  }
  used_ = start + size;
  for (size_t i = start; i < start + size; ++i) {
    // Different on both sides, so that neither side's reading without synchronisation goes
    // unnoticed.
    ddr_[i] = static_cast<uint8_t>(0x5A ^ (i * 37));
    cached_.get()[i] = synced_.get()[i] = static_cast<uint8_t>(0xC3 ^ (i * 29));
  }
  return {std::span(cached_.get() + start, bytes), static_cast<uint32_t>(base_ + start)};
}

DmaMemory::Lines DmaMemory::Touched(const driver::DmaBuffer& buffer, size_t offset,
                                    size_t bytes) const {
  FRAGUA_CHECK(offset <= buffer.size() && bytes <= buffer.size() - offset,
               fmt::format("range {}+{} of a buffer of {} bytes", offset, bytes, buffer.size()));
  const size_t first = buffer.bus_address - base_ + offset;
  return {first / kLine * kLine,
          bytes == 0 ? first / kLine * kLine : (first + bytes + kLine - 1) / kLine * kLine};
}

void DmaMemory::Clean(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  const Lines lines = Touched(buffer, offset, bytes);
  CleanLines(lines);
  // Writing what was there before makes a line dirty as well, and the comparison cannot see it.
  const size_t first = buffer.bus_address - base_ + offset;
  std::memcpy(ddr_ + first, cached_.get() + first, bytes);
}

void DmaMemory::CleanAll() { CleanLines({0, bytes_}); }

void DmaMemory::CleanLines(const Lines& lines) {
  for (size_t i = lines.begin; i < lines.end; i += kLine) {
    if (std::memcmp(cached_.get() + i, synced_.get() + i, kLine) == 0) continue;
    std::memcpy(ddr_ + i, cached_.get() + i, kLine);
    std::memcpy(synced_.get() + i, cached_.get() + i, kLine);
  }
}

void DmaMemory::Invalidate(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  const Lines lines = Touched(buffer, offset, bytes);
  std::memcpy(cached_.get() + lines.begin, ddr_ + lines.begin, lines.end - lines.begin);
  std::memcpy(synced_.get() + lines.begin, ddr_ + lines.begin, lines.end - lines.begin);
}

bool DmaMemory::Inside(uint32_t address, size_t bytes) const {
  return address >= base_ && uint64_t{address} + bytes <= uint64_t{base_} + bytes_;
}

BusStatus DmaMemory::Read(uint32_t address, std::span<uint8_t> data) {
  if (!Inside(address, data.size())) return BusStatus::kDecodeError;
  std::memcpy(data.data(), ddr_ + (address - base_), data.size());
  return BusStatus::kOkay;
}

BusStatus DmaMemory::Write(uint32_t address, std::span<const uint8_t> data) {
  if (!Inside(address, data.size())) return BusStatus::kDecodeError;
  std::memcpy(ddr_ + (address - base_), data.data(), data.size());
  return BusStatus::kOkay;
}

}  // namespace fragua::sim

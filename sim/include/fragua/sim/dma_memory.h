#pragma once
// The DMA window of DDR with the processor's cache in front of it: two images of every byte. The
// processor works on its own image; dirty lines reach DDR when the driver cleans them, and the
// engine's writes reach the processor when the driver invalidates the lines. A forgotten
// synchronisation therefore gives wrong bytes, as on the board.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "fragua/driver/device_port.h"
#include "fragua/sim/bus_memory.h"

namespace fragua::sim {

class DmaMemory : public BusMemory {
 public:
  static constexpr size_t kLine = 32;  ///< cache line, bytes

  /// Window [base, base + bytes); both multiples of 4096. Throws Error(kInput) otherwise. `ddr` is
  /// memory of the caller's to take as DDR (one that another process maps too); empty = own memory.
  DmaMemory(uint32_t base, uint32_t bytes, std::span<uint8_t> ddr = {});
  ~DmaMemory() override;
  DmaMemory(const DmaMemory&) = delete;
  DmaMemory& operator=(const DmaMemory&) = delete;

  uint32_t base() const { return base_; }
  uint32_t limit() const { return base_ + bytes_; }

  /// Fresh memory: both images filled with a pattern. Buffers never share a cache line.
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment);
  void ReleaseAll() { used_ = 0; }

  /// Writes the dirty lines that [offset, offset + bytes) touches back to DDR. Every byte of the
  /// range counts as written by the processor, also when it is what was there before.
  void Clean(const driver::DmaBuffer& buffer, size_t offset, size_t bytes);
  /// Writes every dirty line of the window back.
  void CleanAll();
  /// Drops the lines that the range touches, dirty ones included; the processor then sees DDR.
  void Invalidate(const driver::DmaBuffer& buffer, size_t offset, size_t bytes);

  /// The engine's side. Outside the window: decode error, nothing touched.
  BusStatus Read(uint32_t address, std::span<uint8_t> data) override;
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override;

 private:
  struct Lines {
    size_t begin, end;  ///< byte offsets in the window, multiples of kLine
  };
  Lines Touched(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) const;
  void CleanLines(const Lines& lines);
  bool Inside(uint32_t address, size_t bytes) const;

  struct Free {
    void operator()(uint8_t* memory) const;
  };
  using Image = std::unique_ptr<uint8_t, Free>;
  static Image NewImage(size_t bytes);

  uint32_t base_;
  uint32_t bytes_;
  size_t used_ = 0;
  Image own_ddr_;
  uint8_t* ddr_;  ///< what the engine sees
  Image cached_;  ///< what the processor sees
  Image synced_;  ///< the processor's image as of the last synchronisation: what differs is dirty
};

}  // namespace fragua::sim

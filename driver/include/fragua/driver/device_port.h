#pragma once
// The one seam between the driver and the world: registers, DMA memory, cache maintenance, interrupt, time.
// Implementations: the SystemC platform (RTL or functional engine), later Linux UIO. Nothing else in the driver knows where it runs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fragua::driver {

/// A physically contiguous piece of DDR seen from both sides. Owned by the port; valid until the port is destroyed or ReleaseAll().
struct DmaBuffer {
  std::span<uint8_t> host;   ///< the processor's view (possibly cached)
  uint32_t bus_address = 0;  ///< the engine's view
  size_t size() const { return host.size(); }
};

class DevicePort {
 public:
  virtual ~DevicePort() = default;
  /// Registers, byte offset, multiple of 4.
  virtual uint32_t Read32(uint32_t offset) = 0;
  virtual void Write32(uint32_t offset, uint32_t value) = 0;
  /// Throws Error(kInput) naming wanted and available bytes when the DMA window is too small. `alignment` is a power of two.
  virtual DmaBuffer Allocate(size_t bytes, size_t alignment) = 0;
  virtual void ReleaseAll() = 0;
  /// Bus addresses of the window that Allocate() serves from: [base, limit).
  virtual uint32_t WindowBase() const = 0;
  virtual uint32_t WindowLimit() const = 0;
  /// Make processor writes in [offset, offset+bytes) visible to the engine / engine writes visible to the processor.
  virtual void SyncForDevice(const DmaBuffer& buffer, size_t offset, size_t bytes) = 0;
  virtual void SyncForCpu(const DmaBuffer& buffer, size_t offset, size_t bytes) = 0;
  /// Waits until the interrupt line is high; false on timeout. Never waits longer.
  virtual bool WaitIrq(std::chrono::nanoseconds timeout) = 0;
  /// The processor has done work that a board would need `duration` for: lets modelled time pass; nothing on a real board.
  virtual void ConsumeCpu(std::chrono::nanoseconds duration) = 0;
  /// Time since the port was opened: modelled in simulation, monotonic clock on a board.
  virtual std::chrono::nanoseconds Now() = 0;
};

}  // namespace fragua::driver

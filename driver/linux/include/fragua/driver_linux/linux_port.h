#pragma once
// The device port of a board that runs Linux: the engine's registers and interrupt through UIO,
// memory for it from one of three kernel interfaces. docs/LINUX.md says how to set the board up.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fragua/driver/device_port.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver_linux/system.h"

namespace fragua::driver {

/// Where memory that both sides see comes from.
enum class DmaSource {
  kAuto,     ///< the first there is of: u-dma-buf, UIO map, dma-heap
  kUdmabuf,  ///< /dev/udmabufN, cached or not as measured
  kUio,   ///< a reserved region as a further UIO map (or a UIO device called DEVICE-dma); uncached
  kHeap,  ///< /dev/dma_heap/* (CMA), cached; its physical address needs CAP_SYS_ADMIN
};

struct LinuxPortOptions {
  std::string device = "fragua";  ///< name of the UIO device (its device-tree node), or uioN
  DmaSource dma = DmaSource::kAuto;
  size_t heap_bytes = size_t{16} << 20;  ///< asked of a dma-heap; the others have their own size
  EngineConfig engine;                   ///< what must answer
  /// When it becomes true, a wait ends with Error(kDevice, "interrupted"). May be null.
  const std::atomic<bool>* stop = nullptr;
};

/// The memory that a port has taken.
struct DmaFacts {
  DmaSource source = DmaSource::kAuto;
  std::string name;             ///< /dev/udmabuf0 and the like
  std::string text;             ///< for the user: size, address, mode, rates, why no better source
  double bytes_per_second = 0;  ///< written, handed over, taken back and read; 0 = not measurable
};

class LinuxPort : public DevicePort {
 public:
  /// Finds the device, takes it for this process alone, checks that it is the expected engine,
  /// resets it if an earlier process left it at work, and gets memory. Throws Error(kDevice) that
  /// says what is missing and what to do. `system` is used until destruction.
  static std::unique_ptr<LinuxPort> Open(System& system, const LinuxPortOptions& options);
  /// The first half of Open(): the device found, taken and mapped, no register touched. Until
  /// TakeMemory() only registers, interrupt and time may be used.
  static std::unique_ptr<LinuxPort> OpenRegisters(System& system, const LinuxPortOptions& options);
  /// The second half. Throws Error(kDevice) naming every source that was tried. Call once.
  void TakeMemory();
  const DmaFacts& memory() const;
  /// True when the kernel tells of an interrupt within `timeout`, whether or not the engine's
  /// registers say so. A signal ends the wait early.
  bool WaitKernel(std::chrono::nanoseconds timeout);
  /// Stops an engine that is still at work before its memory goes back to the kernel.
  ~LinuxPort() override;

  /// What was found and chosen, a sentence each, for the user.
  const std::vector<std::string>& notes() const;

  uint32_t Read32(uint32_t offset) override;
  void Write32(uint32_t offset, uint32_t value) override;
  DmaBuffer Allocate(size_t bytes, size_t alignment) override;
  void ReleaseAll() override;
  uint32_t WindowBase() const override;
  uint32_t WindowLimit() const override;
  void SyncForDevice(const DmaBuffer& buffer, size_t offset, size_t bytes) override;
  void SyncForCpu(const DmaBuffer& buffer, size_t offset, size_t bytes) override;
  bool WaitIrq(std::chrono::nanoseconds timeout) override;
  void ConsumeCpu(std::chrono::nanoseconds duration) override;
  std::chrono::nanoseconds Now() override;

 private:
  class Impl;
  explicit LinuxPort(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::driver

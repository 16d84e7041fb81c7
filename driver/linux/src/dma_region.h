#pragma once
// One contiguous piece of memory that the processor and the engine see.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver_linux/linux_port.h"
#include "resources.h"
#include "uio.h"

namespace fragua::driver {

class DmaRegion {
 public:
  DmaRegion(std::string name, uint32_t bus_address)
      : name_(std::move(name)), bus_address_(bus_address) {}
  virtual ~DmaRegion() = default;
  DmaRegion(const DmaRegion&) = delete;
  DmaRegion& operator=(const DmaRegion&) = delete;

  /// The processor's view: ordinary memory, any access is allowed.
  virtual std::span<uint8_t> host() = 0;
  /// Makes what the processor wrote in the range visible to the engine, or the reverse. May do
  /// more than the range.
  virtual void ToDevice(size_t offset, size_t bytes) = 0;
  virtual void ToCpu(size_t offset, size_t bytes) = 0;
  /// "cached, ..." or "uncached, ...".
  virtual std::string Mode() const = 0;

  const std::string& name() const { return name_; }
  uint32_t bus_address() const { return bus_address_; }

 private:
  std::string name_;
  uint32_t bus_address_;
};

/// Uncached memory behind a copy in ordinary memory. The processor never works in uncached memory
/// itself: single bytes would go over the bus one by one, and what the kernel maps as strongly
/// ordered traps on unaligned accesses, which compilers and memcpy make.
class UncachedRegion : public DmaRegion {
 public:
  /// The region begins `offset` bytes into the mapping, and is `bytes` long; both multiples of 8.
  UncachedRegion(System& system, std::string name, uint32_t bus_address, Mapping mapping,
                 size_t offset, size_t bytes);
  std::span<uint8_t> host() override { return copy_; }
  void ToDevice(size_t offset, size_t bytes) override;
  void ToCpu(size_t offset, size_t bytes) override;
  std::string Mode() const override { return "uncached, copied"; }

 private:
  System& system_;
  Mapping mapping_;
  volatile uint64_t* words_;
  std::vector<uint8_t> copy_;
};

/// Bytes per second of the way there and back: written, handed over, taken back, read. 0 when the
/// clock stood still.
double MeasureRate(System& system, DmaRegion& region);

/// The region's physical address for the engine's 32 address bits; throws Error(kDevice) when it
/// does not fit or is not a whole number of pages.
uint32_t BusAddress(const std::string& name, uint64_t address, uint64_t bytes);

/// Memory of the wanted kind, and what to say of it; throws Error(kDevice) when there is none.
/// `engine` is the engine's own UIO device, whose second map may be the memory.
std::unique_ptr<DmaRegion> ChooseDma(System& system, const UioDevice& engine,
                                     const LinuxPortOptions& options, DmaFacts& facts);

// The sources. Null when the kernel has none; Error(kDevice) when there is one that cannot
// be used.

/// `facts` gets the measured rates of both ways to use it.
std::unique_ptr<DmaRegion> OpenUdmabuf(System& system, DmaFacts& facts);
/// The first CMA heap that gives contiguous memory of that size.
std::unique_ptr<DmaRegion> OpenHeap(System& system, size_t bytes);

}  // namespace fragua::driver

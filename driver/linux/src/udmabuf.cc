// u-dma-buf: a kernel module that gives contiguous memory with its physical address in sysfs,
// cached or not as the device file is opened, and cache maintenance of ranges by writing a sysfs
// file.

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "dma_region.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

const char* const kClass = "/sys/class/u-dma-buf/";
constexpr size_t kSyncUnit = 16;  // the low four bits of a sync command mean other things

class CachedUdmabuf : public DmaRegion {
 public:
  CachedUdmabuf(System& system, const std::string& folder, const std::string& name,
                uint32_t bus_address, Mapping mapping)
      : DmaRegion(name, bus_address),
        system_(system),
        mapping_(std::move(mapping)),
        for_device_(OpenSync(folder + "/sync_for_device")),
        for_cpu_(OpenSync(folder + "/sync_for_cpu")) {}

  std::span<uint8_t> host() override { return {mapping_.data(), mapping_.size()}; }
  void ToDevice(size_t offset, size_t bytes) override {
    system_.Barrier();
    Sync(for_device_, offset, bytes, 1);
  }
  void ToCpu(size_t offset, size_t bytes) override {
    Sync(for_cpu_, offset, bytes, 2);
    system_.Barrier();
  }
  std::string Mode() const override { return "cached, synchronised by range"; }

 private:
  Descriptor OpenSync(const std::string& path) {
    return OpenDevice(system_, path, O_WRONLY, "a u-dma-buf of version 1.0 or later is needed");
  }
  /// One number tells all: offset in bits 63:32, size in 31:4, direction (1 to the device, 2 from
  /// it) in 3:2, go in bit 0.
  void Sync(const Descriptor& file, size_t offset, size_t bytes, unsigned direction) {
    if (bytes == 0) return;
    const size_t first = offset / kSyncUnit * kSyncUnit;
    const size_t size = (offset + bytes - first + kSyncUnit - 1) / kSyncUnit * kSyncUnit;
    const std::string command = fmt::format("0x{:08X}{:08X}", first, size | direction << 2 | 1);
    const int64_t result =
        Uninterrupted([&] { return system_.Write(file.get(), command.data(), command.size()); });
    if (result != static_cast<int64_t>(command.size())) {
      throw Error(ErrorKind::kDevice,
                  fmt::format("{}: cache maintenance of {} bytes at {} failed: {}", name(), size,
                              first, Reason(result < 0 ? result : -EIO)));
    }
  }

  System& system_;
  Mapping mapping_;
  Descriptor for_device_, for_cpu_;
};

}  // namespace

std::unique_ptr<DmaRegion> OpenUdmabuf(System& system, DmaFacts& facts) {
  const std::vector<std::string> names = system.List(kClass);
  if (names.empty()) return nullptr;
  const std::string folder = kClass + names.front();
  const std::string device = "/dev/" + names.front();
  const auto bytes = static_cast<size_t>(ReadNumber(system, folder + "/size"));
  const uint32_t address = BusAddress(device, ReadNumber(system, folder + "/phys_addr"), bytes);
  const auto map = [&](int flags) {
    const Descriptor file = OpenDevice(system, device, O_RDWR | flags, "load the module u-dma-buf");
    return MapDevice(system, file, bytes, 0, device);
  };

  const auto open_cached = [&]() -> std::unique_ptr<DmaRegion> {
    return std::make_unique<CachedUdmabuf>(system, folder, device, address, map(0));
  };
  const auto open_uncached = [&]() -> std::unique_ptr<DmaRegion> {
    return std::make_unique<UncachedRegion>(system, device, address, map(O_SYNC), 0, bytes);
  };

  // One after the other: the same memory must not be mapped both ways at a time.
  const double uncached_rate = MeasureRate(system, *open_uncached());
  std::unique_ptr<DmaRegion> cached = open_cached();
  const double cached_rate = MeasureRate(system, *cached);
  facts.text = fmt::format("{:.0f} MB/s cached with maintenance, {:.0f} MB/s uncached",
                           cached_rate / 1e6, uncached_rate / 1e6);
  facts.bytes_per_second = std::max(cached_rate, uncached_rate);
  if (cached_rate >= uncached_rate) return cached;
  cached.reset();
  return open_uncached();
}

}  // namespace fragua::driver

#include "dma_region.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kWord = sizeof(uint64_t);
/// Larger than the first-level cache, smaller than the second: what a layer's map typically is.
constexpr size_t kMeasuredBytes = size_t{256} << 10;

}  // namespace

UncachedRegion::UncachedRegion(System& system, std::string name, uint32_t bus_address,
                               Mapping mapping, size_t offset, size_t bytes)
    : DmaRegion(std::move(name), bus_address),
      system_(system),
      mapping_(std::move(mapping)),
      words_(reinterpret_cast<volatile uint64_t*>(mapping_.data() + offset)),
      copy_(bytes) {}

void UncachedRegion::ToDevice(size_t offset, size_t bytes) {
  if (bytes == 0) return;
  const size_t end = (offset + bytes + kWord - 1) / kWord;
  for (size_t i = offset / kWord; i < end; ++i) {
    uint64_t word = 0;
    std::memcpy(&word, copy_.data() + i * kWord, kWord);
    words_[i] = word;
  }
  system_.Barrier();
  // A read of the last word comes back only when the buffers on the way have let the write pass.
  static_cast<void>(words_[end - 1]);
  system_.Barrier();
}

void UncachedRegion::ToCpu(size_t offset, size_t bytes) {
  system_.Barrier();
  const size_t end = (offset + bytes + kWord - 1) / kWord;
  for (size_t i = offset / kWord; i < end; ++i) {
    const uint64_t word = words_[i];
    std::memcpy(copy_.data() + i * kWord, &word, kWord);
  }
}

double MeasureRate(System& system, DmaRegion& region) {
  const size_t bytes = std::min(region.host().size(), kMeasuredBytes);
  const std::span<uint8_t> memory = region.host().first(bytes);
  const auto begin = system.Now();
  std::iota(memory.begin(), memory.end(), uint8_t{1});
  region.ToDevice(0, bytes);
  region.ToCpu(0, bytes);
  // The sum is used, so that the reading is not left out.
  volatile uint32_t sum = std::accumulate(memory.begin(), memory.end(), uint32_t{0});
  static_cast<void>(sum);
  const auto time = system.Now() - begin;
  return time.count() <= 0
             ? 0.0
             : 2.0 * static_cast<double>(bytes) * 1e9 / static_cast<double>(time.count());
}

uint32_t BusAddress(const std::string& name, uint64_t address, uint64_t bytes) {
  if (address % kPage != 0 || bytes % kPage != 0 || bytes == 0 || address + bytes > UINT32_MAX) {
    throw Error(
        ErrorKind::kDevice,
        fmt::format("{}: {} bytes at 0x{:X}: the engine needs whole pages of {} bytes below "
                    "4 GiB; correct the region in the device tree",
                    name, bytes, address, kPage));
  }
  return static_cast<uint32_t>(address);
}

}  // namespace fragua::driver

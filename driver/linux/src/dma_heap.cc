// dma-heaps: contiguous memory from CMA as a dma-buf. The kernel tells user space neither a
// physical address (/proc/self/pagemap does, to CAP_SYS_ADMIN), nor does its synchronisation reach
// further than the devices attached to the buffer; docs/LINUX.md says what follows from that.

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include <cstring>
#include <utility>

#include "dma_region.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

const char* const kFolder = "/dev/dma_heap";
constexpr size_t kPage = 4096;
constexpr uint64_t kPresent = uint64_t{1} << 63;
constexpr uint64_t kFrame = (uint64_t{1} << 55) - 1;

[[noreturn]] void ThrowDevice(const std::string& text) { throw Error(ErrorKind::kDevice, text); }

class HeapRegion : public DmaRegion {
 public:
  HeapRegion(System& system, std::string name, uint32_t bus_address, Descriptor buffer,
             Mapping mapping)
      : DmaRegion(std::move(name), bus_address),
        system_(system),
        buffer_(std::move(buffer)),
        mapping_(std::move(mapping)) {
    Sync(DMA_BUF_SYNC_START);
  }
  std::span<uint8_t> host() override { return {mapping_.data(), mapping_.size()}; }
  void ToDevice(size_t, size_t) override {
    system_.Barrier();
    Sync(DMA_BUF_SYNC_END);
  }
  void ToCpu(size_t, size_t) override {
    // Beginning an access drops cached lines of the whole buffer: what was written elsewhere in it
    // and not handed over yet must reach memory first.
    Sync(DMA_BUF_SYNC_END);
    Sync(DMA_BUF_SYNC_START);
    system_.Barrier();
  }
  std::string Mode() const override { return "cached, synchronised as a whole"; }

 private:
  void Sync(uint64_t edge) {
    dma_buf_sync sync{};
    sync.flags = edge | DMA_BUF_SYNC_RW;
    int result = 0;
    // The kernel says EAGAIN when it was interrupted while it waited for fences.
    for (int i = 0; i < 1000; ++i) {
      result =
          Uninterrupted([&] { return system_.Ioctl(buffer_.get(), DMA_BUF_IOCTL_SYNC, &sync); });
      if (result != -EAGAIN) break;
    }
    if (result < 0) {
      ThrowDevice(fmt::format("{}: DMA_BUF_IOCTL_SYNC failed: {}", name(), Reason(result)));
    }
  }

  System& system_;
  Descriptor buffer_;
  Mapping mapping_;
};

/// Physical address of a mapped, contiguous piece of memory.
uint64_t PhysicalAddress(System& system, const std::string& name, const Mapping& mapping) {
  const Descriptor pagemap = OpenDevice(system, "/proc/self/pagemap", O_RDONLY,
                                        "the kernel needs CONFIG_PROC_PAGE_MONITOR");
  uint64_t first = 0;
  for (size_t i = 0; i * kPage < mapping.size(); ++i) {
    // A page that nobody has touched is not there yet.
    static_cast<volatile uint8_t*>(mapping.data())[i * kPage] = 0;
    const auto page = reinterpret_cast<uintptr_t>(mapping.data()) / kPage + i;
    uint64_t entry = 0;
    const int64_t got = Uninterrupted([&] {
      return system.ReadAt(pagemap.get(), &entry, sizeof entry, uint64_t{page} * sizeof entry);
    });
    if (got != sizeof entry || (entry & kPresent) == 0) {
      ThrowDevice(name + ": /proc/self/pagemap does not know its pages");
    }
    const uint64_t frame = entry & kFrame;
    if (frame == 0) {
      ThrowDevice(
          name +
          ": the kernel hides physical addresses from this process; give it CAP_SYS_ADMIN "
          "(setcap cap_sys_admin+ep on the program, or root), or use u-dma-buf or a UIO map");
    }
    if (i == 0) first = frame;
    if (frame != first + i) {
      ThrowDevice(
          fmt::format("{}: not contiguous at byte {}; a CMA heap is needed", name, i * kPage));
    }
  }
  return first * kPage;
}

std::unique_ptr<DmaRegion> OpenOne(System& system, const std::string& name, size_t bytes) {
  const Descriptor heap =
      OpenDevice(system, name, O_RDWR, "the kernel needs CONFIG_DMABUF_HEAPS_CMA");
  dma_heap_allocation_data request{};
  request.len = bytes;
  request.fd_flags = O_RDWR | O_CLOEXEC;
  const int result =
      Uninterrupted([&] { return system.Ioctl(heap.get(), DMA_HEAP_IOCTL_ALLOC, &request); });
  if (result < 0) {
    ThrowDevice(
        fmt::format("{}: {} bytes are not to be had: {}; enlarge cma= on the kernel's "
                    "command line, or ask for less with --dma-bytes",
                    name, bytes, Reason(result)));
  }
  Descriptor buffer(system, static_cast<int>(request.fd));
  Mapping mapping = MapDevice(system, buffer, bytes, 0, name);
  const uint32_t address = BusAddress(name, PhysicalAddress(system, name, mapping), bytes);
  return std::make_unique<HeapRegion>(system, name, address, std::move(buffer), std::move(mapping));
}

}  // namespace

std::unique_ptr<DmaRegion> OpenHeap(System& system, size_t bytes) {
  std::string problems;
  for (const std::string& heap : system.List(kFolder)) {
    // The system heap gives scattered pages.
    if (heap.rfind("system", 0) == 0) continue;
    try {
      return OpenOne(system, std::string(kFolder) + "/" + heap, bytes);
    } catch (const Error& error) {
      problems += (problems.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  if (problems.empty()) return nullptr;
  ThrowDevice(problems);
}

}  // namespace fragua::driver

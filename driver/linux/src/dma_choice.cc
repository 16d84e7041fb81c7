// Which of the kernel's ways to get memory is taken.

#include <fmt/format.h>

#include <utility>

#include "dma_region.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

std::unique_ptr<DmaRegion> OpenMap(System& system, const UioDevice& device, size_t index,
                                   const std::string& name) {
  const UioMap& map = device.entry().maps[index];
  const uint32_t address = BusAddress(name, map.address, map.bytes);
  return std::make_unique<UncachedRegion>(system, name, address, device.Map(index), map.offset,
                                          map.bytes);
}

/// The engine's second map, or the first map of a device of its own.
std::unique_ptr<DmaRegion> OpenUioMemory(System& system, const UioDevice& engine) {
  if (engine.entry().maps.size() > 1) {
    return OpenMap(system, engine, 1, engine.path() + " map1");
  }
  const std::string wanted = engine.entry().name + "-dma";
  for (const UioEntry& entry : ListUio(system)) {
    if (entry.name != wanted || entry.maps.empty()) continue;
    const UioDevice memory(system, entry);
    return OpenMap(system, memory, 0, memory.path());
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<DmaRegion> ChooseDma(System& system, const UioDevice& engine,
                                     const LinuxPortOptions& options, DmaFacts& facts) {
  struct Source {
    DmaSource source;
    const char* name;
  };
  // Best first: u-dma-buf is the only one with maintenance of ranges and without a privilege; a
  // UIO map needs no privilege either but is uncached; a heap needs one, and its synchronisation
  // may not reach the engine.
  const Source sources[] = {{DmaSource::kUdmabuf, "u-dma-buf"},
                            {DmaSource::kUio, "a UIO map"},
                            {DmaSource::kHeap, "a dma-heap"}};
  std::string problems;
  for (const Source& each : sources) {
    if (options.dma != DmaSource::kAuto && options.dma != each.source) continue;
    try {
      facts = {};
      facts.source = each.source;
      std::unique_ptr<DmaRegion> region;
      if (each.source == DmaSource::kUdmabuf) region = OpenUdmabuf(system, facts);
      if (each.source == DmaSource::kUio) region = OpenUioMemory(system, engine);
      if (each.source == DmaSource::kHeap) region = OpenHeap(system, options.heap_bytes);
      if (region) {
        if (facts.text.empty()) {
          const double rate = facts.bytes_per_second = MeasureRate(system, *region);
          facts.text = rate > 0 ? fmt::format("{:.0f} MB/s", rate / 1e6) : "rate not measurable";
        }
        facts.name = region->name();
        facts.text = fmt::format("DMA memory: {}, {} KiB at 0x{:08X}, {} ({})", region->name(),
                                 region->host().size() / 1024, region->bus_address(),
                                 region->Mode(), facts.text);
        if (!problems.empty()) facts.text += fmt::format("; not used: {}", problems);
        return region;
      }
      problems += fmt::format("{}{}: none", problems.empty() ? "" : "; ", each.name);
    } catch (const Error& error) {
      problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", each.name, error.what());
    }
  }
  throw Error(ErrorKind::kDevice,
              fmt::format("no memory for the engine ({}); load the module u-dma-buf, or give the "
                          "engine's device-tree node a reserved region as its second 'reg' "
                          "(docs/LINUX.md)",
                          problems));
}

}  // namespace fragua::driver

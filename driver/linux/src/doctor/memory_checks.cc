// The memory that processor and engine share: where it lies and how fast it is.

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "examination.h"

namespace fragua::driver {
namespace {

struct Range {
  uint64_t begin = 0, end = 0;  ///< end: last byte
};

/// What the kernel says is its own; empty when it does not tell.
std::vector<Range> SystemRam(System& system) {
  std::vector<Range> ranges;
  std::istringstream text(ReadAttribute(system, "/proc/iomem").value_or(""));
  for (std::string line; std::getline(text, line);) {
    if (!line.ends_with(": System RAM")) continue;
    char* dash = nullptr;
    Range range;
    range.begin = std::strtoull(line.c_str(), &dash, 16);
    if (*dash != '-') continue;
    range.end = std::strtoull(dash + 1, nullptr, 16);
    // Zeros are shown to those who may not know.
    if (range.end != 0) ranges.push_back(range);
  }
  return ranges;
}

/// KiB of "Name:   123 kB" in /proc/meminfo; 0 when it is not there.
uint64_t MemInfo(System& system, const std::string& name) {
  std::istringstream text(ReadAttribute(system, "/proc/meminfo").value_or(""));
  for (std::string line; std::getline(text, line);) {
    if (line.rfind(name + ":", 0) == 0) {
      return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10);
    }
  }
  return 0;
}

void CheckRegion(Examination& exam, LinuxPort& port) {
  exam.Begin("memory region");
  if (exam.options().remote) {
    exam.Add(Verdict::kNotCheckable, "the engine is in another process");
    return;
  }
  const uint64_t begin = port.WindowBase();
  const uint64_t end = uint64_t{port.WindowLimit()} - 1;
  const std::string found = fmt::format("0x{:08X} to 0x{:08X}", begin, end);
  const std::vector<Range> ram = SystemRam(exam.system());
  if (ram.empty()) {
    exam.Add(Verdict::kNotCheckable, "/proc/iomem shows no addresses", "", "run as root (sudo)");
    return;
  }
  bool inside = false, touches = false;
  for (const Range& range : ram) {
    inside = inside || (range.begin <= begin && end <= range.end);
    touches = touches || (begin <= range.end && range.begin <= end);
  }
  if (port.memory().source == DmaSource::kUio) {
    exam.Add(touches ? Verdict::kFailed : Verdict::kOk,
             found + (touches ? " belongs to the kernel too" : ", left out by the kernel"),
             "a region that is not in the kernel's map",
             touches ? "no-map in the region's reserved-memory node "
                       "(driver/linux/board/fragua-reserved.dtso), merged at boot"
                     : "");
    return;
  }
  const uint64_t cma = MemInfo(exam.system(), "CmaTotal");
  const uint64_t wanted = (end + 1 - begin) / 1024;
  const std::string expected = "in System RAM, of the contiguous memory (CMA)";
  if (!inside) {
    exam.Add(Verdict::kFailed, found + " is not System RAM", expected,
             "remove memory-region or reg from the memory's device-tree node, or correct it");
  } else if (cma < wanted) {
    exam.Add(Verdict::kWarning,
             fmt::format("{}, {} KiB, and CmaTotal is {} KiB: not from CMA", found, wanted, cma),
             expected, "cma=64M on the kernel's command line (driver/linux/board/bootargs.txt)");
  } else {
    exam.Add(Verdict::kOk, fmt::format("{}, CmaTotal {} KiB", found, cma), expected);
  }
}

void CheckRate(Examination& exam, LinuxPort& port) {
  exam.Begin("memory rate");
  const DmaFacts& facts = port.memory();
  const double rate = facts.bytes_per_second;
  // A quarter of what the board file says of copies: below it handing over costs more than layers.
  const double least = exam.options().board.processor.copy_bytes_per_ns * 1e9 / 4;
  const std::string expected = fmt::format("{:.0f} MB/s or more (copy_bytes_per_ns of '{}' / 4)",
                                           least / 1e6, exam.options().board.name);
  if (rate <= 0) {
    exam.Add(Verdict::kNotCheckable, "time stands still here", expected);
  } else if (rate >= least) {
    exam.Add(Verdict::kOk, fmt::format("{:.0f} MB/s there and back", rate / 1e6), expected);
  } else {
    exam.Add(Verdict::kWarning, fmt::format("{:.0f} MB/s there and back", rate / 1e6), expected,
             facts.source == DmaSource::kUdmabuf
                 ? "the governor may hold the processor slow: cpufreq-set -g performance"
                 : "u-dma-buf has cached memory: driver/linux/fragua.dtso and its module");
  }
}

}  // namespace

bool CheckMemory(Examination& exam, LinuxPort& port) {
  exam.Begin("memory");
  const std::string expected = "u-dma-buf, or a region of a UIO device's";
  try {
    port.TakeMemory();
  } catch (const Error& error) {
    exam.AddFailure(error, expected);
    return false;
  }
  const DmaFacts& facts = port.memory();
  const std::string found = facts.text.substr(facts.text.find(": ") + 2);
  if (facts.source == DmaSource::kHeap) {
    exam.Add(Verdict::kWarning, found, expected,
             "use u-dma-buf or a reserved region: a heap's cache maintenance may not reach the "
             "engine (docs/LINUX.md)");
  } else {
    exam.Add(Verdict::kOk, found, expected);
  }
  CheckRegion(exam, port);
  CheckRate(exam, port);
  return true;
}

}  // namespace fragua::driver

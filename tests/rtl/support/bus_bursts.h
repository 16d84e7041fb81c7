#pragma once
// What the blocks at the memory bus are asked for, and the buses they are asked on.

#include <cstdint>
#include <vector>

#include "fragua/driver/registers.h"
#include "support/axi_memory.h"

namespace fragua::rtltest {

using fragua::driver::regs::ErrorCode;

inline constexpr uint32_t kBase = 0x20000;
inline constexpr uint32_t kBytes = 0x10000;

struct BurstRequest {
  uint32_t address;
  uint8_t beats;
};

// A burst as fr_bursts makes them: within 128 bytes.
inline BurstRequest RandomBurst(Random& random) {
  const uint32_t first = random.Range(0, 15);
  return {kBase + 128 * random.Range(0, kBytes / 128 - 1) + 8 * first,
          static_cast<uint8_t>(random.Range(1, 16 - first))};
}

/// A DMA window in pages, and whether a burst in `page` may pass.
struct WindowCase {
  uint32_t base, limit, page;
  bool inside;
};

/// Windows anywhere with the pages on either side of either end; the first page of all; windows
/// that hold nothing: as after a reset, of no page, the wrong way round.
inline std::vector<WindowCase> WindowCases(Random& random) {
  std::vector<WindowCase> cases = {
      {0, 1, 0, true}, {0, 0, 0, false}, {7, 7, 7, false}, {9, 5, 7, false}, {9, 5, 9, false}};
  for (int i = 0; i < 60; ++i) {
    const uint32_t base = random.Range(1, 0xFFFFE);
    const uint32_t limit = random.Range(base + 1, 0xFFFFF);
    cases.insert(cases.end(), {{base, limit, base - 1, false},
                               {base, limit, base, true},
                               {base, limit, limit - 1, true},
                               {base, limit, limit, false}});
  }
  return cases;
}

inline const std::vector<AxiStalls> kBuses = {
    {}, {.latency_min = 30, .latency_max = 30}, {50, 50, 50, 50, 1, 40}, {90, 80, 80, 90, 1, 3}};

}  // namespace fragua::rtltest

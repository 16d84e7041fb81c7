#include "fragua/driver/stamp_times.h"

#include <cstring>

#include "fragua/driver/registers.h"

namespace fragua::driver {

std::vector<size_t> StampTimeWords(std::span<const uint8_t> bytes) {
  namespace s = regs::stamp;
  std::vector<size_t> times;
  for (size_t at = 0; at + s::kBytes <= bytes.size(); at += 8) {
    uint32_t words[s::kBytes / 4];
    std::memcpy(words, bytes.data() + at, sizeof words);
    bool stamp = words[s::kMagicWord] == s::kMagicValue;
    for (int w = s::kWriteBeatsWord + 1; w < s::kMagicWord; ++w) stamp = stamp && words[w] == 0;
    if (!stamp) continue;
    for (size_t w = s::kCyclesWord; w <= s::kWriteBeatsWord; ++w) times.push_back(at + 4 * w);
  }
  return times;
}

bool TellsTime(uint32_t register_offset) {
  return register_offset >= regs::kRegCountCycles && register_offset <= regs::kRegCountWriteBeats;
}

}  // namespace fragua::driver

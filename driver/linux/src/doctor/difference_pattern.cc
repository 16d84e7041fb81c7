#include "difference_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

constexpr size_t kWord = 8;   ///< bytes of a beat on the bus
constexpr size_t kLine = 32;  ///< UG585, application processing unit: L1 and L2 cache lines
constexpr uint64_t kUpper = 0xFFFFFFFF00000000;

struct Counts {
  size_t words = 0, wrong_words = 0;
  size_t bytes = 0, wrong_bytes = 0;
  size_t lines = 0, wrong_lines = 0;
  size_t bytes_in_wrong_lines = 0;
  size_t first = 0;
  uint64_t bits = 0;  ///< of a word: wrong anywhere
};

Counts Count(std::span<const uint8_t> expected, std::span<const uint8_t> got) {
  Counts counts;
  counts.bytes = expected.size();
  counts.words = (expected.size() + kWord - 1) / kWord;
  counts.lines = (expected.size() + kLine - 1) / kLine;
  std::vector<bool> words(counts.words), lines(counts.lines);
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto difference = static_cast<uint64_t>(expected[i] ^ got[i]);
    if (difference == 0) continue;
    if (counts.wrong_bytes++ == 0) counts.first = i;
    counts.bits |= difference << (8 * (i % kWord));
    words[i / kWord] = true;
    lines[i / kLine] = true;
  }
  counts.wrong_words = static_cast<size_t>(std::ranges::count(words, true));
  counts.wrong_lines = static_cast<size_t>(std::ranges::count(lines, true));
  counts.bytes_in_wrong_lines = std::min(counts.wrong_lines * kLine, counts.bytes);
  return counts;
}

}  // namespace

DifferencePattern DescribeDifferences(std::span<const uint8_t> expected,
                                      std::span<const uint8_t> got) {
  FRAGUA_CHECK(expected.size() == got.size(), fmt::format("{}, {}", expected.size(), got.size()));
  const Counts c = Count(expected, got);
  if (c.wrong_bytes == 0) return {};
  const std::string sum = fmt::format("{} of {} bytes differ", c.wrong_bytes, c.bytes);
  // By chance a byte or a word may be right; nine in ten tell.
  const bool nearly_every_word = 10 * c.wrong_words >= 9 * c.words;
  const bool upper = (c.bits & ~kUpper) == 0;
  const bool lower = (c.bits & kUpper) == 0;
  if (nearly_every_word && (upper || lower) && std::popcount(c.bits) > 16) {
    return {upper ? DifferenceKind::kUpperHalves : DifferenceKind::kLowerHalves,
            fmt::format("every second 32-bit word is wrong (the {} half of {} of {} 64-bit words)",
                        upper ? "upper" : "lower", c.wrong_words, c.words)};
  }
  // Bits that are wrong in half of the words or more are stuck or swapped; a fault that also needs
  // the right data would show in fewer.
  if (std::popcount(c.bits) <= 16 && 4 * c.wrong_words >= c.words) {
    return {DifferenceKind::kLanes,
            fmt::format("{}, all in bits 0x{:016X} of the 64-bit words", sum, c.bits)};
  }
  if (c.wrong_lines < c.lines && 4 * c.wrong_bytes >= 3 * c.bytes_in_wrong_lines) {
    return {DifferenceKind::kLines, fmt::format("whole cache lines of {} bytes are wrong, {} of {}",
                                                kLine, c.wrong_lines, c.lines)};
  }
  return {DifferenceKind::kScattered,
          fmt::format("{}, the first at {}: 0x{:02X} instead of 0x{:02X}", sum, c.first,
                      got[c.first], expected[c.first])};
}

}  // namespace fragua::driver

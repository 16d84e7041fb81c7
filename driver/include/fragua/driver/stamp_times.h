#pragma once
// Which words of memory tell time: two runs of the same commands on different engines (or with
// another memory) agree in everything else.

#include <cstdint>
#include <span>
#include <vector>

namespace fragua::driver {

/// Offsets of the 32-bit words that hold times, in stamp records that begin at multiples of 8 of
/// `bytes` and lie in it whole: those between tag and zeros in a record that ends in the magic
/// word.
std::vector<size_t> StampTimeWords(std::span<const uint8_t> bytes);

/// True for registers whose value depends on when they are read: the counters.
bool TellsTime(uint32_t register_offset);

}  // namespace fragua::driver

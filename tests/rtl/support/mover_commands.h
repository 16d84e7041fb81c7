#pragma once
// What the tests of LOAD and STORE share: a command on the pins, the words it means, legal bursts.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "support/engine_commands.h"

namespace fragua::rtltest {

inline constexpr uint32_t kAddress = 0x10000FA8;  // in the middle of a 128-byte line

inline void Put(uint32_t* pins, const regs::Command& command) {
  for (int w = 0; w < 8; ++w) {
    pins[2 * w] = static_cast<uint32_t>(command.words()[w]);
    pins[2 * w + 1] = static_cast<uint32_t>(command.words()[w] >> 32);
  }
}

// The bus words of a command, in order.
inline std::vector<uint32_t> Addresses(uint32_t address, uint32_t stride, uint32_t words,
                                       uint32_t runs) {
  std::vector<uint32_t> all;
  for (uint32_t r = 0; r < runs; ++r) {
    for (uint32_t w = 0; w < words; ++w) all.push_back(address + r * stride + 8 * w);
  }
  return all;
}

inline void ExpectLegal(uint32_t address, uint32_t beats) {
  EXPECT_GE(beats, 1u);
  EXPECT_LE(beats, 16u);
  EXPECT_EQ(address / 128, (address + 8 * beats - 1) / 128) << "burst crosses 128 bytes";
}

}  // namespace fragua::rtltest

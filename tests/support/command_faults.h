#pragma once
// Command streams that must end in a stated error on an engine with a DMA window, as changes to
// ConvCase::Program() with one COMPUTE command (0: LOAD weights, 1: LOAD map, 2: COMPUTE, 3: STORE,
// 4: SIGNAL).

#include <cstdint>
#include <functional>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"

namespace fragua::test {

struct CommandFault {
  const char* name;
  std::function<void(std::vector<driver::regs::Command>&)> inject;
  driver::regs::ErrorCode code;
  uint32_t tag;
  uint32_t address;
};

inline std::vector<CommandFault> CommandFaults(const driver::EngineConfig& engine, uint32_t base,
                                               uint32_t limit) {
  namespace r = driver::regs;
  using r::ErrorCode;
  return {
      {"opcode", [](auto& c) { c[2].Set(r::header::kOpcode, 0x21); }, ErrorCode::kIllegalOpcode,
       0x200, 0},
      {"zero rows", [](auto& c) { c[2].Set(r::compute::kOutRows, 0); }, ErrorCode::kBadShape, 0x200,
       0},
      {"zero K-blocks", [](auto& c) { c[2].Set(r::compute::kKblocks, 0); }, ErrorCode::kBadShape,
       0x200, 0},
      {"K-block larger than the buffer",
       [=](auto& c) { c[2].Set(r::compute::kKblockWords, engine.weight_words + 1); },
       ErrorCode::kBadShape, 0x200, 0},
      {"zero runs", [](auto& c) { c[3].Set(r::store::kRuns, 0); }, ErrorCode::kBadShape, 0x300, 0},
      {"zero words", [](auto& c) { c[0].Set(r::load::kRunWords, 0); }, ErrorCode::kBadShape, 0x100,
       0},
      {"load beyond the buffer",
       [=](auto& c) { c[1].Set(r::load::kDstAddr, engine.activation_words - 1); },
       ErrorCode::kBadShape, 0x101, 0},
      {"weight run that is no whole weight word", [](auto& c) { c[0].Set(r::load::kRunWords, 17); },
       ErrorCode::kBadShape, 0x100, 0},
      {"crooked load address", [=](auto& c) { c[1].Set(r::load::kDdrAddr, base + 4); },
       ErrorCode::kMisaligned, 0x101, base + 4},
      {"crooked store stride",
       [=](auto& c) { c[3].Set(r::store::kDdrAddr, base + 0x100).Set(r::store::kDdrStride, 12); },
       ErrorCode::kMisaligned, 0x300, base + 0x100},
      {"load below the window", [=](auto& c) { c[1].Set(r::load::kDdrAddr, base - 0x80); },
       ErrorCode::kOutOfWindow, 0x101, base - 0x80},
      {"load across the window's end", [=](auto& c) { c[1].Set(r::load::kDdrAddr, limit - 0x40); },
       ErrorCode::kOutOfWindow, 0x101, limit},
      {"store beyond the window", [=](auto& c) { c[3].Set(r::store::kDdrAddr, limit); },
       ErrorCode::kOutOfWindow, 0x300, limit},
      {"token that never comes", [](auto& c) { c[0].Set(r::header::kWait, r::kTokenCl); },
       ErrorCode::kWatchdog, 0xFFFFFFFF, 0},
      {"store that wants too much", [](auto& c) { c[3].Set(r::store::kRunWords, 1 << 20); },
       ErrorCode::kWatchdog, 0xFFFFFFFF, 0},
  };
}

}  // namespace fragua::test

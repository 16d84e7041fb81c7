#pragma once
// Command streams that must end in a stated error, as changes to ConvCase::Program() with one
// COMPUTE command (0: LOAD weights, 1: LOAD map, 2: COMPUTE, 3: STORE, 4: SIGNAL).

#include <vector>

#include "fragua/driver/registers.h"

namespace fragua::test {

struct CommandFault {
  const char* name;
  void (*inject)(std::vector<driver::regs::Command>&);
  driver::regs::ErrorCode code;
  uint32_t tag;
  uint32_t address;
};

inline const std::vector<CommandFault>& CommandFaults() {
  namespace r = driver::regs;
  using r::ErrorCode;
  static const std::vector<CommandFault> kFaults = {
      {"opcode", [](auto& c) { c[2].Set(r::header::kOpcode, 0x21); }, ErrorCode::kIllegalOpcode,
       0x200, 0},
      {"zero rows", [](auto& c) { c[2].Set(r::compute::kOutRows, 0); }, ErrorCode::kBadShape, 0x200,
       0},
      {"zero K-blocks", [](auto& c) { c[2].Set(r::compute::kKblocks, 0); }, ErrorCode::kBadShape,
       0x200, 0},
      {"K-block larger than the buffer", [](auto& c) { c[2].Set(r::compute::kKblockWords, 1025); },
       ErrorCode::kBadShape, 0x200, 0},
      {"zero runs", [](auto& c) { c[3].Set(r::store::kRuns, 0); }, ErrorCode::kBadShape, 0x300, 0},
      {"zero words", [](auto& c) { c[0].Set(r::load::kRunWords, 0); }, ErrorCode::kBadShape, 0x100,
       0},
      {"load beyond the buffer", [](auto& c) { c[1].Set(r::load::kDstAddr, 12799); },
       ErrorCode::kBadShape, 0x101, 0},
      {"weight run that is no whole weight word", [](auto& c) { c[0].Set(r::load::kRunWords, 17); },
       ErrorCode::kBadShape, 0x100, 0},
      {"crooked load address", [](auto& c) { c[1].Set(r::load::kDdrAddr, 0x10000004); },
       ErrorCode::kMisaligned, 0x101, 0x10000004},
      {"crooked store stride",
       [](auto& c) { c[3].Set(r::store::kDdrAddr, 0x10000100).Set(r::store::kDdrStride, 12); },
       ErrorCode::kMisaligned, 0x300, 0x10000100},
      {"load below the window", [](auto& c) { c[1].Set(r::load::kDdrAddr, 0x0FFFFF80); },
       ErrorCode::kOutOfWindow, 0x101, 0x0FFFFF80},
      {"load across the window's end", [](auto& c) { c[1].Set(r::load::kDdrAddr, 0x13FFFFC0); },
       ErrorCode::kOutOfWindow, 0x101, 0x14000000},
      {"store beyond the window", [](auto& c) { c[3].Set(r::store::kDdrAddr, 0x14000000); },
       ErrorCode::kOutOfWindow, 0x300, 0x14000000},
      {"token that never comes", [](auto& c) { c[0].Set(r::header::kWait, r::kTokenCl); },
       ErrorCode::kWatchdog, 0xFFFFFFFF, 0},
      {"store that wants too much", [](auto& c) { c[3].Set(r::store::kRunWords, 1 << 20); },
       ErrorCode::kWatchdog, 0xFFFFFFFF, 0},
  };
  return kFaults;
}

}  // namespace fragua::test

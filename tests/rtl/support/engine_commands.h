#pragma once
// Commands in short, for tests.

#include <cstdint>

#include "fragua/driver/registers.h"

namespace fragua::rtltest {

namespace regs = fragua::driver::regs;

inline regs::Command Load(uint32_t address, uint32_t stride, uint32_t words, uint32_t runs,
                          bool weights, uint32_t to, uint32_t to_stride) {
  namespace f = regs::load;
  return regs::MakeCommand(regs::Opcode::kLoad)
      .Set(f::kDdrAddr, address)
      .Set(f::kDdrStride, stride)
      .Set(f::kRunWords, words)
      .Set(f::kRuns, runs)
      .Set(f::kDst, weights ? 1 : 0)
      .Set(f::kDstAddr, to)
      .Set(f::kDstStride, to_stride);
}
inline regs::Command Store(uint32_t address, uint32_t stride, uint32_t words, uint32_t runs) {
  namespace f = regs::store;
  return regs::MakeCommand(regs::Opcode::kStore)
      .Set(f::kDdrAddr, address)
      .Set(f::kDdrStride, stride)
      .Set(f::kRunWords, words)
      .Set(f::kRuns, runs);
}
inline regs::Command Signal(uint32_t value) {
  return regs::MakeCommand(regs::Opcode::kSignal).Set(regs::signal::kValue, value);
}
inline regs::Command Wait(regs::Command command, uint32_t tokens) {
  return command.Set(regs::header::kWait, tokens);
}
inline regs::Command Post(regs::Command command, uint32_t tokens) {
  return command.Set(regs::header::kPost, tokens);
}
inline regs::Command Tag(regs::Command command, uint32_t tag) {
  return command.Set(regs::header::kTag, tag);
}

}  // namespace fragua::rtltest

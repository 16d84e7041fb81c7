#pragma once
// Reads the COMPUTE unit out of a Verilated fr_engine (`Root` is its ___024root class): what
// observe.vlt keeps by name, and registers, which keep their names in a model that can be traced.

#include <cstdint>
#include <vector>

#include "fragua/driver/registers.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

#define FRAGUA_COMPUTE(signal) root.fr_engine__DOT__u_compute__DOT__##signal

template <typename Root>
ComputeProbe ProbeCompute(const Root& root) {
  ComputeProbe p;
  p.start = FRAGUA_COMPUTE(start);
  p.request_step = FRAGUA_COMPUTE(request_step);
  p.padding = FRAGUA_COMPUTE(request_pad);
  p.squeeze = FRAGUA_COMPUTE(request_squeeze);
  p.read_address = FRAGUA_COMPUTE(read_addr);
  p.weight_address = FRAGUA_COMPUTE(weight_addr);
  p.operand_step = FRAGUA_COMPUTE(operand_step);
  p.operand_last = FRAGUA_COMPUTE(operand_last);
  p.parameters = FRAGUA_COMPUTE(operand_param);
  p.parameter_index = FRAGUA_COMPUTE(operand_index);
  p.pixel_complete = FRAGUA_COMPUTE(pixel_valid);
  p.write_activation = FRAGUA_COMPUTE(write_act);
  p.write_squeeze = FRAGUA_COMPUTE(write_squeeze);
  p.write_address = FRAGUA_COMPUTE(write_addr);
  p.write_data = FRAGUA_COMPUTE(write_data);
  p.load_address = FRAGUA_COMPUTE(load_act_addr_i);
  p.load_data = FRAGUA_COMPUTE(load_act_data_i);
  p.load_weight = FRAGUA_COMPUTE(load_weight_valid_i);
  p.load_weight_address = FRAGUA_COMPUTE(load_weight_addr_i);
  p.load_weight_slice = FRAGUA_COMPUTE(load_weight_slice_i);
  p.load_weight_data = FRAGUA_COMPUTE(load_weight_data_i);
  p.load_activation = FRAGUA_COMPUTE(load_act_valid_i) && FRAGUA_COMPUTE(load_act_ready_o);
  return p;
}

template <typename Root>
driver::regs::Command ReadNextCommand(const Root& root) {
  const auto& bits = FRAGUA_COMPUTE(u_issue__DOT__u_command__DOT__next_q);
  driver::regs::Command command;
  for (size_t i = 0; i < command.words().size(); ++i) {
    command.words()[i] = bits[2 * i] | uint64_t{bits[2 * i + 1]} << 32;
  }
  return command;
}

template <typename Root>
uint64_t ReadActivations(const Root& root) {
  return FRAGUA_COMPUTE(operand_act);
}

// How many slices and pairs there are depends on the engine: those beyond do not exist in Root.
#define FRAGUA_EACH_16(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define FRAGUA_EACH_32(X) \
  FRAGUA_EACH_16(X)       \
  X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
#define FRAGUA_WEIGHT_RAM(n) u_operand__DOT__u_weight__DOT__g_slice__BRA__##n##__KET____DOT__u_ram
#define FRAGUA_JOIN(a, b) FRAGUA_PASTE(a, b)
#define FRAGUA_PASTE(a, b) a##b
#define FRAGUA_SLICE(n)                                                                 \
  root.FRAGUA_JOIN(FRAGUA_JOIN(fr_engine__DOT__u_compute__DOT__, FRAGUA_WEIGHT_RAM(n)), \
                   __DOT__g_output_reg__DOT__out_q)
#define FRAGUA_PAIR(n, half) \
  FRAGUA_COMPUTE(u_array__DOT__g_pair__BRA__##n##__KET____DOT__##half##_acc_q)

template <typename Root>
std::vector<uint64_t> ReadWeights(const Root& root) {
  std::vector<uint64_t> slices;
#define FRAGUA_ADD(n)                            \
  if constexpr (requires { FRAGUA_SLICE(n); }) { \
    slices.push_back(FRAGUA_SLICE(n));           \
  }
  FRAGUA_EACH_32(FRAGUA_ADD)
#undef FRAGUA_ADD
  return slices;
}

template <typename Root>
std::vector<uint32_t> ReadAccumulators(const Root& root) {
  std::vector<uint32_t> sums;
#define FRAGUA_ADD(n)                                 \
  if constexpr (requires { FRAGUA_PAIR(n, even); }) { \
    sums.push_back(FRAGUA_PAIR(n, even));             \
    sums.push_back(FRAGUA_PAIR(n, odd));              \
  }
  FRAGUA_EACH_16(FRAGUA_ADD)
#undef FRAGUA_ADD
  return sums;
}

#undef FRAGUA_COMPUTE
#undef FRAGUA_EACH_16
#undef FRAGUA_EACH_32
#undef FRAGUA_WEIGHT_RAM
#undef FRAGUA_JOIN
#undef FRAGUA_PASTE
#undef FRAGUA_SLICE
#undef FRAGUA_PAIR

}  // namespace fragua::sim

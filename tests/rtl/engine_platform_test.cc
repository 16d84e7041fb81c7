// The Verilated engine in the SystemC platform: convolutions against their definition, memory
// stalls, faults, resets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "fragua/model/error.h"
#include "fragua/sim/platform.h"
#include "support/conv_case.h"
#include "support/engine_host.h"
#include "support/platform_case.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using sim::Platform;
using sim::PlatformOptions;
using test::ConvCase;
using test::ConvShape;
using test::EngineHost;
using test::Outcome;
using test::RtlOptions;

void ExpectCausesAddUp(driver::DevicePort& port) {
  uint32_t sum = 0;
  for (uint32_t r = regs::kRegCountCompute; r <= regs::kRegCountIdle; r += 4) sum += port.Read32(r);
  EXPECT_EQ(port.Read32(regs::kRegCountCycles), sum);
}

const ConvShape kShapes[] = {
    {.rows = 1, .columns = 1, .channels = 8, .outputs = 8},
    {.rows = 7, .columns = 5, .channels = 16, .outputs = 48},
    {.rows = 14,
     .columns = 14,
     .channels = 64,
     .outputs = 32,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.rows = 9,
     .columns = 6,
     .channels = 24,
     .outputs = 20,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.rows = 13,
     .columns = 11,
     .channels = 3,
     .outputs = 16,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2},
    {.rows = 15,
     .columns = 9,
     .channels = 8,
     .outputs = 16,
     .kernel_h = 7,
     .kernel_w = 4,
     .stride_h = 2,
     .stride_w = 1,
     .pad_top = 3,
     .pad_left = 2},
    {.rows = 5,
     .columns = 5,
     .channels = 40,
     .outputs = 16,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.rows = 9, .columns = 9, .channels = 16, .outputs = 32, .pool = 1},
    {.rows = 8, .columns = 8, .channels = 16, .outputs = 32, .pool = 1},
    {.rows = 8,
     .columns = 8,
     .channels = 16,
     .outputs = 32,
     .pool = 1,
     .pool_rows = 4,
     .pool_cols = 4},
    {.rows = 9,
     .columns = 7,
     .channels = 8,
     .outputs = 16,
     .pool = 1,
     .pool_pad = 1,
     .pool_rows = 5,
     .pool_cols = 4},
    {.rows = 8, .columns = 10, .channels = 8, .outputs = 32, .pool = 2},
    {.rows = 7,
     .columns = 9,
     .channels = 8,
     .outputs = 16,
     .pool = 2,
     .pool_rows = 4,
     .pool_cols = 5},
    {.rows = 6, .columns = 6, .channels = 16, .outputs = 32, .pool = 3},
};

struct Mode {
  const char* engine;
  std::optional<uint64_t> stall_seed;
};

class EnginePlatform : public testing::TestWithParam<Mode> {};

// One platform for the whole table: every case but the first follows another without a reset.
TEST_P(EnginePlatform, LayerTableMatchesTheDefinition) {
  PlatformOptions options = RtlOptions(GetParam().engine);
  options.stall_seed = GetParam().stall_seed;
  Platform platform(options);
  platform.Run([&](driver::DevicePort& port) {
    EngineHost host(port);
    uint32_t sequence = 1;
    for (size_t i = 0; i < std::size(kShapes); ++i) {
      const ConvCase conv(kShapes[i], options.engine, 11 + i);
      for (const int rows : {conv.out_rows, 3, 1}) {
        if (kShapes[i].pool == 3 && rows != conv.out_rows) continue;
        const Outcome outcome = RunCase(host, conv, rows, sequence++);
        ASSERT_EQ(outcome.output, conv.expected) << "shape " << i << ", rows per command " << rows;
      }
    }
    ExpectCausesAddUp(port);
  });
}

std::string ModeName(const testing::TestParamInfo<Mode>& info) {
  std::string name = info.param.engine;
  std::ranges::replace(name, '-', '_');
  return name + (info.param.stall_seed ? "_stalls" + std::to_string(*info.param.stall_seed) : "");
}

INSTANTIATE_TEST_SUITE_P(Modes, EnginePlatform,
                         testing::Values(Mode{"zybo-z7-10", {}}, Mode{"zybo-z7-10", 1},
                                         Mode{"zybo-z7-10", 2}, Mode{"zybo-8x8", {}},
                                         Mode{"zybo-8x8", 3}, Mode{"zybo-z7-20", {}},
                                         Mode{"zybo-z7-20", 4}, Mode{"zybo-z7-20-8x32", {}},
                                         Mode{"tiny", {}}, Mode{"tiny", 5}),
                         ModeName);

}  // namespace
}  // namespace fragua

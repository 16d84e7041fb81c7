// What the functional engine says about wrong command streams: missing tokens and DRAINs, faults,
// resets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"
#include "fragua/sim/functional_port.h"
#include "support/command_faults.h"
#include "support/conv_case.h"
#include "support/engine_host.h"

namespace fragua {
namespace {

namespace regs = driver::regs;
using sim::FunctionalOptions;
using sim::FunctionalPort;
using sim::Schedule;
using test::ConvCase;
using test::ConvShape;
using test::EngineHost;

driver::EngineConfig Engine(int pc, int pk) {
  driver::EngineConfig config;
  config.pc = pc;
  config.pk = pk;
  config.weight_words = 1024;
  return config;
}

struct Uploaded {
  driver::DmaBuffer input, weights, output;
};

Uploaded Upload(EngineHost& host, const ConvCase& conv) {
  return {host.Upload(conv.input), host.Upload(conv.weights),
          host.port().Allocate(conv.expected.size(), 64)};
}

const ConvShape kShape = {.rows = 7, .columns = 5, .channels = 16, .outputs = 48};

// Without the token that COMPUTE waits for, every schedule but the eager one gives other bytes, and
// strict mode names both commands whatever the schedule.
TEST(FunctionalFaults, MissingTokenShows) {
  const ConvCase conv(kShape, Engine(8, 16), 5);
  for (const Schedule schedule : {Schedule::kEagerLoad, Schedule::kLazyLoad}) {
    for (const bool strict : {false, true}) {
      FunctionalOptions options;
      options.schedule = schedule;
      options.strict = strict;
      FunctionalPort port(conv.engine, {}, options);
      EngineHost host(port);
      const Uploaded at = Upload(host, conv);
      auto commands = conv.Program(at.input.bus_address, at.weights.bus_address,
                                   at.output.bus_address, conv.out_rows, 1);
      commands[2].Set(regs::header::kWait, regs::kTokenLcw);
      if (strict) {
        EXPECT_THROW(host.Submit(commands), Error);
        continue;
      }
      host.Submit(commands);
      EXPECT_TRUE(host.Wait());
      EXPECT_EQ(host.Download(at.output) == conv.expected, schedule == Schedule::kEagerLoad);
    }
  }
}

TEST(FunctionalFaults, StrictNamesWriteOverUnread) {
  const ConvCase conv(kShape, Engine(8, 16), 5);
  // Eager: the second LOAD comes before the reading COMPUTE; lazy: after it. Wrong either way
  // without the token.
  for (const Schedule schedule : {Schedule::kEagerLoad, Schedule::kLazyLoad}) {
    for (const bool token : {false, true}) {
      FunctionalOptions options;
      options.schedule = schedule;
      FunctionalPort port(conv.engine, {}, options);
      EngineHost host(port);
      const Uploaded at = Upload(host, conv);
      auto commands = conv.Program(at.input.bus_address, at.weights.bus_address,
                                   at.output.bus_address, conv.out_rows, 1);
      commands[2].Set(regs::header::kPost, regs::kTokenCl);
      auto reload = test::MakeLoad(at.input.bus_address, 8, false, 0, 0x777);
      if (token) reload.Set(regs::header::kWait, regs::kTokenCl);
      commands.insert(commands.end() - 1, reload);
      if (token) {
        host.Submit(commands);
        EXPECT_TRUE(host.Wait());
        EXPECT_EQ(host.Download(at.output), conv.expected);
        continue;
      }
      try {
        host.Submit(commands);
        FAIL() << "the second LOAD overwrites what COMPUTE reads";
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("0x777"));
        EXPECT_THAT(error.what(), testing::HasSubstr("no token"));
      }
    }
  }
}

TEST(FunctionalFaults, StrictAsksForDrain) {
  // COMPUTE 1 copies the map into the squeeze buffer; COMPUTE 2 reads it there.
  const ConvCase conv({.rows = 6, .columns = 6, .channels = 16, .outputs = 16}, Engine(8, 16), 3);
  for (const bool drain : {false, true}) {
    FunctionalPort port(conv.engine, {});
    EngineHost host(port);
    const Uploaded at = Upload(host, conv);
    auto commands = conv.Program(at.input.bus_address, at.weights.bus_address,
                                 at.output.bus_address, conv.out_rows, 1);
    auto first = commands[2];
    namespace c = regs::compute;
    first.Set(c::kDstSelect, 1).Set(c::kDstRowPitch, 12).Set(c::kDstRing, 72);
    commands[2].Set(regs::header::kWait, 0).Set(c::kSrcSelect, 1);
    commands[2].Set(regs::header::kFlags, drain ? c::kFlagDrain : 0);
    commands.insert(commands.begin() + 2, first);
    if (drain) {
      host.Submit(commands);
      EXPECT_TRUE(host.Wait());
    } else {
      EXPECT_THROW(host.Submit(commands), Error);
    }
  }
}

TEST(FunctionalFaults, FaultsEndInTheirErrorAndResetRecovers) {
  const ConvCase conv(kShape, Engine(8, 16), 5);
  const driver::BoardConfig board;
  const uint32_t base = board.ddr.window_base;
  for (const test::CommandFault& fault :
       test::CommandFaults(conv.engine, base, base + board.ddr.window_bytes)) {
    SCOPED_TRACE(fault.name);
    FunctionalPort port(conv.engine, board);
    EngineHost host(port);
    const Uploaded at = Upload(host, conv);
    const auto good = conv.Program(at.input.bus_address, at.weights.bus_address,
                                   at.output.bus_address, conv.out_rows, 1);
    auto bad = good;
    fault.inject(bad);
    host.Submit(bad);
    EXPECT_FALSE(host.Wait());
    EXPECT_EQ(host.Error(), fault.code) << Describe(host.Error());
    EXPECT_EQ(port.Read32(regs::kRegErrorTag), fault.tag);
    EXPECT_EQ(port.Read32(regs::kRegErrorAddr), fault.address);
    EXPECT_EQ(port.Read32(regs::kRegSequence), 0u);
    ASSERT_TRUE(host.SoftReset());
    EXPECT_EQ(host.Error(), regs::ErrorCode::kNone);
    host.Submit(good);
    EXPECT_TRUE(host.Wait());
    EXPECT_EQ(host.Download(at.output), conv.expected);
  }
}

}  // namespace
}  // namespace fragua

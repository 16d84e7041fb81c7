#pragma once
// Running one convolution case through a platform.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fragua/sim/platform.h"
#include "support/conv_case.h"
#include "support/engine_host.h"

namespace fragua::test {

inline driver::EngineConfig NamedEngine(const std::string& name) {
  return driver::LoadEngineConfig(std::string(FRAGUA_SOURCE_DIR) + "/configs/engines/" + name +
                                  ".yaml");
}

inline sim::PlatformOptions RtlOptions(const std::string& engine = "zybo-z7-10") {
  sim::PlatformOptions options;
  options.engine = NamedEngine(engine);
  return options;
}

/// A case whose data are in DDR.
struct PlacedCase {
  PlacedCase(EngineHost& host, const ConvCase& conv_in)
      : conv(conv_in),
        input(host.Upload(conv.input)),
        weights(host.Upload(conv.weights)),
        output(host.port().Allocate(conv.expected.size(), 64)) {}

  /// `rows` conv rows per COMPUTE command.
  std::vector<driver::regs::Command> Program(int rows, uint32_t sequence) const {
    return conv.Program(input.bus_address, weights.bus_address, output.bus_address, rows, sequence);
  }

  const ConvCase& conv;
  driver::DmaBuffer input, weights, output;
};

/// Rings the case in and waits for it; returns the busy cycles it took and the output.
struct Outcome {
  std::vector<uint8_t> output;
  uint32_t busy_cycles = 0;
};

inline Outcome RunCase(EngineHost& host, const PlacedCase& placed, int rows, uint32_t sequence) {
  namespace r = driver::regs;
  driver::DevicePort& port = host.port();
  const uint32_t before = port.Read32(r::kRegCountCycles);
  host.Submit(placed.Program(rows, sequence));
  EXPECT_TRUE(host.Wait()) << r::Describe(host.Error()) << " tag " << std::hex
                           << port.Read32(r::kRegErrorTag) << " address "
                           << port.Read32(r::kRegErrorAddr);
  EXPECT_EQ(port.Read32(r::kRegSequence), sequence);
  return {host.Download(placed.output), port.Read32(r::kRegCountCycles) - before};
}

inline Outcome RunCase(EngineHost& host, const ConvCase& conv, int rows, uint32_t sequence) {
  return RunCase(host, PlacedCase(host, conv), rows, sequence);
}

}  // namespace fragua::test

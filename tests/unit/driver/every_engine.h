#pragma once
// One network on engines of every shape.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net_builder.h"
#include "on_engine.h"

namespace fragua::test {

inline driver::EngineConfig Engine(int pc, int pk) {
  driver::EngineConfig config;
  config.pc = pc;
  config.pk = pk;
  return config;
}

/// Buffers so small that even little maps go in strips.
inline driver::EngineConfig Tight(int pc, int pk) {
  driver::EngineConfig config = Engine(pc, pk);
  config.activation_words = 800;
  config.squeeze_words = 256;
  config.weight_words = 256;
  config.pool_words = 128;
  config.store_fifo_words = 64;
  return config;
}

struct NamedEngine {
  const char* name;
  driver::EngineConfig config;
};

inline const std::vector<NamedEngine>& Engines() {
  static const std::vector<NamedEngine> engines = {
      {"8x16", Engine(8, 16)},    {"8x8", Engine(8, 8)}, {"4x8", Engine(4, 8)},
      {"8x32", Engine(8, 32)},    {"2x8", Engine(2, 8)}, {"8x16_tight", Tight(8, 16)},
      {"4x8_tight", Tight(4, 8)},
  };
  return engines;
}

/// Every engine, both fusion settings, three orders of the units, always with the token proof.
inline void RunEverywhere(NetBuilder& net) {
  const auto inputs = net.RandomInputs();
  for (const NamedEngine& engine : Engines()) {
    for (const bool fuse : {true, false}) {
      EngineRun run;
      run.compile.engine = engine.config;
      run.compile.fuse = fuse;
      for (const sim::Schedule schedule :
           {sim::Schedule::kEagerLoad, sim::Schedule::kLazyLoad, sim::Schedule::kRandom}) {
        run.engine.schedule = schedule;
        SCOPED_TRACE(std::string(engine.name) + (fuse ? " fused" : " unfused") + " schedule " +
                     std::to_string(static_cast<int>(schedule)));
        ExpectSameAsGolden(net.graph(), inputs, run);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace fragua::test

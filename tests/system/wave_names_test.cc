// The signals that save files of GTKWave show are in the waveforms of every engine, whatever its
// shape.

#include <gtest/gtest.h>

#include "../support/command.h"
#include "../support/fst_signals.h"
#include "fragua/driver/engine_config.h"
#include "fragua/sim/platform.h"
#include "gtkw.h"

namespace fragua::test {
namespace {

class WaveNamesTest : public testing::TestWithParam<std::string> {};

TEST_P(WaveNamesTest, AreInTheWaveform) {
  const driver::EngineConfig engine =
      driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/" + GetParam() + ".yaml");
  const ScratchFolder folder;
  const Outcome outcome =
      Fragua("run --quiet --batch 1 --size 16 --classes 4 --trace-to 200 --engine " + GetParam() +
             " --trace '" + (folder / "wave.fst").string() + "'");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::set<std::string> known =
      SignalsOf(folder / (engine.engines > 1 ? "wave.engine0.fst" : "wave.fst"));
  ASSERT_FALSE(known.empty());
  for (int cause = 0; cause <= static_cast<int>(app::Cause::kUnseen); ++cause) {
    for (const int slot : {0, engine.pk / 2 - 1, engine.pk - 1}) {
      for (const auto& group : app::WavesFor(static_cast<app::Cause>(cause), engine, slot)) {
        for (const app::Wave& wave : group.waves) {
          const std::string range =
              wave.width > 1 ? "[" + std::to_string(wave.width - 1) + ":0]" : "";
          EXPECT_TRUE(known.contains(wave.name + range)) << wave.name << range;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, WaveNamesTest, testing::ValuesIn(sim::Platform::RtlEngines()),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace fragua::test

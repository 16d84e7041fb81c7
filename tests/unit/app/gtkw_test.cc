#include "gtkw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace fragua::app {
namespace {

using ::testing::HasSubstr;

TEST(GtkwTest, HoldsFileTimesAndSignalsInOrder) {
  const std::string text = GtkwText(
      "window.fst", 100, 140,
      {{"first", {{"TOP.a", 1, Wave::Format::kBit}, {"TOP.b", 8, Wave::Format::kHex}}},
       {"second", {{"TOP.c", 25, Wave::Format::kSigned}, {"TOP.d", 16, Wave::Format::kDecimal}}}});
  EXPECT_THAT(text, HasSubstr("[dumpfile] \"window.fst\"\n"));
  EXPECT_THAT(text, HasSubstr("[timestart] 1000\n"));
  EXPECT_THAT(text, HasSubstr("*-6.000000 1400 "));
  EXPECT_THAT(text, HasSubstr("@200\n-first\n@28\nTOP.a\n@22\nTOP.b[7:0]\n"
                              "@200\n-second\n@420\nTOP.c[24:0]\n@24\nTOP.d[15:0]\n"));
}

TEST(GtkwTest, EveryCauseShowsTheClockAndSomethingElse) {
  for (int cause = 0; cause <= static_cast<int>(Cause::kUnseen); ++cause) {
    const auto groups = WavesFor(static_cast<Cause>(cause), driver::EngineConfig{}, 5);
    ASSERT_GE(groups.size(), 2U) << cause;
    EXPECT_EQ(groups[0].waves[0].name, "TOP.fr_engine.clk_i");
    std::set<std::string> names;
    for (const WaveGroup& group : groups) {
      for (const Wave& wave : group.waves) EXPECT_TRUE(names.insert(wave.name).second) << wave.name;
    }
  }
}

TEST(GtkwTest, ShowsTheChannelThatIsWrong) {
  driver::EngineConfig engine;  // PC 8, PK 16, 8 lanes: weights too wide to be traced at once
  std::string text = GtkwText("w.fst", 0, 0, WavesFor(Cause::kAccumulation, engine, 5));
  EXPECT_THAT(text, HasSubstr("u_array.g_pair[2].odd_acc_q[24:0]"));
  EXPECT_THAT(text, HasSubstr("u_weight.g_slice[5].u_ram.read_data_o[63:0]"));
  text = GtkwText("w.fst", 0, 0, WavesFor(Cause::kRequantisation, engine, 12));
  EXPECT_THAT(text, HasSubstr("u_array.g_pair[6].even_acc_q[24:0]"));
  EXPECT_THAT(text, HasSubstr("u_requant.g_lane[4].u_lane.shifted7_q[26:0]"));
  engine.pc = 4;
  engine.pk = 8;
  text = GtkwText("w.fst", 0, 0, WavesFor(Cause::kWeightData, engine, 5));
  EXPECT_THAT(text, HasSubstr("u_compute.operand_weight[255:0]"));
}

}  // namespace
}  // namespace fragua::app

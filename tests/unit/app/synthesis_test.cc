// What is read from a Yosys log, what is counted, and what speaks against an engine.

#include "synthesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A log as Yosys 0.23 ends it: its last member is not JSON.
std::string Log(const std::string& top_cells, const std::string& before = "") {
  return before + R"(41. Printing statistics.

{
   "creator": "Yosys",
   "modules": {
      "$paramod$0123\\fr_top": {
         "num_cells":         9,
         "num_cells_by_type": {
            "$paramod$4567\\fr_part": 2,
            "fr_plain": 1)" +
         top_cells + R"(
         }
      },
      "$paramod$4567\\fr_part": {
         "num_cells":         3,
         "num_cells_by_type": {
            "$paramod\\fr_leaf\\Width=s32'0010": 3,
            "FDRE": 5
         }
      },
      "fr_plain": {
         "num_cells":         1,
         "num_cells_by_type": {
            "$paramod\\fr_leaf\\Width=s32'0001": 1
         }
      },
      "$paramod\\fr_leaf\\Width=s32'0001": {
         "num_cells":         1,
         "num_cells_by_type": {
            "RAMB18E1": 1
         }
      },
      "$paramod\\fr_leaf\\Width=s32'0010": {
         "num_cells":         4,
         "num_cells_by_type": {
            "LUT2": 4,
            "INV": 1,
            "RAM32M": 1,
            "SRL16E": 2,
            "CARRY4": 7
         }
      }
   },
       $paramod\fr_leaf 3
      "design": {
         broken
}
)";
}

Part SmallPart() { return {"small", 100, 100, 4, 2}; }

TEST(SynthesisTest, CountsInstancesOfInstances) {
  const SynthesisReport report = ReadSynthesisLog(Log(R"(, "DSP48E1": 2, "LUT6": 1)"), "fr_top");
  std::vector<std::string> rows;
  for (const ModuleArea& module : report.modules)
    rows.push_back(module.path + " x" + std::to_string(module.instances));
  EXPECT_THAT(rows, ElementsAre("fr_top x1", "fr_top/fr_part x2", "fr_top/fr_part/fr_leaf x6",
                                "fr_top/fr_plain x1", "fr_top/fr_plain/fr_leaf x1"));
  Area expected;
  expected.lut_logic = 6 * 5 + 1;     // LUT2 and INV
  expected.lut_memory = 6 * (4 + 2);  // a RAM32M is four LUTs
  expected.ff = 2 * 5;
  expected.dsp48e1 = 2;
  expected.ramb18 = 1;
  EXPECT_EQ(report.one, expected);
  EXPECT_EQ(report.one.lut(), 67);
  EXPECT_EQ(report.modules[2].area.lut(), 66);
  EXPECT_EQ(report.modules[0].area.ff, 0) << "a row is without the modules below it";
}

TEST(SynthesisTest, HalvesOfBlockRamsPair) {
  Area area;
  area.ramb36 = 3;
  area.ramb18 = 3;
  EXPECT_EQ(area.ramb18_equivalents(), 9);
  EXPECT_EQ(area.ramb36_equivalents(), 5);
}

TEST(SynthesisTest, ASmallEngineHasNothingAgainstIt) {
  SynthesisReport report = ReadSynthesisLog(Log(""), "fr_top");
  report.part = SmallPart();
  EXPECT_THAT(report.Objections(), IsEmpty());
}

TEST(SynthesisTest, EveryResourceIsHeldAgainstThePart) {
  SynthesisReport report;
  report.part = SmallPart();
  report.one.lut_logic = 100;
  report.one.ff = 100;
  report.one.dsp48e1 = 4;
  report.one.ramb18 = 4;
  EXPECT_THAT(report.Objections(), IsEmpty()) << "full is not too full";
  report.one.lut_memory = 1;
  EXPECT_THAT(report.Objections(), ElementsAre("101 LUT are needed, small has 100"));
  report.one.ff = 101;
  report.one.dsp48e1 = 5;
  report.one.ramb36 = 1;
  report.one.latches = 1;
  EXPECT_THAT(report.Objections(),
              ElementsAre(HasSubstr("LUT"), HasSubstr("101 flip-flops"), HasSubstr("5 DSP48E1"),
                          HasSubstr("3 RAMB36"), HasSubstr("1 latches")));
}

TEST(SynthesisTest, WarningsAndLatchesInTheLogCount) {
  const SynthesisReport report =
      ReadSynthesisLog(Log("",
                           "Warning: Wire fr_top.x is used but has no driver.\n"
                           "fr_top.sv:7: Warning: Identifier `y' is implicitly declared.\n"
                           "Warning: Wire fr_top.x is used but has no driver.\n"
                           "No latch inferred for signal `z'.\n"
                           "Latch inferred for signal `z' from process `p'.\n"),
                       "fr_top");
  EXPECT_THAT(report.warnings,
              ElementsAre(HasSubstr("fr_top.x"), HasSubstr("implicitly"), HasSubstr("Latch")));
  SynthesisReport on_part = report;
  on_part.part = SmallPart();
  EXPECT_EQ(on_part.Objections().size(), 3u);
}

TEST(SynthesisTest, WaivesAbcsRemarkOnItself) {
  const std::string remark =
      "ABC: Warning: The network is combinational (run \"fraig\" or \"fraig_sweep\").";
  EXPECT_THAT(ReadSynthesisLog(Log("", remark + "\n"), "fr_top").warnings, IsEmpty());
  EXPECT_THAT(ReadSynthesisLog(Log("", remark + " More.\n"), "fr_top").warnings,
              ElementsAre(HasSubstr("More")));
}

TEST(SynthesisTest, WaivesYosysOwnBlockRamMapAndNoOtherPort) {
  const std::string waived = R"(Warning: Resizing cell port $paramod$12\fr_ram.mem.0.1)";
  for (const char* port :
       {"DIADI from 64 bits to 32", "DOPBDOP from 8 bits to 4", "ADDRARDADDR from 17 bits to 16"}) {
    const std::string line = waived + "." + port + " bits.\n";
    EXPECT_THAT(ReadSynthesisLog(Log("", line), "fr_top").warnings, IsEmpty()) << line;
  }
  for (const char* other : {"fr_top.u_part.data_i from 64 bits to 32 bits.",
                            "fr_ram.mem.0.1.DIADI from 64 bits to 16 bits.",
                            "fr_ram.mem.0.1.WEA from 8 bits to 4 bits."}) {
    const std::string line = std::string("Warning: Resizing cell port ") + other + "\n";
    EXPECT_EQ(ReadSynthesisLog(Log("", line), "fr_top").warnings.size(), 1u) << line;
  }
}

std::string Refusal(const std::string& log, const std::string& top) {
  try {
    ReadSynthesisLog(log, top);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheck);
    return error.what();
  }
  return "(accepted)";
}

TEST(SynthesisTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(Refusal(Log(R"(, "$_SR_PP_": 2)"), "fr_top"), HasSubstr("2 cells of type $_SR_PP_"));
  EXPECT_THAT(Refusal(Log(""), "fr_other"), HasSubstr("no statistics of fr_other"));
  EXPECT_THAT(Refusal("12. Executing OPT pass.\n", "fr_top"), HasSubstr("12. Executing OPT pass."));
  EXPECT_THAT(Refusal("", "fr_top"), HasSubstr("no statistics"));
  EXPECT_THAT(Refusal("{\n   \"modules\": {\n", "fr_top"), HasSubstr("unknown form"));
}

TEST(PartTest, PartsAreThoseOfTheDataSheet) {
  const Part small = LoadPart(FRAGUA_SOURCE_DIR "/configs/parts/xc7z010.yaml");
  EXPECT_EQ(small.name, "xc7z010");
  EXPECT_EQ(small.lut, 17600);
  EXPECT_EQ(small.ff, 35200);
  EXPECT_EQ(small.dsp48e1, 80);
  EXPECT_EQ(small.ramb36, 60);
  const Part large = LoadPart(FRAGUA_SOURCE_DIR "/configs/parts/xc7z020.yaml");
  EXPECT_EQ(large.lut, 53200);
  EXPECT_EQ(large.ff, 106400);
  EXPECT_EQ(large.dsp48e1, 220);
  EXPECT_EQ(large.ramb36, 140);
}

}  // namespace
}  // namespace fragua::app

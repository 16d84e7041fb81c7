#include "ledger.h"

#include <gtest/gtest.h>

namespace fragua::app {
namespace {

LayerReport Layer(const char* name, int group, int64_t cycles, int64_t macs) {
  LayerReport layer;
  layer.name = name;
  layer.place = "fabric";
  layer.group = group;
  layer.cycles = cycles;
  layer.macs = macs;
  return layer;
}

/// Two groups of an engine of 128 MAC/cycle, and a layer on the processor between them.
RunReport TwoGroups() {
  RunReport report;
  report.network = "net";
  report.engine = "engine";
  report.board = "board";
  report.backend = "rtl";
  report.macs_per_cycle = 128;
  report.layers = {Layer("a/squeeze", 0, 20, 1000), Layer("a/expand", 0, 30, 3000),
                   Layer("pool", 0, 0, 0), Layer("between", 1, 0, 777), Layer("b", 2, 40, 5000)};
  report.layers[3].place = "arm";
  report.layers[0].stalls = {{"wait_weights", 7}};
  report.layers[1].stalls = {{"overhead", 2}};
  report.layers[1].ddr_read_bytes = 100;
  report.layers[4].ddr_write_bytes = 50;
  report.layers[4].ddr_compulsory_bytes = 40;
  report.total_cycles = 100;
  report.causes = {{"compute", 78}, {"wait_weights", 7}, {"overhead", 2}, {"idle", 13}};
  report.ddr_read_bytes = 164;
  report.ddr_write_bytes = 50;
  return report;
}

TEST(LedgerTest, GroupsAndTheRestAddUpToTheTotalInEveryColumn) {
  const std::vector<LedgerLine> lines = GroupLedger(TwoGroups());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].name, "a + pool");
  EXPECT_EQ(lines[1].name, "b");
  EXPECT_EQ(lines[2].name, "start and end");
  EXPECT_EQ(lines[3].name, "total");
  EXPECT_EQ(lines[0].cycles, 50);
  EXPECT_EQ(lines[0].ideal, 32);  // 4000 / 128, upwards
  EXPECT_EQ(lines[0].unfilled, 50 - 32 - 7 - 2);
  EXPECT_EQ(lines[1].ideal, 71 - 32);  // 9000 / 128, upwards
  EXPECT_EQ(lines[2].cycles, 10);
  EXPECT_EQ(lines[2].ddr_bytes, 64);
  EXPECT_EQ(lines[3].compulsory_bytes, 40);
  LedgerLine sum;
  for (size_t i = 0; i < 3; ++i) {
    sum.cycles += lines[i].cycles;
    sum.ideal += lines[i].ideal;
    sum.unfilled += lines[i].unfilled;
    sum.ddr_bytes += lines[i].ddr_bytes;
    for (size_t c = 0; c < sum.causes.size(); ++c) sum.causes[c] += lines[i].causes[c];
  }
  EXPECT_EQ(sum.cycles, lines[3].cycles);
  EXPECT_EQ(sum.ideal, lines[3].ideal);
  EXPECT_EQ(sum.unfilled, lines[3].unfilled);
  EXPECT_EQ(sum.ddr_bytes, lines[3].ddr_bytes);
  EXPECT_EQ(sum.causes, lines[3].causes);
}

TEST(LedgerTest, NothingWithoutEngineCycles) { EXPECT_TRUE(GroupLedger(RunReport()).empty()); }

TEST(LedgerTest, MarkdownNamesWhatWasMeasured) {
  const std::string text = LedgerMarkdown(TwoGroups());
  EXPECT_TRUE(text.starts_with("net on `engine`, board `board`, backend rtl:\n\n| group |"))
      << text;
  EXPECT_NE(text.find("| a + pool | 50 | 32 | 9 | 2 | 7 | 0 | 0 | 0 | 0 | 64.0 % | 0.1 | 0.0 |\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace fragua::app

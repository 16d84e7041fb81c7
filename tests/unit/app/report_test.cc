#include "report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../../support/command.h"
namespace fragua::app {
namespace {

RunReport TwoLayers() {
  RunReport report;
  report.network = "net";
  report.layers.resize(2);
  report.layers[0].name = "first";
  report.layers[0].match = true;
  report.layers[0].stalls = {{"wait_weights", 7}};
  report.layers[1].name = "second";
  return report;
}

TEST(ReportTest, ALayerThatWasNotComparedIsNoMismatch) {
  RunReport report = TwoLayers();
  EXPECT_TRUE(report.AllMatch());
  report.layers[1].match = false;
  EXPECT_FALSE(report.AllMatch());
}

TEST(ReportTest, JsonKeepsNamesStallsAndUnknownMatches) {
  const test::ScratchFolder scratch;
  const std::string path = (scratch / "report.json").string();
  WriteJson(TwoLayers(), path);
  const auto json = nlohmann::json::parse(test::ReadText(path));
  EXPECT_EQ(json.at("layers").at(0).at("stalls").at("wait_weights"), 7);
  EXPECT_EQ(json.at("layers").at(0).at("match"), true);
  EXPECT_TRUE(json.at("layers").at(1).at("match").is_null());
}

TEST(ReportTest, TheLedgerAddsUpToTheCycles) {
  RunReport report = TwoLayers();
  EXPECT_TRUE(report.Ledger().empty());
  report.layers[0].place = "fabric";
  report.layers[0].macs = 1000;
  report.layers[1].place = "arm";
  report.layers[1].macs = 999;
  report.macs_per_cycle = 128;
  report.total_cycles = 30;
  report.causes = {{"compute", 20}, {"wait_weights", 3}, {"idle", 7}};
  const std::vector<std::pair<std::string, int64_t>> expected = {
      {"ideal", 8}, {"unfilled array", 12}, {"idle", 7}, {"wait_weights", 3}};
  EXPECT_EQ(report.Ledger(), expected);
}

}  // namespace
}  // namespace fragua::app

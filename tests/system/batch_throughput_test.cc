// The throughput of the several-engines configuration on the Verilated engines: a whole SqueezeNet
// v1.1 on each.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../support/command.h"

namespace fragua::test {
namespace {

TEST(BatchThroughputTest, SqueezeNetV11At224OnEveryEngine) {
  const ScratchFolder scratch;
  const std::string path = (scratch / "report.json").string();
  const Outcome outcome = Fragua("run --quiet --engine zybo-z7-20 --json " + path);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  const auto report = nlohmann::json::parse(ReadText(path));
  for (const auto& layer : report.at("layers")) {
    EXPECT_EQ(layer.at("match"), true) << layer.at("name");
  }
  ASSERT_EQ(report.at("engines").size(), 3u);
  // zybo-z7-10 takes 2,866,552 cycles, of which 2.5 times as many pictures leave 1,146,620 each.
  EXPECT_LE(report.at("cycles_per_image"), 1'146'620);
  for (const auto& engine : report.at("engines")) {
    EXPECT_EQ(engine.at("images"), 1);
    EXPECT_GE(engine.at("busy_cycles").get<double>(),
              0.9 * report.at("batch_cycles").get<double>());
  }
}

}  // namespace
}  // namespace fragua::test

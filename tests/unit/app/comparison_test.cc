// What counts as a match: bytes, from wherever a backend has them, and never silence.

#include "comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fragua/golden/executor.h"
#include "fragua/model/networks.h"

namespace fragua::app {
namespace {

class ComparisonTest : public ::testing::Test {
 protected:
  ComparisonTest()
      : graph_(model::BuildNetwork(FRAGUA_SOURCE_DIR "/configs/networks/squeezenet-1.1.yaml", 32,
                                   10, 1)),
        inputs_{std::vector<uint8_t>(32 * 32 * 3, 77)},
        values_(golden::Run(graph_, inputs_)) {
    for (const model::Op& op : graph_.ops) {
      LayerReport layer;
      layer.name = op.name;
      layer.place = "fabric";
      report_.layers.push_back(layer);
    }
  }

  int OpNamed(const std::string& name) const {
    const auto op = std::ranges::find(graph_.ops, name, &model::Op::name);
    EXPECT_NE(op, graph_.ops.end()) << name;
    return static_cast<int>(op - graph_.ops.begin());
  }
  int ResultOf(const std::string& name) const {
    return graph_.ops[static_cast<size_t>(OpNamed(name))].outputs[0];
  }
  const LayerReport& Layer(const std::string& name) const {
    return report_.layers[static_cast<size_t>(OpNamed(name))];
  }
  /// Has everything but these tensors.
  TensorSource Without(std::set<int> hidden) const {
    return [this, hidden = std::move(hidden)](int tensor) {
      return hidden.contains(tensor) ? std::span<const uint8_t>{}
                                     : std::span(values_[static_cast<size_t>(tensor)]);
    };
  }
  void Compare(const std::vector<TensorSource>& sources) {
    CompareWithGolden(graph_, inputs_, sources, nullptr, report_);
  }

  model::Graph graph_;
  std::vector<std::vector<uint8_t>> inputs_;
  golden::Values values_;
  RunReport report_;
};

TEST_F(ComparisonTest, EqualBytesMatch) {
  Compare({Without({})});
  EXPECT_TRUE(report_.AllMatch());
  EXPECT_TRUE(std::ranges::all_of(report_.layers, [](const auto& l) { return l.match == true; }));
  EXPECT_TRUE(report_.mismatches.empty());
}

TEST_F(ComparisonTest, ADifferenceIsReportedOnceThoughTwoSourcesHaveIt) {
  values_[static_cast<size_t>(ResultOf("fire3/expand3x3"))][5] ^= 1;
  Compare({Without({}), Without({})});
  EXPECT_EQ(Layer("fire3/expand3x3").match, false);
  EXPECT_EQ(report_.mismatches.size(), 1u);
  EXPECT_FALSE(report_.AllMatch());
}

TEST_F(ComparisonTest, AnEngineLayerThatNobodySawDoesNotMatch) {
  Compare({Without({ResultOf("conv1")})});
  EXPECT_EQ(Layer("conv1").match, false);
  ASSERT_EQ(report_.mismatches.size(), 1u);
  EXPECT_EQ(report_.mismatches[0], "conv1: not all of its results came out of the engine");
  EXPECT_FALSE(report_.AllMatch());
}

TEST_F(ComparisonTest, SilenceInALaterInferenceIsNotCoveredByAnEarlierMatch) {
  Compare({Without({})});
  Compare({Without({ResultOf("fire5/squeeze1x1")})});
  EXPECT_EQ(Layer("fire5/squeeze1x1").match, false);
}

TEST_F(ComparisonTest, ALayerWithoutATensorOfItsOwnIsNotCompared) {
  report_.layers[static_cast<size_t>(OpNamed("conv1"))].place = "arm";
  Compare({Without({ResultOf("conv1")})});
  EXPECT_FALSE(Layer("conv1").match.has_value());
}

TEST_F(ComparisonTest, AConcatenationIsJoinedFromPartsOfSeveralSources) {
  const int joined = ResultOf("fire2/concat");
  const int one = ResultOf("fire2/expand1x1");
  const int three = ResultOf("fire2/expand3x3");
  Compare({Without({joined, one}), Without({joined, three})});
  EXPECT_EQ(Layer("fire2/concat").match, true);
  EXPECT_TRUE(report_.AllMatch());
}

}  // namespace
}  // namespace fragua::app

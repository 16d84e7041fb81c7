#include "subgraph.h"

#include <gtest/gtest.h>

#include "configs.h"
#include "fragua/model/error.h"
#include "fragua/model/networks.h"

namespace fragua::app {
namespace {

model::Graph SmallNetwork() {
  return model::BuildNetwork(FRAGUA_SOURCE_DIR "/configs/networks/squeezenet-1.1.yaml", 48, 10, 1);
}

TEST(SubgraphTest, AFireModuleStandsOnItsOwn) {
  const model::Graph graph = SmallNetwork();
  const std::vector<int> ops = MatchOps(graph, "fire2/*");
  EXPECT_EQ(ops.size(), 4U);
  const Subgraph cut = CutOut(graph, ops);
  model::Validate(cut.graph);
  ASSERT_EQ(cut.graph.inputs.size(), 1U);
  ASSERT_EQ(cut.graph.outputs.size(), 1U);
  EXPECT_EQ(cut.tensor_of[static_cast<size_t>(cut.graph.inputs[0])],
            graph.ops[static_cast<size_t>(ops[0])].inputs[0]);
  EXPECT_EQ(cut.tensor_of[static_cast<size_t>(cut.graph.outputs[0])],
            graph.ops[static_cast<size_t>(ops[3])].outputs[0]);
}

TEST(SubgraphTest, AnUnknownNameListsTheKnownOnes) {
  try {
    MatchOps(SmallNetwork(), "fire99/*");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("fire9/squeeze1x1"), std::string::npos);
  }
}

}  // namespace
}  // namespace fragua::app

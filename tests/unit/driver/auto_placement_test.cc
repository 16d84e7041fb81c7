// The partitioner with the real compiler's costs on whole built-in networks.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fragua/driver/compiler.h"
#include "fragua/driver/partition.h"
#include "fragua/model/error.h"
#include "fragua/model/networks.h"

namespace fragua::driver {
namespace {

using model::OpType;

struct Placed {
  model::Graph graph;
  Partition partition;
  Plan plan;
};

Placed PlaceNetwork(const std::string& network, int size, const PlacementRequest& request,
                    const CompileOptions& options = {}) {
  Placed result;
  result.graph = model::BuildNetwork(
      std::string(FRAGUA_SOURCE_DIR) + "/configs/networks/" + network + ".yaml", size, 100, 1);
  const auto fabric = MakeFabricModel(result.graph, options);
  result.partition = PartitionGraph(result.graph, *fabric, ArmCostModel(BoardConfig{}), request);
  std::vector<driver::Place> places;
  for (const PlacedOp& op : result.partition.ops) places.push_back(op.place);
  result.plan = Compile(result.graph, places, options);
  return result;
}

TEST(AutoPlacement, SqueezeNetGoesToTheEngineInOneSubmission) {
  const Placed placed = PlaceNetwork("squeezenet-1.1", 96, {});
  for (const PlacedOp& op : placed.partition.ops) {
    EXPECT_EQ(op.place, Place::kFabric)
        << placed.graph.ops[static_cast<size_t>(op.op)].name << ": " << op.reason;
  }
  EXPECT_EQ(placed.plan.programs.size(), 1u);
  EXPECT_LT(placed.partition.total_ns, placed.partition.arm_only_ns / 3);
}

TEST(AutoPlacement, AdditionsOfABypassGoToTheEngine) {
  const Placed placed = PlaceNetwork("squeezenet-1.0-bypass", 96, {});
  int additions = 0;
  for (const PlacedOp& op : placed.partition.ops) {
    if (placed.graph.ops[static_cast<size_t>(op.op)].type != OpType::kAdd) continue;
    ++additions;
    EXPECT_EQ(op.place, Place::kFabric) << op.reason;
  }
  EXPECT_EQ(additions, 4);
  EXPECT_LE(placed.partition.total_ns, placed.partition.arm_only_ns);
}

// Pairs take sixteen output channels.
CompileOptions NarrowEngine() {
  CompileOptions options;
  options.engine.pk = 8;
  return options;
}

TEST(AutoPlacement, AdditionsStayOnTheProcessorOfANarrowEngineAndSayWhy) {
  const Placed placed = PlaceNetwork("squeezenet-1.0-bypass", 96, {}, NarrowEngine());
  int additions = 0, on_fabric = 0;
  for (const PlacedOp& op : placed.partition.ops) {
    on_fabric += op.place == Place::kFabric;
    if (placed.graph.ops[static_cast<size_t>(op.op)].type != OpType::kAdd) continue;
    ++additions;
    EXPECT_EQ(op.place, Place::kArm);
    EXPECT_EQ(op.reason.find("the engine cannot run it: "), 0u) << op.reason;
  }
  EXPECT_EQ(additions, 4);
  EXPECT_GT(on_fabric, 20);
}

TEST(AutoPlacement, AWishCutsAFireModuleAndThePlanStillCompiles) {
  const PlacementRequest request{Wish::kFabric, {{"fire3/expand3x3", Wish::kArm}}};
  const Placed placed = PlaceNetwork("squeezenet-1.1", 96, request);
  for (const PlacedOp& op : placed.partition.ops) {
    const std::string& name = placed.graph.ops[static_cast<size_t>(op.op)].name;
    if (name == "fire3/expand3x3") {
      EXPECT_EQ(op.place, Place::kArm);
    } else if (name == "fire3/squeeze1x1") {
      EXPECT_EQ(op.place, Place::kFabric);
    }
  }
  EXPECT_EQ(placed.plan.programs.size(), 2u);
}

TEST(AutoPlacement, ForcingAnAdditionOntoANarrowEngineIsAnError) {
  EXPECT_THROW(PlaceNetwork("squeezenet-1.0-bypass", 96,
                            {Wish::kAuto, {{"fire3/bypass", Wish::kFabric}}}, NarrowEngine()),
               Error);
}

}  // namespace
}  // namespace fragua::driver

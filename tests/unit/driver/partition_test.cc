// The partitioner against brute force over all placements of small random networks, with a made-up
// engine; wishes, globs, cut groups and messages by hand.

#include "fragua/driver/partition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fragua/model/error.h"
#include "op_graphs.h"

namespace fragua::driver {
namespace {

using model::OpType;
using test::OpGraph;

/// An engine of invented costs.
class FakeFabric final : public FabricModel {
 public:
  FakeFabric(const model::Graph& graph, std::vector<std::vector<int>> groups)
      : ns(graph.ops.size(), 1000.0), graph_(graph), groups_(std::move(groups)) {}

  std::vector<std::vector<int>> Groups() const override { return groups_; }
  std::string WhyNot(std::span<const int> ops) const override {
    for (const int op : ops) {
      if (refused.contains(op)) return "operator " + std::to_string(op) + " is too wide";
      if (!only_in_groups.contains(op)) continue;
      if (ops.size() == 1) return "it only runs fused";
    }
    return "";
  }
  double EstimateNs(std::span<const int> ops) const override {
    double sum = 0;
    for (const int op : ops) sum += ns[static_cast<size_t>(op)];
    return sum;
  }
  int64_t DeviceBytes(int tensor) const override {
    return (graph_.tensor(tensor).elements() + 15) / 16 * 16;
  }

  std::vector<double> ns;
  std::set<int> refused;
  std::set<int> only_in_groups;

 private:
  const model::Graph& graph_;
  std::vector<std::vector<int>> groups_;
};

/// A chain of RELUs and ADDs that reach back, so that tensors stay alive across groups.
void BuildNetwork(OpGraph& g, int count, bool skips) {
  std::vector<int> tensors = {g.Input({1, 1, 64 * g.Uniform(1, 40)}, 1, 0)};
  const std::vector<int> shape = g.graph().tensor(tensors[0]).shape;
  for (int i = 0; i < count; ++i) {
    const int out = g.Activation("t" + std::to_string(i), shape, 1, 0);
    const int newest = tensors.back();
    if (skips && g.Uniform(0, 1) == 0) {
      const auto other = static_cast<size_t>(g.Uniform(0, static_cast<int>(tensors.size()) - 1));
      g.Add(OpType::kAdd, {newest, tensors[other]}, out);
    } else {
      g.Add(OpType::kRelu, {newest}, out);
    }
    tensors.push_back(out);
  }
  if (skips && count > 2) g.graph().outputs.push_back(tensors[static_cast<size_t>(count) / 2]);
}

std::vector<std::vector<int>> RandomGroups(OpGraph& g, int count) {
  std::vector<std::vector<int>> groups;
  for (int i = 0; i < count; ++i) {
    if (groups.empty() || g.Uniform(0, 2) > 0) groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

/// Total time of a placement, from the definition: every tensor is converted at most once, every
/// run of groups on the engine is one submission.
double Total(const model::Graph& graph, const FakeFabric& fabric, const ArmCostModel& arm,
             const std::vector<std::vector<int>>& groups, const std::vector<Place>& places) {
  double total = 0;
  std::map<int, size_t> group_of_op;
  std::map<int, Place> made;
  for (const int input : graph.inputs) made[input] = Place::kArm;
  for (size_t i = 0; i < groups.size(); ++i) {
    const bool on_fabric = places[i] == Place::kFabric;
    if (on_fabric && (i == 0 || places[i - 1] == Place::kArm)) total += arm.SubmissionNs();
    if (on_fabric) total += fabric.EstimateNs(groups[i]);
    for (const int op : groups[i]) {
      group_of_op[op] = i;
      if (!on_fabric) total += arm.OpNs(graph, op);
      made[graph.ops[static_cast<size_t>(op)].outputs[0]] = places[i];
    }
  }
  std::set<std::pair<int, Place>> wanted;
  for (const auto& [op, group] : group_of_op) {
    for (const int tensor : graph.ops[static_cast<size_t>(op)].inputs) {
      wanted.emplace(tensor, places[group]);
    }
  }
  for (const int output : graph.outputs) wanted.emplace(output, Place::kArm);
  for (const auto& [tensor, place] : wanted) {
    if (made.at(tensor) == place) continue;
    const int64_t bytes = fabric.DeviceBytes(tensor);
    total += arm.ConversionNs(bytes);
    total += place == Place::kFabric ? arm.CleanNs(bytes) : arm.InvalidateNs(bytes);
  }
  return total;
}

/// Costs of one magnitude, so that no term decides alone.
BoardConfig BalancedBoard() {
  BoardConfig board;
  board.processor.submit_ns = 300;
  board.processor.interrupt_ns = 500;
  board.register_port = {.read_ns = 20, .write_ns = 20};
  board.processor.copy_bytes_per_ns = 8;
  board.processor.clean_ns_per_line = 1;
  board.processor.invalidate_ns_per_line = 0.5;
  return board;
}

TEST(Partition, IsTheBestOfAllPlacements) {
  const ArmCostModel arm(BalancedBoard());
  int mixed = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OpGraph g(seed);
    const int count = g.Uniform(1, 10);
    BuildNetwork(g, count, seed % 2 == 0);
    const auto groups = RandomGroups(g, count);
    FakeFabric fabric(g.graph(), groups);
    for (int op = 0; op < count; ++op) {
      fabric.ns[static_cast<size_t>(op)] = arm.OpNs(g.graph(), op) * g.Scale(0.01f, 2);
      if (groups.size() > 2 && g.Uniform(0, 9) == 0) fabric.refused.insert(op);
    }
    const Partition got = PartitionGraph(g.graph(), fabric, arm, {});
    double best = INFINITY;
    for (uint32_t mask = 0; mask < (1u << got.groups.size()); ++mask) {
      std::vector<Place> places;
      bool allowed = true;
      for (size_t i = 0; i < got.groups.size(); ++i) {
        places.push_back(mask >> i & 1 ? Place::kFabric : Place::kArm);
        allowed &= places[i] == Place::kArm || fabric.WhyNot(got.groups[i]).empty();
      }
      if (allowed) best = std::min(best, Total(g.graph(), fabric, arm, got.groups, places));
    }
    std::vector<Place> chosen;
    for (const auto& group : got.groups) {
      chosen.push_back(got.ops[static_cast<size_t>(group[0])].place);
    }
    EXPECT_NEAR(got.total_ns, best, 1e-6 * best);
    EXPECT_NEAR(Total(g.graph(), fabric, arm, got.groups, chosen), best, 1e-6 * best);
    EXPECT_NEAR(got.arm_ns + got.fabric_ns + got.conversion_ns + got.cache_ns + got.submission_ns,
                got.total_ns, 1e-6 * best);
    EXPECT_LE(got.total_ns, got.arm_only_ns * (1 + 1e-9));
    mixed += got.arm_ns > 0 && got.fabric_ns > 0;
  }
  EXPECT_GE(mixed, 100) << "the costs leave nothing to decide";
}

struct FireNetwork {
  OpGraph g{1};
  FireNetwork() {
    const char* kNames[] = {"conv1", "fire2/squeeze1x1", "fire2/expand1x1", "fire2/concat",
                            "conv10"};
    BuildNetwork(g, 5, false);
    for (size_t i = 0; i < 5; ++i) g.graph().ops[i].name = kNames[i];
    g.graph().name = "small";
  }
  FakeFabric Fabric() { return FakeFabric(g.graph(), {{0}, {1, 2, 3}, {4}}); }
  Partition Run(const FakeFabric& fabric, PlacementRequest request) {
    request.origin = "test.yaml";
    return PartitionGraph(g.graph(), fabric, ArmCostModel(BoardConfig{}), request);
  }
  std::string Error(const FakeFabric& fabric, const PlacementRequest& request) {
    try {
      Run(fabric, request);
    } catch (const fragua::Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  }
};

std::string PlacesOf(const Partition& partition) {
  std::string text;
  for (const PlacedOp& op : partition.ops) text += op.place == Place::kArm ? 'a' : 'f';
  return text;
}

TEST(Partition, DefaultsAndOverridesDecide) {
  FireNetwork net;
  const FakeFabric fabric = net.Fabric();
  EXPECT_EQ(PlacesOf(net.Run(fabric, {Wish::kFabric, {}})), "fffff");
  EXPECT_EQ(PlacesOf(net.Run(fabric, {Wish::kArm, {}})), "aaaaa");
  EXPECT_EQ(PlacesOf(net.Run(fabric, {Wish::kFabric, {{"conv10", Wish::kArm}}})), "ffffa");
  EXPECT_EQ(PlacesOf(net.Run(fabric, {Wish::kArm, {{"fire*", Wish::kFabric}}})), "afffa");
  EXPECT_EQ(PlacesOf(net.Run(fabric, {Wish::kArm, {{"conv?", Wish::kFabric}}})), "faaaa");
  // Later wins.
  const PlacementRequest both{Wish::kArm, {{"*", Wish::kFabric}, {"fire2/*", Wish::kArm}}};
  EXPECT_EQ(PlacesOf(net.Run(fabric, both)), "faaaf");
}

TEST(Partition, OneOperatorOfAGroupOnTheArmCutsTheGroup) {
  FireNetwork net;
  FakeFabric fabric = net.Fabric();
  const PlacementRequest request{Wish::kFabric, {{"fire2/expand1x1", Wish::kArm}}};
  EXPECT_EQ(PlacesOf(net.Run(fabric, request)), "ffaff");
  fabric.only_in_groups.insert(3);
  const Partition cut = net.Run(fabric, request);
  EXPECT_EQ(PlacesOf(cut), "ffaaf");
  EXPECT_NE(cut.ops[3].reason.find("only runs fused"), std::string::npos) << cut.ops[3].reason;
  EXPECT_FALSE(cut.ops[3].placeable);
}

TEST(Partition, AForcedOperatorKeepsItsGroupTogether) {
  FireNetwork net;
  FakeFabric fabric = net.Fabric();
  fabric.only_in_groups = {1, 2, 3};
  const PlacementRequest request{Wish::kArm, {{"fire2/*", Wish::kFabric}}};
  EXPECT_EQ(PlacesOf(net.Run(fabric, request)), "afffa");
}

TEST(Partition, DefaultFabricLeavesWhatTheEngineCannotRunToTheArm) {
  FireNetwork net;
  FakeFabric fabric = net.Fabric();
  fabric.refused.insert(4);
  const Partition partition = net.Run(fabric, {Wish::kFabric, {}});
  EXPECT_EQ(PlacesOf(partition), "ffffa");
  EXPECT_NE(partition.ops[4].reason.find("operator 4 is too wide"), std::string::npos);
}

TEST(Partition, FixingAnUnplaceableLayerOnTheFabricIsAnError) {
  FireNetwork net;
  FakeFabric fabric = net.Fabric();
  fabric.refused.insert(4);
  const std::string error = net.Error(fabric, {Wish::kAuto, {{"conv10", Wish::kFabric}}});
  for (const char* part : {"test.yaml", "'conv10'", "RELU", "operator 4 is too wide"}) {
    EXPECT_NE(error.find(part), std::string::npos) << error;
  }
}

TEST(Partition, UnknownLayersAreAnErrorThatListsNearNames) {
  FireNetwork net;
  const std::string error =
      net.Error(net.Fabric(), {Wish::kAuto, {{"fire2/squeze1x1", Wish::kArm}}});
  EXPECT_NE(error.find("'fire2/squeze1x1'"), std::string::npos) << error;
  EXPECT_NE(error.find("near names: fire2/squeeze1x1"), std::string::npos) << error;
}

TEST(Partition, FreeChoicesExplainThemselvesWithBothTotals) {
  FireNetwork net;
  FakeFabric fabric = net.Fabric();
  fabric.ns.assign(5, 1e3);
  const Partition partition = net.Run(fabric, {});
  const std::string& reason = partition.ops[0].reason;
  EXPECT_EQ(reason.find("cheapest: the network takes "), 0u) << reason;
  EXPECT_NE(reason.find(" ms with it on the "), std::string::npos) << reason;
}

}  // namespace
}  // namespace fragua::driver

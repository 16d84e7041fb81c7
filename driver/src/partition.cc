// From wishes and the engine's groups to units of placement, and from the search's result to an
// explanation.

#include "fragua/driver/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "fragua/model/error.h"
#include "partition_search.h"

namespace fragua::driver {
namespace {

/// Groups cut where one operator must stay on the processor and its neighbours need not.
std::vector<std::vector<int>> CutGroups(const FabricModel& fabric, const ResolvedWishes& wishes) {
  const auto stays = [&](int op) { return wishes.wish[static_cast<size_t>(op)] == Wish::kArm; };
  std::vector<std::vector<int>> cut;
  for (const std::vector<int>& group : fabric.Groups()) {
    std::vector<std::vector<int>> runs;
    for (const int op : group) {
      if (runs.empty() || stays(runs.back().back()) != stays(op)) runs.emplace_back();
      runs.back().push_back(op);
    }
    for (std::vector<int>& run : runs) {
      if (run.size() == 1 || fabric.WhyNot(run).empty()) {
        cut.push_back(std::move(run));
      } else {
        for (const int op : run) cut.push_back({op});
      }
    }
  }
  return cut;
}

void CheckGroups(const model::Graph& graph, const std::vector<std::vector<int>>& groups) {
  int next = 0;
  for (const std::vector<int>& group : groups) {
    for (const int op : group) {
      FRAGUA_CHECK(op == next, fmt::format("groups have operator {} where {} is due", op, next));
      ++next;
    }
  }
  FRAGUA_CHECK(next == static_cast<int>(graph.ops.size()),
               fmt::format("groups have {} operators of {}", next, graph.ops.size()));
}

/// Fills in which tensors pass between units.
void LinkUnits(const model::Graph& graph, std::vector<PlacementUnit>& units) {
  std::map<int, size_t> made;      // tensor -> unit; graph inputs are made by none
  std::map<int, size_t> last_use;  // tensor -> last unit that reads it from outside
  const auto outside = [&](int tensor, size_t unit) {
    if (tensor < 0 || graph.tensor(tensor).is_constant()) return false;
    const auto it = made.find(tensor);
    return it == made.end() || it->second != unit;
  };
  for (size_t u = 0; u < units.size(); ++u) {
    std::set<int> reads;
    for (const int op : units[u].ops) {
      for (const int tensor : graph.ops[static_cast<size_t>(op)].inputs) {
        if (outside(tensor, u)) reads.insert(tensor);
      }
      for (const int tensor : graph.ops[static_cast<size_t>(op)].outputs) made[tensor] = u;
    }
    units[u].reads.assign(reads.begin(), reads.end());
    for (const int tensor : reads) last_use[tensor] = u;
  }
  const std::set<int> outputs(graph.outputs.begin(), graph.outputs.end());
  for (const auto& [tensor, unit] : last_use) {
    if (!outputs.contains(tensor)) units[unit].ends.push_back(tensor);
  }
  for (const auto& [tensor, unit] : made) {
    if (last_use.contains(tensor) || outputs.contains(tensor)) units[unit].writes.push_back(tensor);
  }
}

std::vector<PlacementUnit> MakeUnits(const model::Graph& graph, const FabricModel& fabric,
                                     const ArmCostModel& arm, const PlacementRequest& request,
                                     const ResolvedWishes& wishes) {
  std::vector<PlacementUnit> units;
  for (std::vector<int>& ops : CutGroups(fabric, wishes)) {
    PlacementUnit& unit = units.emplace_back();
    unit.ops = std::move(ops);
    unit.why_not = fabric.WhyNot(unit.ops);
    if (unit.why_not.empty()) unit.fabric_ns = fabric.EstimateNs(unit.ops);
    for (const int op : unit.ops) {
      const auto i = static_cast<size_t>(op);
      unit.arm_ns += arm.OpNs(graph, op);
      unit.fixed_arm |= wishes.wish[i] == Wish::kArm;
      if (wishes.wish[i] != Wish::kFabric) continue;
      if (unit.why_not.empty()) {
        unit.fixed_fabric = true;
      } else if (wishes.fixed[i]) {
        ThrowInput(fmt::format(
            "{}: layer '{}' ({}) cannot be placed on the fabric: {}; place it "
            "on the arm or leave it to auto",
            request.origin, graph.ops[i].name, model::Name(graph.ops[i].type), unit.why_not));
      }
    }
  }
  LinkUnits(graph, units);
  return units;
}

constexpr double kNsPerMs = 1e6;

/// Why a unit that was free to go anywhere went where it did.
std::string WhyCheapest(const PartitionSearch& search, size_t unit, Place place, double total) {
  const Place other = place == Place::kArm ? Place::kFabric : Place::kArm;
  const auto places = search.Cheapest(unit, other);
  FRAGUA_CHECK(places.has_value(), "a free unit has both places");
  return fmt::format("cheapest: the network takes {:.3f} ms, {:.3f} ms with it on the {}",
                     total / kNsPerMs, search.Evaluate(*places).Total() / kNsPerMs, Name(other));
}

std::string WhyFixed(const PlacementUnit& unit, bool by_layer) {
  if (by_layer) return "placed by the configuration";
  if (!unit.why_not.empty()) return "the engine cannot run it: " + unit.why_not;
  return "goes with what the configuration places";
}

}  // namespace

Partition PartitionGraph(const model::Graph& graph, const FabricModel& fabric,
                         const ArmCostModel& arm, const PlacementRequest& request) {
  const ResolvedWishes wishes = ResolveWishes(graph, request);
  const std::vector<PlacementUnit> units = MakeUnits(graph, fabric, arm, request, wishes);
  Partition result;
  for (const PlacementUnit& unit : units) result.groups.push_back(unit.ops);
  CheckGroups(graph, result.groups);

  const PartitionSearch search(graph, fabric, arm, units);
  const auto places = search.Cheapest();
  FRAGUA_CHECK(places.has_value(), "every unit has at least one place");
  const PlacementCost cost = search.Evaluate(*places);
  result.total_ns = cost.Total();
  result.arm_ns = cost.arm;
  result.fabric_ns = cost.fabric;
  result.conversion_ns = cost.conversion;
  result.cache_ns = cost.cache;
  result.submission_ns = cost.submission;
  result.arm_only_ns = search.Evaluate(std::vector<Place>(units.size(), Place::kArm)).Total();

  for (size_t u = 0; u < units.size(); ++u) {
    const Place place = (*places)[u];
    const bool free = units[u].why_not.empty() && !units[u].fixed_arm && !units[u].fixed_fabric;
    const std::string cheapest = free ? WhyCheapest(search, u, place, result.total_ns) : "";
    for (const int op : units[u].ops) {
      PlacedOp& placed = result.ops.emplace_back();
      placed.op = op;
      placed.group = static_cast<int>(u);
      placed.place = place;
      placed.placeable = units[u].why_not.empty();
      placed.arm_ns = arm.OpNs(graph, op);
      placed.fabric_ns = units[u].fabric_ns;
      const bool by_layer = wishes.fixed[static_cast<size_t>(op)];
      placed.reason = free ? cheapest : WhyFixed(units[u], by_layer);
    }
  }
  return result;
}

}  // namespace fragua::driver

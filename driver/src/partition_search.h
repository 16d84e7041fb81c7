#pragma once
// The cheapest placement. Operators are taken in execution order, in units. What a unit costs
// depends on the past only through the place of the unit before it (a new submission or not) and
// through the sides on which the tensors still to be read already exist (a conversion or not).
// Those two are the state of the dynamic programming: it is exact for any graph, and a chain has
// two states.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "fragua/driver/partition.h"

namespace fragua::driver {

/// Consecutive operators that are placed together.
struct PlacementUnit {
  std::vector<int> ops;
  std::string why_not;  ///< empty: the engine can run them
  double arm_ns = 0;
  double fabric_ns = 0;
  std::vector<int> reads;   ///< tensors made by earlier units or given as inputs
  std::vector<int> writes;  ///< tensors read by later units or given as outputs
  std::vector<int> ends;    ///< of `reads`: those that nobody needs after this unit
  bool fixed_arm = false;
  bool fixed_fabric = false;
};

/// Nanoseconds.
struct PlacementCost {
  double arm = 0, fabric = 0, conversion = 0, cache = 0, submission = 0;
  double Total() const { return arm + fabric + conversion + cache + submission; }
  PlacementCost& operator+=(const PlacementCost& other);
};

/// Keeps references to its arguments.
class PartitionSearch {
 public:
  PartitionSearch(const model::Graph& graph, const FabricModel& fabric, const ArmCostModel& arm,
                  const std::vector<PlacementUnit>& units)
      : graph_(graph), fabric_(fabric), arm_(arm), units_(units) {}

  /// One place per unit; `forced` overrules what one unit may do. Empty when no placement is
  /// allowed.
  std::optional<std::vector<Place>> Cheapest(size_t forced_unit = SIZE_MAX,
                                             Place forced = Place::kArm) const;
  PlacementCost Evaluate(const std::vector<Place>& places) const;

 private:
  struct State {
    Place last = Place::kArm;
    std::map<int, uint8_t> sides;  // of live tensors: a bit per place
    bool operator<(const State& other) const {
      return std::tie(last, sides) < std::tie(other.last, other.sides);
    }
  };

  State Start() const;
  /// Makes a tensor exist on a side.
  PlacementCost Bring(int tensor, Place to, State& state) const;
  PlacementCost Take(const PlacementUnit& unit, Place place, State& state) const;
  /// The network's outputs are wanted by the processor.
  PlacementCost Deliver(State state) const;

  const model::Graph& graph_;
  const FabricModel& fabric_;
  const ArmCostModel& arm_;
  const std::vector<PlacementUnit>& units_;
};

}  // namespace fragua::driver

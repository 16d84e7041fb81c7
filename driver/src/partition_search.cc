#include "partition_search.h"

#include <utility>

namespace fragua::driver {
namespace {

constexpr uint8_t SideOf(Place place) { return place == Place::kArm ? 1 : 2; }

bool Allowed(const PlacementUnit& unit, Place place) {
  return place == Place::kArm ? !unit.fixed_fabric : unit.why_not.empty() && !unit.fixed_arm;
}

}  // namespace

PlacementCost& PlacementCost::operator+=(const PlacementCost& other) {
  arm += other.arm;
  fabric += other.fabric;
  conversion += other.conversion;
  cache += other.cache;
  submission += other.submission;
  return *this;
}

std::optional<std::vector<Place>> PartitionSearch::Cheapest(size_t forced_unit,
                                                            Place forced) const {
  struct Best {
    double ns = 0;
    std::vector<Place> places;
  };
  std::map<State, Best> front;
  front[Start()] = {};
  for (size_t u = 0; u < units_.size(); ++u) {
    std::map<State, Best> next;
    for (const auto& [state, best] : front) {
      for (const Place place : {Place::kArm, Place::kFabric}) {
        if (u == forced_unit ? place != forced : !Allowed(units_[u], place)) continue;
        State after = state;
        const double ns = best.ns + Take(units_[u], place, after).Total();
        const auto [it, inserted] = next.try_emplace(std::move(after));
        if (!inserted && it->second.ns <= ns) continue;
        it->second = {ns, best.places};
        it->second.places.push_back(place);
      }
    }
    front = std::move(next);
  }
  std::optional<Best> winner;
  for (const auto& [state, best] : front) {
    const double ns = best.ns + Deliver(state).Total();
    if (!winner || ns < winner->ns) winner = Best{ns, best.places};
  }
  if (!winner) return std::nullopt;
  return winner->places;
}

PlacementCost PartitionSearch::Evaluate(const std::vector<Place>& places) const {
  State state = Start();
  PlacementCost total;
  for (size_t u = 0; u < units_.size(); ++u) total += Take(units_[u], places[u], state);
  return total += Deliver(state);
}

PartitionSearch::State PartitionSearch::Start() const {
  State state;
  for (const int input : graph_.inputs) state.sides[input] = SideOf(Place::kArm);
  return state;
}

PlacementCost PartitionSearch::Bring(int tensor, Place to, State& state) const {
  PlacementCost cost;
  uint8_t& sides = state.sides.at(tensor);
  if (sides & SideOf(to)) return cost;
  sides = static_cast<uint8_t>(sides | SideOf(to));
  const int64_t bytes = fabric_.DeviceBytes(tensor);
  cost.conversion = arm_.ConversionNs(bytes);
  cost.cache = to == Place::kFabric ? arm_.CleanNs(bytes) : arm_.InvalidateNs(bytes);
  return cost;
}

PlacementCost PartitionSearch::Take(const PlacementUnit& unit, Place place, State& state) const {
  PlacementCost cost;
  for (const int tensor : unit.reads) cost += Bring(tensor, place, state);
  if (place == Place::kArm) {
    cost.arm = unit.arm_ns;
  } else {
    cost.fabric = unit.fabric_ns;
    if (state.last != Place::kFabric) cost.submission = arm_.SubmissionNs();
  }
  state.last = place;
  for (const int tensor : unit.ends) state.sides.erase(tensor);
  for (const int tensor : unit.writes) state.sides[tensor] = SideOf(place);
  return cost;
}

PlacementCost PartitionSearch::Deliver(State state) const {
  PlacementCost cost;
  for (const int tensor : graph_.outputs) cost += Bring(tensor, Place::kArm, state);
  return cost;
}

}  // namespace fragua::driver

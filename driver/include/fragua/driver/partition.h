#pragma once
// Where each operator runs: on the processor or on the engine. The choice is the cheapest one
// (exact dynamic programming over the operators' order) under what the user has fixed in YAML and
// what the engine can do.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fragua/driver/cost_model.h"
#include "fragua/model/graph.h"
#include "fragua/model/yaml_reader.h"

namespace fragua::driver {

enum class Place { kArm, kFabric };
const char* Name(Place place);  ///< "arm" or "fabric"

/// What the partitioner asks about the engine. The compiler implements it; tests use their own.
class FabricModel {
 public:
  virtual ~FabricModel() = default;
  /// The operators in execution order, cut into groups that the engine would run as one (a fire
  /// module, a convolution with its pool). Every operator appears exactly once; groups of one are
  /// normal.
  virtual std::vector<std::vector<int>> Groups() const = 0;
  /// Empty when the engine can run exactly these consecutive operators as one group; otherwise a
  /// sentence that says why not.
  virtual std::string WhyNot(std::span<const int> ops) const = 0;
  /// Time on the engine for such a group, without submission; only called where WhyNot() is empty.
  virtual double EstimateNs(std::span<const int> ops) const = 0;
  /// Bytes of a tensor in the engine's layout in DDR.
  virtual int64_t DeviceBytes(int tensor) const = 0;
};

enum class Wish { kArm, kFabric, kAuto };

/// `placement:` of an experiment. Later overrides win.
struct PlacementRequest {
  Wish fallback = Wish::kAuto;  ///< for operators that no override names
  /// Operator name or glob (`*` any run of characters, `?` one) -> wish.
  std::vector<std::pair<std::string, Wish>> overrides;
  std::string origin = "placement";  ///< file name, for messages
};

/// Reads the `placement:` mapping of an experiment file: `default: arm|fabric|auto` and `layers:
/// {NAME_OR_GLOB: ...}`. Throws Error(kInput) naming file, line, key, found and expected.
PlacementRequest LoadPlacement(const std::string& path);
/// The same from the mapping itself, for files that hold other things as well.
PlacementRequest ReadPlacement(const model::YamlNode& placement, const std::string& origin);

struct PlacedOp {
  int op = 0;
  int group = 0;  ///< index of the group it was placed with
  Place place = Place::kArm;
  bool placeable = false;  ///< the engine can run it (in that group)
  double arm_ns = 0;       ///< this operator on the processor
  double fabric_ns = 0;    ///< the whole group on the engine; 0 when it is not placeable
  std::string reason;      ///< one sentence
};

struct Partition {
  std::vector<PlacedOp> ops;  ///< one per operator, in execution order
  std::vector<std::vector<int>> groups;
  double total_ns = 0;  ///< of the chosen placement, everything included
  double arm_only_ns = 0;
  /// Contributions to total_ns.
  double arm_ns = 0, fabric_ns = 0, conversion_ns = 0, cache_ns = 0, submission_ns = 0;
};

/// One wish per operator: the fallback, or the last override that matches the operator's name.
/// `fixed[i]` tells the two apart. Throws Error(kInput) when an override matches no operator,
/// listing near names.
struct ResolvedWishes {
  std::vector<Wish> wish;
  std::vector<bool> fixed;
};
ResolvedWishes ResolveWishes(const model::Graph& graph, const PlacementRequest& request);

/// Throws Error(kInput) when an override names no operator (listing near names), or wants an
/// operator on the engine that cannot run there (with the reason). `fallback` kFabric places all
/// that can be placed.
Partition PartitionGraph(const model::Graph& graph, const FabricModel& fabric,
                         const ArmCostModel& arm, const PlacementRequest& request);

}  // namespace fragua::driver

#pragma once
// Turns the operators of a graph that are placed on the engine into programs for it: fuses fire
// modules and pools, cuts maps into strips and weights into blocks, lays out memory, and derives
// the tokens between the engine's units from what each command reads and writes.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver/partition.h"
#include "fragua/driver/program.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

struct CompileOptions {
  EngineConfig engine;
  BoardConfig::Ddr ddr;  ///< for estimates and for ordering loads; results do not depend on it
  bool stamps = true;    ///< time every run of commands of one operator
  bool fuse = true;  ///< false: every operator on its own through DDR (for tests and comparisons)
};

/// Empty when the engine can run the operator; otherwise one sentence that says why not. PAD and
/// CONCATENATION are judged together with their neighbours in the graph.
std::string WhyNotPlaceable(const model::Graph& graph, int op, const EngineConfig& engine);

/// `places` has one entry per operator. Throws Error(kInput) with the reason when an operator that
/// cannot run on the engine is placed there. The graph must be valid.
Plan Compile(const model::Graph& graph, std::span<const Place> places,
             const CompileOptions& options);

/// Everything that can run on the engine goes there.
std::vector<Place> PlaceAllOnFabric(const model::Graph& graph, const EngineConfig& engine);

/// The compiler's answers to the partitioner. Keeps a reference to the graph.
std::unique_ptr<FabricModel> MakeFabricModel(const model::Graph& graph,
                                             const CompileOptions& options);

}  // namespace fragua::driver

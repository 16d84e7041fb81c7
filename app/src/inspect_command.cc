#include <fmt/core.h>

#include <algorithm>

#include "commands.h"
#include "configs.h"
#include "execution.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/cost_model.h"
#include "fragua/driver/partition.h"
#include "network.h"

namespace fragua::app {
namespace {

std::string Shape(const model::Graph& graph, int tensor) {
  std::string text;
  for (const int size : graph.tensor(tensor).shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

void PrintRow(const model::Graph& graph, const model::Op& op, size_t width,
              const std::string& place, const std::string& why) {
  fmt::print("{:<{}} {:<17} {:>15} {:>15} {:>12} {:>10} {:<6} {}\n", op.name, width,
             model::Name(op.type), Shape(graph, op.inputs[0]), Shape(graph, op.outputs[0]),
             model::MacCount(graph, op), model::ParameterBytes(graph, op), place, why);
}

}  // namespace

int InspectCommand(const InspectOptions& options) {
  const Network network = LoadNetwork(options.model);
  const model::Graph& graph = network.graph;
  fmt::print("network {}\n", graph.name);
  for (const std::string& note : network.notes) fmt::print("note: {}\n", note);
  size_t width = 5;
  int64_t macs = 0;
  int64_t bytes = 0;
  for (const model::Op& op : graph.ops) {
    width = std::max(width, op.name.size());
    macs += model::MacCount(graph, op);
    bytes += model::ParameterBytes(graph, op);
  }
  fmt::print("\n{:<{}} {:<17} {:>15} {:>15} {:>12} {:>10} {:<6} {}\n", "layer", width, "operator",
             "input", "output", "MAC", "parameters", "place", "why");
  if (IsFloat(graph)) {
    for (const model::Op& op : graph.ops) PrintRow(graph, op, width, "-", "float: quantise first");
  } else {
    driver::CompileOptions compile;
    compile.engine = driver::LoadEngineConfig(ConfigPath("engines", options.engine));
    const driver::BoardConfig board = driver::LoadBoardConfig(ConfigPath("boards", options.board));
    compile.ddr = board.ddr;
    const auto fabric = driver::MakeFabricModel(graph, compile);
    const driver::Partition partition = driver::PartitionGraph(
        graph, *fabric, driver::ArmCostModel(board), ReadPlacement(options.placement));
    for (const driver::PlacedOp& placed : partition.ops) {
      PrintRow(graph, graph.ops[static_cast<size_t>(placed.op)], width, driver::Name(placed.place),
               placed.reason);
    }
    fmt::print(
        "\nestimated {:.3f} ms (fabric {:.3f}, ARM {:.3f}, conversion {:.3f}, cache {:.3f}, "
        "submission {:.3f}); all on the ARM {:.3f} ms\n",
        partition.total_ns / 1e6, partition.fabric_ns / 1e6, partition.arm_ns / 1e6,
        partition.conversion_ns / 1e6, partition.cache_ns / 1e6, partition.submission_ns / 1e6,
        partition.arm_only_ns / 1e6);
  }
  fmt::print("{:.2f} MMAC, {} bytes of parameters\n", static_cast<double>(macs) / 1e6, bytes);
  return 0;
}

}  // namespace fragua::app

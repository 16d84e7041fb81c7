#include "observe.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "fragua/driver/registers.h"

namespace fragua::campaign {
namespace {

namespace regs = driver::regs;
using driver::Tile;
using model::OpType;

bool IsLayer(OpType type) {
  return type == OpType::kConv2d || type == OpType::kDepthwiseConv2d ||
         type == OpType::kFullyConnected || type == OpType::kMaxPool2d || type == OpType::kMean ||
         type == OpType::kAdd || type == OpType::kAveragePool2d;
}

class Walk {
 public:
  Walk(const Inference& run, Coverage& coverage) : run_(run), coverage_(coverage) {
    for (size_t op = 0; op < run.graph.ops.size(); ++op) {
      producer_[run.graph.ops[op].outputs[0]] = static_cast<int>(op);
    }
  }

  void All() {
    for (const driver::Program& program : run_.plan.programs) {
      Program(program);
      ++submissions_;
    }
  }

 private:
  void Hit(const char* group, const std::string& bin) { coverage_.Hit(group, bin, stalled_); }
  const model::Op& OpAt(int op) const { return run_.graph.ops[static_cast<size_t>(op)]; }
  /// The operator whose input a command reads.
  static int FirstOp(const Tile& tile) {
    return tile.conv_op >= 0 ? tile.conv_op : tile.pool_op >= 0 ? tile.pool_op : tile.sum_op;
  }
  /// The operator whose output a command makes.
  static int LastOp(const Tile& tile) {
    return tile.sum_op >= 0 ? tile.sum_op : tile.pool_op >= 0 ? tile.pool_op : tile.conv_op;
  }

  void Program(const driver::Program& program) {
    on_chip_.clear();
    tiles_of_op_.clear();
    bool fresh = true;
    for (const Tile& tile : program.tiles) {
      if (FirstOp(tile) < 0) continue;
      ++tiles_of_op_[FirstOp(tile)];
      if (tile.destination == Tile::Destination::kActivation) on_chip_.insert(LastOp(tile));
    }
    std::set<int> seen;
    std::vector<size_t> waiting;  // LOADs and STOREs belong to the COMPUTE that follows them
    for (size_t i = 0; i < program.commands.size(); ++i) {
      const int index = program.tile_of_command[i];
      if (index < 0) {
        waiting.push_back(i);
        continue;
      }
      const Tile& tile = program.tiles[static_cast<size_t>(index)];
      if (FirstOp(tile) < 0) continue;
      stalled_ = run_.stalled[tile.tag];
      ObserveCompute(run_.plan.engine, program.commands[i], stalled_, coverage_);
      Route(tile, program.commands[i]);
      const int tiles = tiles_of_op_[FirstOp(tile)];
      Hit("command", tiles == 1   ? "only one of its layer"
                     : tiles <= 4 ? "one of 2..4"
                                  : "one of more");
      for (const size_t other : waiting) Mover(program.commands[other]);
      waiting.clear();
      for (const int op : {tile.conv_op, tile.pool_op, tile.sum_op}) {
        if (op < 0 || !seen.insert(op).second) continue;
        ObserveValues(run_, op, stalled_, coverage_);
        Position(fresh);
        fresh = false;
      }
      Layer(tile, program.commands[i]);
    }
    for (const size_t other : waiting) Mover(program.commands[other]);
  }

  void Position(bool fresh) {
    ++layers_;
    if (run_.number > 0) {
      Hit("position", "second inference");
    } else {
      Hit("position", layers_ == 1     ? "first since reset"
                      : layers_ <= 10  ? "2..10"
                      : layers_ <= 100 ? "11..100"
                                       : "101 or more");
    }
    if (fresh && submissions_ > 0) Hit("position", "behind another submission");
  }

  /// What is between an operator and the one that made its input by computing.
  bool Through(int op, OpType type) const {
    const auto at = producer_.find(OpAt(op).inputs[0]);
    return at != producer_.end() && OpAt(at->second).type == type;
  }

  bool SourceOnChip(int op, size_t input = 0) const {
    const auto at = producer_.find(OpAt(op).inputs[input]);
    if (at == producer_.end()) return false;
    const OpType type = OpAt(at->second).type;
    if (type == OpType::kPad || type == OpType::kReshape) return SourceOnChip(at->second);
    if (type != OpType::kConcatenation) return on_chip_.contains(at->second);
    // All parts of a joined map are in one place.
    const auto part = producer_.find(OpAt(at->second).inputs[0]);
    return part != producer_.end() && on_chip_.contains(part->second);
  }

  void Route(const Tile& tile, const regs::Command& command) {
    const bool squeeze = command.Get(regs::compute::kSrcSelect) != 0;
    const std::string from = squeeze ? "squeeze" : SourceOnChip(FirstOp(tile)) ? "chip" : "DDR";
    const char* const to[] = {" to activation buffer", " to squeeze buffer", " to DDR"};
    Hit("route", from + to[static_cast<int>(tile.destination)]);
  }

  Sources SourcesOf(int op) const {
    Sources sources;
    sources.on_chip = SourceOnChip(op) ? 1 : 0;
    sources.joined = Through(op, OpType::kConcatenation);
    const std::vector<int>& inputs = OpAt(op).inputs;
    if (OpAt(op).type == OpType::kAdd && inputs[0] != inputs[1]) {
      sources.maps = 2;
      sources.on_chip += SourceOnChip(op, 1) ? 1 : 0;
    }
    return sources;
  }

  void Layer(const Tile& tile, const regs::Command& command) {
    namespace c = regs::compute;
    const bool averages = tile.sum_op >= 0 && OpAt(tile.sum_op).type == OpType::kAveragePool2d;
    if (tile.conv_op < 0) {
      Hit("layer", tile.pool_op >= 0 ? "pool alone"
                   : averages        ? "average as sums alone"
                                     : "mean alone");
      return;
    }
    const model::Op& op = OpAt(tile.conv_op);
    if (op.type == OpType::kAveragePool2d) Hit("layer", "average pool");
    if (op.type == OpType::kConv2d && averages) Hit("layer", "convolution with average as sums");
    ObserveElement(run_, tile, command, SourcesOf(tile.conv_op), tiles_of_op_[tile.conv_op],
                   stalled_, coverage_);
    const bool depthwise = op.type == OpType::kDepthwiseConv2d;
    if (depthwise) Hit("layer", tile.pool_op >= 0 ? "depthwise with pool" : "depthwise");
    if (op.type == OpType::kFullyConnected) Hit("layer", "fully connected");
    if (op.type == OpType::kConv2d) {
      if (tile.destination == Tile::Destination::kSqueeze) Hit("layer", "squeeze of a fire");
      if (command.Get(c::kSrcSelect) != 0) Hit("layer", "expand of a fire");
      if (command.Get(c::kSrcPacked) != 0) Hit("layer", "packed image");
      const int64_t mode = command.Get(c::kPoolMode);
      if (mode == 1) Hit("layer", "convolution with 3x3 pool");
      if (mode == 2) Hit("layer", "convolution with 2x2 pool");
      if (mode == 3) Hit("layer", "convolution with mean");
      if (mode == 0 && command.Get(c::kSrcSelect) == 0) Hit("layer", "convolution");
    }
    for (const model::Op& reader : run_.graph.ops) {
      if (reader.type == OpType::kConcatenation &&
          std::ranges::find(reader.inputs, op.outputs[0]) != reader.inputs.end()) {
        Hit("layer", "part of a join");
      }
    }
    if (Through(tile.conv_op, OpType::kPad)) Hit("layer", "behind a PAD");
  }

  /// LOAD and STORE.
  void Mover(const regs::Command& command) {
    const auto opcode = static_cast<regs::Opcode>(command.Get(regs::header::kOpcode));
    const int64_t wait = command.Get(regs::header::kWait);
    if (opcode == regs::Opcode::kLoad) {
      if ((wait & regs::kTokenCl) != 0) Hit("command", "LOAD waits for space");
      if ((wait & regs::kTokenSl) != 0) Hit("command", "LOAD waits for a STORE");
      if (command.Get(regs::load::kRuns) > 1) Hit("command", "LOAD of several runs");
    }
    if (opcode == regs::Opcode::kStore) {
      if (command.Get(regs::store::kRuns) > 1) Hit("command", "STORE of several runs");
      if (command.Get(regs::header::kPost) != 0) Hit("command", "STORE with a token");
    }
  }

  const Inference& run_;
  Coverage& coverage_;
  std::map<int, int> producer_;  ///< tensor -> operator
  std::map<int, int> tiles_of_op_;
  std::set<int> on_chip_;  ///< operators of this program whose results stay
  uint32_t stalled_ = 0;
  int layers_ = 0;
  int submissions_ = 0;
};

}  // namespace

int EngineLayers(const model::Graph& graph, const driver::Program& program) {
  return static_cast<int>(std::ranges::count_if(
      program.ops, [&](int op) { return IsLayer(graph.ops[static_cast<size_t>(op)].type); }));
}

void Observe(const Inference& inference, Coverage& coverage) {
  Walk(inference, coverage).All();
  ObservePlacement(inference, coverage);
}

void ObserveCauses(const driver::EngineCounters& counters, Coverage& coverage) {
  const std::pair<const char*, uint64_t> causes[] = {
      {"waiting for weights", counters.wait_weights},
      {"waiting for activations", counters.wait_activations},
      {"waiting for output", counters.wait_output},
      {"requantisation", counters.wait_requant},
      {"overhead", counters.overhead},
      {"nothing to do", counters.idle}};
  for (const auto& [name, cycles] : causes) {
    if (cycles > 0) coverage.Hit("cycles lost to", name, 0);
  }
}

}  // namespace fragua::campaign

// Bins of ADD and AVERAGE_POOL_2D.

#include <algorithm>
#include <set>
#include <string>

#include "fragua/driver/compiler.h"
#include "fragua/driver/registers.h"
#include "observe.h"

namespace fragua::campaign {
namespace {

namespace c = driver::regs::compute;
using model::OpType;

class Hits {
 public:
  Hits(const Inference& run, const driver::Tile& tile, const driver::regs::Command& command,
       uint32_t stalled, Coverage& coverage)
      : run_(run),
        tile_(tile),
        op_(run.graph.ops[static_cast<size_t>(tile.conv_op)]),
        command_(command),
        stalled_(stalled),
        coverage_(coverage) {}

  void Average(const Sources& sources) {
    const char* const group = "average pool";
    const model::Attributes& a = op_.attributes;
    const int side = a.filter_h;
    Hit(group, side != a.filter_w ? "oblong"
               : side == 1        ? "1x1"
               : side == 2        ? "2x2"
               : side == 3        ? "3x3"
                                  : "larger square");
    Hit(group, a.stride_h < side || a.stride_w < a.filter_w     ? "windows that overlap"
               : a.stride_h == side && a.stride_w == a.filter_w ? "windows that touch"
                                                                : "windows apart");
    const std::vector<int>& in = run_.graph.tensor(op_.inputs[0]).shape;
    if (in[1] == a.filter_h && in[2] == a.filter_w) Hit(group, "of the whole map");
    Hit(group, sources.on_chip > 0 ? "from the chip" : "from DDR");
    Activation(group);
  }

  void Addition(const Sources& sources, int commands) {
    const char* const group = "addition";
    Hit(group, sources.maps == 1 ? "of a map and itself" : "of two maps");
    if (sources.joined) Hit(group, "of joined maps");
    if (sources.on_chip > 0) Hit(group, "of a map on the chip");
    const bool stays = tile_.destination == driver::Tile::Destination::kActivation;
    Hit(group, stays ? "to the activation buffer" : "to DDR");
    if (tile_.pool_op >= 0) Hit(group, "with a pool");
    if (tile_.sum_op >= 0) Hit(group, "with a mean");
    Activation(group);
    const float a = run_.graph.tensor(op_.inputs[0]).quant.scale[0];
    const float b = run_.graph.tensor(op_.inputs[1]).quant.scale[0];
    Hit(group, std::max(a, b) <= 2 * std::min(a, b) ? "scales within a factor of 2"
                                                    : "scales further apart");
    Hit(group, command_.Get(c::kKblocks) == 1 ? "1 K-block" : "more K-blocks");
    if (commands > 1) Hit(group, "one of several commands");
  }

 private:
  void Hit(const char* group, const std::string& bin) { coverage_.Hit(group, bin, stalled_); }
  void Activation(const char* group) {
    switch (op_.attributes.activation) {
      case model::Activation::kNone:
        return Hit(group, "no activation");
      case model::Activation::kRelu:
        return Hit(group, "RELU");
      case model::Activation::kRelu6:
        return Hit(group, "RELU6");
    }
  }

  const Inference& run_;
  const driver::Tile& tile_;
  const model::Op& op_;
  const driver::regs::Command& command_;
  const uint32_t stalled_;
  Coverage& coverage_;
};

}  // namespace

void ObserveElement(const Inference& inference, const driver::Tile& tile,
                    const driver::regs::Command& command, const Sources& sources, int commands,
                    uint32_t stalled, Coverage& coverage) {
  const OpType type = inference.graph.ops[static_cast<size_t>(tile.conv_op)].type;
  Hits hits(inference, tile, command, stalled, coverage);
  if (type == OpType::kAdd) hits.Addition(sources, commands);
  if (type == OpType::kAveragePool2d) hits.Average(sources);
}

void ObservePlacement(const Inference& inference, Coverage& coverage) {
  // A part of the compiler's sentence, and the bin that it belongs to.
  struct Reason {
    const char* says;
    const char* group;
    const char* bin;
  };
  const Reason reasons[] = {
      {"different numbers of terms", "on the processor", "average of unequal windows"},
      {"no multiplier divides", "average pool", "without an exact multiplier"},
      {"no multipliers make", "on the processor", "addition without exact multipliers"},
      {"different places", "on the processor", "addition of channels in different places"},
      {"two of the engine's accumulators", "on the processor", "addition with PK 8"}};
  std::set<int> on_engine;
  for (const driver::Program& program : inference.plan.programs) {
    on_engine.insert(program.ops.begin(), program.ops.end());
  }
  for (int op = 0; op < static_cast<int>(inference.graph.ops.size()); ++op) {
    const OpType type = inference.graph.ops[static_cast<size_t>(op)].type;
    if ((type != OpType::kAdd && type != OpType::kAveragePool2d) || on_engine.contains(op)) {
      continue;
    }
    const std::string why = driver::WhyNotPlaceable(inference.graph, op, inference.plan.engine);
    for (const Reason& reason : reasons) {
      if (why.find(reason.says) != std::string::npos) coverage.Hit(reason.group, reason.bin, 0);
    }
  }
}

}  // namespace fragua::campaign

// The compiler's answers to the partitioner.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "assemble.h"
#include "conv_unit.h"
#include "fragua/driver/compiler.h"
#include "fuse.h"

namespace fragua::driver {
namespace {

using model::OpType;

class CompilerFabricModel : public FabricModel {
 public:
  CompilerFabricModel(const model::Graph& graph, const CompileOptions& options)
      : facts_(graph, options.engine.pk), options_(options), group_of_(graph.ops.size()) {
    std::iota(group_of_.begin(), group_of_.end(), 0);
    for (int op = 0; op < Count(); ++op) {
      reasons_.push_back(WhyNotPlaceable(facts_, op, options_.engine));
    }
    for (int begin = 0; begin < Count();) {
      std::vector<int> run;
      while (begin < Count() && reasons_[static_cast<size_t>(begin)].empty() &&
             !facts_.ReadsSumsOf(run, begin)) {
        run.push_back(begin++);
      }
      if (run.empty()) {
        ++begin;
      } else {
        JoinStages(run);
      }
    }
  }

  std::vector<std::vector<int>> Groups() const override {
    std::vector<std::vector<int>> groups;
    for (int begin = 0; begin < Count();) {
      const int end = EndOfGroup(begin);
      std::vector<int> group(static_cast<size_t>(end - begin));
      std::iota(group.begin(), group.end(), begin);
      groups.push_back(std::move(group));
      begin = end;
    }
    return groups;
  }

  std::string WhyNot(std::span<const int> ops) const override {
    bool computes = false;
    for (const int op : ops) {
      if (const std::string& why = reasons_[static_cast<size_t>(op)]; !why.empty()) {
        return ops.size() == 1 ? why : fmt::format("'{}': {}", facts_.op(op).name, why);
      }
      const OpType type = facts_.op(op).type;
      computes = computes || (type != OpType::kPad && type != OpType::kReshape &&
                              type != OpType::kConcatenation);
    }
    return computes ? "" : "it only changes addresses and needs a neighbour that computes";
  }

  double EstimateNs(std::span<const int> ops) const override {
    const std::vector<int> key(ops.begin(), ops.end());
    const auto [it, fresh] = estimates_.try_emplace(key, 0.0);
    if (fresh) {
      const Program program = CompileSegment(facts_, ops, 0, options_);
      it->second =
          static_cast<double>(program.estimated_cycles) * 1000.0 / options_.engine.clock_mhz;
    }
    return it->second;
  }

  int64_t DeviceBytes(int tensor) const override {
    const int producer = facts_.Producer(tensor);
    if (producer >= 0 && facts_.MakesSums(producer) &&
        reasons_[static_cast<size_t>(producer)].empty()) {
      return facts_.graph().tensor(tensor).elements() * int64_t{sizeof(int32_t)};
    }
    for (const int reader : facts_.Consumers(tensor)) {
      if (!IsConvolution(facts_.op(reader).type) || !facts_.IsMap(tensor)) continue;
      const ConvSource source = SourceOf(facts_, reader, /*fold_pad=*/false);
      if (source.pixel_pairs) return source.pairs.bytes();
    }
    if (facts_.IsMap(tensor)) return facts_.LayoutOf(tensor).bytes();
    const model::Tensor& other = facts_.graph().tensor(tensor);
    return other.elements() * model::SizeOf(other.type);
  }

 private:
  int Count() const { return static_cast<int>(facts_.graph().ops.size()); }
  int& GroupOf(int op) { return group_of_[static_cast<size_t>(op)]; }

  void Join(int a, int b) {
    const int from = GroupOf(b);
    const int to = GroupOf(a);
    std::replace(group_of_.begin(), group_of_.end(), from, to);
  }

  /// Operators of one stage belong together; joins and pads go with the only stage they touch.
  void JoinStages(const std::vector<int>& run) {
    const Segment segment = BuildSegment(facts_, run, options_);
    for (const Stage& stage : segment.stages) {
      const int owner = stage.units[0].OwnerOp();
      if (stage.first) Join(owner, stage.first->op);
      for (const ConvUnit& unit : stage.units) {
        for (const int op : {unit.op, unit.pool_op, unit.sum_op}) {
          if (op >= 0) Join(owner, op);
        }
      }
    }
    for (const int op : run) {
      std::vector<int> neighbours;
      if (facts_.op(op).type == OpType::kConcatenation) {
        for (const int input : facts_.op(op).inputs) neighbours.push_back(facts_.Producer(input));
      } else if (facts_.op(op).type == OpType::kPad || facts_.op(op).type == OpType::kReshape) {
        neighbours = facts_.Consumers(facts_.op(op).outputs[0]);
      }
      const bool one_group = !neighbours.empty() && neighbours[0] >= 0 &&
                             std::all_of(neighbours.begin(), neighbours.end(), [&](int other) {
                               return other >= 0 && GroupOf(other) == GroupOf(neighbours[0]);
                             });
      if (one_group) Join(neighbours[0], op);
    }
  }

  /// A group must be consecutive operators: one beyond the last that belongs to `begin`'s group, or
  /// begin + 1 when others lie in between.
  int EndOfGroup(int begin) const {
    const int group = group_of_[static_cast<size_t>(begin)];
    const auto members = std::count(group_of_.begin(), group_of_.end(), group);
    int end = begin;
    while (end < Count() && group_of_[static_cast<size_t>(end)] == group) ++end;
    return end - begin == members ? end : begin + 1;
  }

  GraphFacts facts_;
  CompileOptions options_;
  std::vector<std::string> reasons_;
  std::vector<int> group_of_;  ///< per operator: any number, equal within a group
  mutable std::map<std::vector<int>, double> estimates_;
};

}  // namespace

std::unique_ptr<FabricModel> MakeFabricModel(const model::Graph& graph,
                                             const CompileOptions& options) {
  return std::make_unique<CompilerFabricModel>(graph, options);
}

}  // namespace fragua::driver

#include "fuse.h"

#include <algorithm>
#include <map>
#include <set>

#include "block_stages.h"
#include "map_table.h"
#include "strips.h"

namespace fragua::driver {
namespace {

using model::OpType;

class SegmentBuilder {
 public:
  SegmentBuilder(const GraphFacts& facts, std::span<const int> ops, const CompileOptions& options)
      : facts_(facts),
        options_(options),
        in_segment_(ops.begin(), ops.end()),
        maps_(facts, in_segment_, segment_) {
    segment_.ops.assign(ops.begin(), ops.end());
  }

  Segment Build() {
    AttachPools();
    for (int op : segment_.ops) AddStagesOf(op);
    maps_.Finish();
    return std::move(segment_);
  }

 private:
  bool Inside(int op) const { return maps_.Inside(op); }
  bool Escapes(int tensor) const { return maps_.Escapes(tensor); }
  bool OnlyReaderIs(int tensor, int op) const {
    return !Escapes(tensor) && facts_.Consumers(tensor) == std::vector<int>{op};
  }
  int Output(int op) const { return facts_.op(op).outputs[0]; }
  bool IsConvInside(int op) const { return Inside(op) && IsConvolution(facts_.op(op).type); }

  /// Convolutions whose results, side by side, are the tensor and nothing else; empty when there is
  /// something in between or somebody else looks.
  std::vector<int> SoleConvolutions(int tensor, int reader) const {
    if (!OnlyReaderIs(tensor, reader)) return {};
    const int producer = facts_.Producer(tensor);
    const bool adds = Inside(producer) && facts_.op(producer).type == OpType::kAdd;
    if (IsConvInside(producer) || adds) return {producer};
    if (!Inside(producer) || facts_.op(producer).type != OpType::kConcatenation) return {};
    std::vector<int> convs;
    for (int input : facts_.op(producer).inputs) {
      if (!IsConvInside(facts_.Producer(input)) || !OnlyReaderIs(input, producer)) return {};
      convs.push_back(facts_.Producer(input));
    }
    return convs;
  }

  /// Decides which pools and sums run on the output path of the operators before them.
  void AttachPools() {
    if (!options_.fuse) return;
    for (int op : segment_.ops) {
      const OpType type = facts_.op(op).type;
      if (type != OpType::kMaxPool2d && !facts_.MakesSums(op)) continue;
      const std::vector<int> convs = SoleConvolutions(facts_.op(op).inputs[0], op);
      const bool ready =
          std::none_of(convs.begin(), convs.end(), [this](int c) { return attached_.contains(c); });
      if (!ready || (type == OpType::kMaxPool2d && !PoolFits(convs, op))) continue;
      for (int conv : convs) attached_[conv] = op;
      if (!convs.empty()) hosted_.insert(op);
    }
  }

  /// The line buffer keeps a pooled row of every K-block of all convolutions side by side.
  bool PoolFits(const std::vector<int>& convs, int pool) const {
    const int columns = facts_.graph().tensor(Output(pool)).shape[2];
    int blocks = 0;
    for (int conv : convs) blocks += facts_.LayoutOf(Output(conv)).blocks();
    return blocks * columns * options_.engine.words_per_pixel() <= options_.engine.pool_words;
  }

  void AddStagesOf(int op) {
    switch (facts_.op(op).type) {
      case OpType::kConv2d:
      case OpType::kDepthwiseConv2d:
      case OpType::kFullyConnected:
        if (!TryFire(op)) AddConvStage(op);
        return;
      case OpType::kMaxPool2d:
      case OpType::kMean:
        return AddCopyStages(op);
      case OpType::kAveragePool2d:
        return AddAverageStages(op);
      case OpType::kAdd:
        return AddSumStages(op);
      default:  // PAD, RESHAPE and CONCATENATION are addresses only
        return;
    }
  }

  ConvSource Source(int op) const {
    const int producer = facts_.Producer(facts_.op(op).inputs[0]);
    return SourceOf(facts_, op, Inside(producer));
  }

  ConvUnit Unit(int op, const ConvSource& source) {
    ConvUnit unit = MakeConvUnit(facts_, op, source, options_.engine);
    if (const auto it = attached_.find(op); it != attached_.end()) Attach(unit, it->second);
    return unit;
  }

  void Attach(ConvUnit& unit, int pool) const {
    facts_.MakesSums(pool) ? AttachSum(pool, unit) : AttachPool(facts_, pool, unit);
  }

  /// `op` is the last reader of a convolution that can keep its result on chip: makes one stage of
  /// that convolution and all its readers. Earlier readers have been deferred to here.
  bool TryFire(int op) {
    const auto it = fire_of_.find(op);
    if (it == fire_of_.end()) return PlanFire(op);
    Fire& fire = fires_[it->second];
    if (op == fire.readers.back()) EmitFire(fire);
    return true;
  }

  struct Fire {
    int first = -1;
    std::vector<int> readers;
  };

  /// When `op` can be the first convolution of a two-deep stage, defers it and returns true.
  bool PlanFire(int op) {
    if (!options_.fuse || attached_.contains(op) || Escapes(Output(op))) return false;
    Fire fire{op, {}};
    for (int reader : facts_.Consumers(Output(op))) {
      const OpType type = facts_.op(reader).type;
      if (type == OpType::kPad || type == OpType::kReshape) {
        const auto& behind = facts_.Consumers(Output(reader));
        fire.readers.insert(fire.readers.end(), behind.begin(), behind.end());
      } else {
        fire.readers.push_back(reader);
      }
    }
    std::sort(fire.readers.begin(), fire.readers.end());
    if (fire.readers.empty() || !ReadersFit(fire)) return false;
    if (!FireFitsAndPays(fire)) return false;
    for (int reader : fire.readers) fire_of_[reader] = fires_.size();
    fires_.push_back(fire);
    return true;
  }

  /// Depthwise layers wait long for few weights, and a fire loads all its weights for every strip
  /// when they do not fit together: then its layers run one after the other.
  bool FireFitsAndPays(const Fire& fire) {
    const Stage stage = FireStage(fire);
    const auto cost = StageCost(stage, maps_.MapFor(Source(fire.first)), options_);
    const auto grouped = [](const ConvUnit& unit) { return unit.grouped; };
    if (!cost) return false;
    if (!grouped(*stage.first) && std::none_of(stage.units.begin(), stage.units.end(), grouped)) {
      return true;
    }
    double apart = 0;
    const auto add = [&](const ConvUnit& unit) {
      Stage alone;
      alone.units.push_back(unit);
      apart += StageCost(alone, maps_.MapFor(Source(unit.op)), options_).value_or(*cost);
    };
    add(*stage.first);
    for (const ConvUnit& unit : stage.units) add(unit);
    return *cost <= apart;
  }

  bool ReadersFit(const Fire& fire) const {
    std::set<int> joins;
    for (int reader : fire.readers) {
      if (!IsConvInside(reader) || Escapes(Output(fire.first))) return false;
      const MapLayout own = facts_.LayoutOf(Output(reader));
      const MapLayout expected = facts_.LayoutOf(Output(fire.readers[0]));
      if (own.height != expected.height || own.width != expected.width) return false;
      for (int next : facts_.Consumers(Output(reader))) joins.insert(next);
      if (facts_.IsGraphOutput(Output(reader))) joins.insert(-1);
    }
    if (fire.readers.size() == 1) return true;
    // All readers run at the place of the last one, so nobody may want a result before that.
    return joins.empty() || (!joins.contains(-1) && *joins.begin() > fire.readers.back());
  }

  /// Without destinations and weights: enough for feasibility.
  Stage FireStage(const Fire& fire) {
    Stage stage;
    stage.first = Unit(fire.first, Source(fire.first));
    for (int reader : fire.readers) stage.units.push_back(Unit(reader, Source(reader)));
    AssignLineBuffer(stage);
    return stage;
  }

  void AssignLineBuffer(Stage& stage) const {
    int base = 0;
    for (ConvUnit& unit : stage.units) {
      unit.pool_base = base;
      if (unit.pool == PoolMode::kMax2 || unit.pool == PoolMode::kMax3) {
        base += unit.kblocks * unit.pooled_cols * options_.engine.words_per_pixel();
      }
    }
  }

  void EmitFire(const Fire& fire) {
    Stage stage = FireStage(fire);
    const ConvSource source = Source(fire.first);
    stage.in = maps_.Input(source);
    PackWeights(facts_, source, options_.engine, *stage.first, segment_.weights);
    for (ConvUnit& unit : stage.units) {
      PackWeights(facts_, Source(unit.op), options_.engine, unit, segment_.weights);
      unit.dst = maps_.Output(unit);
    }
    AddStage(std::move(stage));
  }

  void AddConvStage(int op) {
    const ConvSource source = Source(op);
    Stage stage;
    stage.in = maps_.Input(source);
    stage.units.push_back(Unit(op, source));
    ConvUnit& unit = stage.units[0];
    PackWeights(facts_, source, options_.engine, unit, segment_.weights);
    unit.dst = maps_.Output(unit);
    AssignLineBuffer(stage);
    AddStage(std::move(stage));
  }

  /// A pool or a sum on its own: copies of as many blocks at a time as the buffers take.
  void AddCopyStages(int op) {
    if (hosted_.contains(op)) return;
    const int input = facts_.op(op).inputs[0];
    const View in = maps_.Input(input);
    ConvUnit all = MakeCopyUnit(facts_, input, in.blocks, options_.engine);
    Attach(all, op);
    PackCopyWeights(options_.engine, all, segment_.weights);
    AddBlocks(all, in, std::nullopt);
  }

  /// The sum of two maps, the same way.
  void AddSumStages(int op) {
    const View in = maps_.Input(facts_.op(op).inputs[0]);
    const View second = maps_.Input(facts_.op(op).inputs[1]);
    ConvUnit all = MakeAddUnit(facts_, op, options_.engine);
    if (const auto it = attached_.find(op); it != attached_.end()) Attach(all, it->second);
    PackAddWeights(facts_, options_.engine, all, segment_.weights);
    AddBlocks(all, in, second);
  }

  void AddBlocks(ConvUnit all, const View& in, const std::optional<View>& second) {
    const View out = maps_.Output(all);
    for (Stage& s : BlockStages(all, in, second, out, options_.engine)) AddStage(std::move(s));
  }

  void AddAverageStages(int op) {
    if (facts_.MakesSums(op)) return AddCopyStages(op);
    Stage stage;
    stage.in = maps_.Input(facts_.op(op).inputs[0]);
    stage.units.push_back(MakeAverageUnit(facts_, op, options_.engine));
    ConvUnit& unit = stage.units[0];
    PackAverageWeights(facts_, options_.engine, unit, segment_.weights);
    unit.dst = maps_.Output(unit);
    AddStage(std::move(stage));
  }

  void AddStage(Stage stage) {
    const auto index = static_cast<int>(segment_.stages.size());
    Map(stage.in.map).consumers.push_back(index);
    if (stage.second && stage.second->map != stage.in.map) {
      Map(stage.second->map).consumers.push_back(index);
    }
    for (const ConvUnit& unit : stage.units) {
      std::vector<int>& producers = Map(unit.dst.map).producers;
      if (producers.empty() || producers.back() != index) producers.push_back(index);
    }
    segment_.stages.push_back(std::move(stage));
  }

  SegmentMap& Map(int index) { return segment_.maps[static_cast<size_t>(index)]; }

  const GraphFacts& facts_;
  const CompileOptions& options_;
  std::set<int> in_segment_;
  Segment segment_;
  MapTable maps_;
  std::map<int, int> attached_;  ///< convolution -> pool or mean on its output path
  std::set<int> hosted_;         ///< pools and means that need no stage of their own
  std::vector<Fire> fires_;
  std::map<int, size_t> fire_of_;  ///< reader -> fires_
};

}  // namespace

Segment BuildSegment(const GraphFacts& facts, std::span<const int> ops,
                     const CompileOptions& options) {
  return SegmentBuilder(facts, ops, options).Build();
}

}  // namespace fragua::driver

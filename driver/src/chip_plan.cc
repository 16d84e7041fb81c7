#include "chip_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

/// Keeping a result on chip may cost this much more compute time than sending it through DDR: the
/// load that it saves is not in the strips' estimate.
constexpr double kOnChipBonus = 1.02;
/// A region beyond its share of the buffer must gain at least this much.
constexpr double kWorthwhile = 0.99;

class ChipPlanner {
 public:
  ChipPlanner(Segment& segment, const CompileOptions& options)
      : segment_(segment), options_(options), words_(options.engine.activation_words) {}

  std::vector<StagePlan> Plan() {
    std::vector<StagePlan> plans;
    for (size_t i = 0; i < segment_.stages.size(); ++i) {
      const Stage& stage = segment_.stages[i];
      const SegmentMap& in = Map(stage.in.map);
      StagePlan plan;
      int out_words = 0;
      plan.strips = Choose(i, out_words);
      const int middle_words = plan.strips.middle_words;
      const int size =
          middle_words + plan.strips.in_ring_rows * ViewRowWords(in, stage.in_blocks());
      if (in.on_chip) {
        plan.in_base = in.chip_base + static_cast<int>(stage.in.block * in.block_words());
        at_bottom_ = in.chip_base == 0;
      } else {
        at_bottom_ = !at_bottom_;
        // The first convolution's result lives longer than the input: it takes the very end, so
        // that the next stage's rows find the rest of the buffer free.
        plan.in_base = at_bottom_ ? middle_words : words_ - size;
        if (middle_words > 0) plan.middle_base = at_bottom_ ? 0 : words_ - middle_words;
      }
      if (out_words > 0) {
        SegmentMap& out = Map(stage.units[0].dst.map);
        out.on_chip = true;
        out.chip_base = at_bottom_ ? words_ - out_words : 0;
      }
      plans.push_back(std::move(plan));
    }
    return plans;
  }

 private:
  SegmentMap& Map(int index) { return segment_.maps[static_cast<size_t>(index)]; }

  StripRequest Request(size_t index) {
    const Stage& stage = segment_.stages[index];
    const SegmentMap& in = Map(stage.in.map);
    StripRequest request;
    request.in_row_words = ViewRowWords(in, stage.in_blocks());
    request.in_rows = in.layout.height;
    request.in_on_chip = in.on_chip;
    request.act_words = words_;
    request.hurry = index == 0;
    return request;
  }

  /// Words of the stage's result if it can stay on chip for the next stage, else 0.
  int64_t KeepableWords(size_t index) {
    const Stage& stage = segment_.stages[index];
    if (!options_.fuse || index + 1 == segment_.stages.size()) return 0;
    if (segment_.stages[index + 1].second) return 0;  // both its inputs are loaded side by side
    const SegmentMap& out = Map(stage.units[0].dst.map);
    const auto self = static_cast<int>(index);
    if (out.sums || out.from_host || out.to_host || out.words() > words_ ||
        out.producers != std::vector<int>{self} || out.consumers != std::vector<int>{self + 1}) {
      return 0;
    }
    for (const ConvUnit& unit : stage.units) {
      if (unit.dst.map != stage.units[0].dst.map) return 0;
    }
    StripRequest next = Request(index + 1);
    next.in_on_chip = true;
    return PlanStrips(segment_.stages[index + 1], next, options_) ? out.words() : 0;
  }

  /// The stage's strips when its results go to DDR.
  std::optional<StripPlan> ThroughDdr(size_t index) {
    const Stage& stage = segment_.stages[index];
    StripRequest request = Request(index);
    if (request.in_on_chip) return PlanStrips(stage, request, options_);
    std::optional<StripPlan> best;
    for (const int quarters : {2, 3, 4}) {
      request.act_words = words_ * quarters / 4;
      std::optional<StripPlan> plan = PlanStrips(stage, request, options_);
      if (plan && (!best || plan->cost < kWorthwhile * best->cost ||
                   (plan->cost <= best->cost && plan->read_bytes < best->read_bytes))) {
        best = std::move(plan);
      }
    }
    return best;
  }

  /// The stage's strips when its result of `out_words` stays on chip.
  std::optional<StripPlan> OnChip(size_t index, int out_words) {
    const Stage& stage = segment_.stages[index];
    StripRequest request = Request(index);
    const int64_t in_words = Map(stage.in.map).words();
    std::optional<StripPlan> best;
    if (!request.in_on_chip || in_words + out_words <= words_) {
      request.act_words = request.in_on_chip ? words_ : words_ - out_words;
      if (request.act_words >= request.in_row_words) best = PlanStrips(stage, request, options_);
    }
    if (!stage.first || in_words > words_) return best;
    // In one strip the input is dead before the first result of the units is written over it.
    request.act_words = words_;
    request.single = true;
    std::optional<StripPlan> single = PlanStrips(stage, request, options_);
    if (single && (!best || single->cost < best->cost)) best = std::move(single);
    return best;
  }

  StripPlan Choose(size_t index, int& out_words) {
    std::optional<StripPlan> plan = ThroughDdr(index);
    if (const auto words = static_cast<int>(KeepableWords(index)); words > 0) {
      std::optional<StripPlan> kept = OnChip(index, words);
      if (kept && (!plan || kept->cost <= kOnChipBonus * plan->cost)) {
        out_words = words;
        plan = std::move(kept);
      }
    }
    if (!plan) {
      ThrowInput(
          fmt::format("a convolution of {} rows does not fit the engine's buffers; place it "
                      "on the arm",
                      segment_.stages[index].rows()));
    }
    return *std::move(plan);
  }

  Segment& segment_;
  const CompileOptions& options_;
  int words_;
  bool at_bottom_ = false;
};

}  // namespace

std::vector<StagePlan> PlanChip(Segment& segment, const CompileOptions& options) {
  return ChipPlanner(segment, options).Plan();
}

}  // namespace fragua::driver

#include "strips.h"

#include <algorithm>

namespace fragua::driver {
namespace {

// Cycles for estimates; measured on the engine, and only used to compare plans.
constexpr int kCommandCycles = 4;
constexpr int kDrainCycles = 24;

RowRange TapRows(const ConvUnit& unit, RowRange out) {
  const int begin = out.begin * unit.stride_h - unit.pad_top;
  const int end = (out.end - 1) * unit.stride_h - unit.pad_top + unit.kernel_h;
  return {std::clamp(begin, 0, unit.in_rows), std::clamp(end, 0, unit.in_rows)};
}

/// Union over the units.
RowRange SourceRows(const std::vector<ConvUnit>& units, RowRange out) {
  RowRange rows = TapRows(units[0], out);
  for (const ConvUnit& unit : units) {
    const RowRange own = TapRows(unit, out);
    rows.begin = std::min(rows.begin, own.begin);
    rows.end = std::max(rows.end, own.end);
  }
  return rows;
}

std::vector<Strip> Cut(const Stage& stage, const std::vector<int>& ends) {
  std::vector<Strip> strips;
  int begin = 0;
  int made = 0;    // rows of the middle map so far
  int loaded = 0;  // rows of the input map so far
  for (const int end : ends) {
    Strip strip;
    strip.out = {begin, end};
    RowRange source = SourceRows(stage.units, strip.out);
    if (stage.first) {
      // The last strip makes all rows, also those that no tap reads: the operator has them.
      if (end == stage.rows()) source.end = stage.first->rows;
      strip.middle = {made, std::max(made, source.end)};
      strip.middle_low = source.begin;
      made = strip.middle.end;
      source = strip.middle.size() > 0 ? SourceRows({*stage.first}, strip.middle)
                                       : RowRange{loaded, loaded};
    }
    strip.in_low = source.begin;
    strip.load = {loaded, std::max(loaded, source.end)};
    loaded = strip.load.end;
    strips.push_back(strip);
    begin = end;
  }
  return strips;
}

std::vector<int> EvenEnds(int rows, int height) {
  std::vector<int> ends;
  for (int end = height; end < rows; end += height) ends.push_back(end);
  ends.push_back(rows);
  return ends;
}

/// Row slots needed to hold a strip's input, alone and together with the next strip's.
struct RingNeed {
  int middle = 0, in = 0, in_double = 0;
};

RingNeed NeedOf(const std::vector<Strip>& strips, bool two_deep) {
  RingNeed need;
  for (size_t i = 0; i < strips.size(); ++i) {
    const Strip& strip = strips[i];
    const Strip& next = strips[std::min(i + 1, strips.size() - 1)];
    if (two_deep) need.middle = std::max(need.middle, strip.middle.end - strip.middle_low);
    need.in = std::max(need.in, strip.load.end - strip.in_low);
    need.in_double = std::max(need.in_double, next.load.end - strip.in_low);
  }
  return need;
}

int WeightWords(const Stage& stage) {
  int words = stage.first ? stage.first->total_weight_words() : 0;
  for (const ConvUnit& unit : stage.units) words += unit.total_weight_words();
  return words;
}

int KBlocks(const Stage& stage) {
  int blocks = stage.first ? stage.first->kblocks : 0;
  for (const ConvUnit& unit : stage.units) blocks += unit.kblocks;
  return blocks;
}

/// Nothing when the cut does not fit.
std::optional<StripPlan> TryCut(const Stage& stage, const StripRequest& request,
                                const std::vector<int>& ends, const CompileOptions& options) {
  const EngineConfig& engine = options.engine;
  StripPlan plan;
  plan.strips = Cut(stage, ends);
  const auto count = static_cast<int64_t>(ends.size());
  const RingNeed need = NeedOf(plan.strips, stage.first.has_value());

  const int slots = request.act_words / request.in_row_words;
  const bool whole = request.in_on_chip || slots >= request.in_rows;
  plan.in_ring_rows = whole ? request.in_rows : slots;
  int tallest = stage.first ? stage.first->stride_h : 1;
  if (!stage.first) {
    for (const ConvUnit& unit : stage.units) tallest = std::max(tallest, unit.stride_h);
  }
  if (!whole && slots < std::max(need.in, tallest)) return std::nullopt;

  if (stage.first) {
    const int row_words = stage.first->kblocks * stage.first->cols * engine.words_per_pixel();
    const int middle_slots = engine.squeeze_words / row_words;
    int stride = 1;
    for (const ConvUnit& unit : stage.units) stride = std::max(stride, unit.stride_h);
    if (middle_slots < std::max(need.middle, stride)) return std::nullopt;
    plan.middle_ring_rows = std::min(middle_slots, stage.first->rows);
    if (plan.middle_ring_rows < stride) return std::nullopt;
  }

  const int weight_words = WeightWords(stage);
  plan.weights_resident = count > 1 && weight_words <= engine.weight_words;
  const int64_t beats_per_word = engine.macs_per_cycle() / 8;
  const int64_t weight_beats = weight_words * beats_per_word * (plan.weights_resident ? 1 : count);
  const int64_t in_beats =
      request.in_on_chip ? 0 : int64_t{1} * request.in_row_words * request.in_rows;
  const int64_t commands = count * static_cast<int64_t>(stage.units.size() + 1);
  const int64_t drains = count * (stage.first ? 2 : 0);
  const double busy =
      static_cast<double>(StageSteps(stage, engine) + commands * kCommandCycles +
                          drains * kDrainCycles + count * KBlocks(stage) * (8 / engine.pc));
  const double beat_cycles = 1.0 / options.ddr.efficiency;
  const double moving = static_cast<double>(weight_beats + in_beats) * beat_cycles;
  plan.cost = std::max(busy, moving);
  if (!request.in_on_chip) {
    // The first rows hide behind the stage before, unless there is none; a single strip also needs
    // the last rows at once, which that stage has only just made.
    const double exposed = request.hurry || count == 1 ? 1.0 : 0.1;
    plan.cost += exposed * beat_cycles * plan.strips[0].load.size() * request.in_row_words;
    // Without a second set of slots every strip waits for its rows.
    if (!whole && slots < need.in_double) plan.cost += static_cast<double>(in_beats) * beat_cycles;
  }
  return plan;
}

}  // namespace

int64_t UnitSteps(const ConvUnit& unit, int rows, int kblocks, const EngineConfig& engine) {
  const int64_t pace =
      std::max<int64_t>(unit.StepsPerPixel() * (8 / engine.pc), engine.pk / engine.lanes);
  return pace * rows * unit.cols * kblocks;
}

int64_t StageSteps(const Stage& stage, const EngineConfig& engine) {
  int64_t steps = 0;
  if (stage.first)
    steps += UnitSteps(*stage.first, stage.first->rows, stage.first->kblocks, engine);
  for (const ConvUnit& unit : stage.units) {
    steps += UnitSteps(unit, unit.rows, unit.kblocks, engine);
  }
  return steps;
}

int ViewRowWords(const SegmentMap& map, int blocks) {
  return map.row_words() * (map.pixel_pairs ? 1 : blocks);
}

std::optional<StripPlan> PlanStrips(const Stage& stage, const StripRequest& request,
                                    const CompileOptions& options) {
  std::optional<StripPlan> best;
  int last_height = 0;
  const int most_strips = request.single ? 1 : stage.rows();
  for (int count = 1; count <= most_strips; ++count) {
    const int height = (stage.rows() + count - 1) / count;
    if (height == last_height) continue;
    last_height = height;
    std::vector<int> ends = EvenEnds(stage.rows(), height);
    std::optional<StripPlan> plan = TryCut(stage, request, ends, options);
    if (plan && (!best || plan->cost < best->cost)) best = std::move(plan);
    if (request.single || !request.hurry || height < 4) continue;
    // A quarter of the first strip gets the array going while the rest still loads.
    ends.insert(ends.begin(), height / 4);
    plan = TryCut(stage, request, ends, options);
    if (plan && (!best || plan->cost < best->cost)) best = std::move(plan);
  }
  return best;
}

std::optional<double> StageCost(const Stage& stage, const SegmentMap& in,
                                const CompileOptions& options) {
  const int blocks = in.pixel_pairs ? 1 : in.layout.blocks();
  const StripRequest request{ViewRowWords(in, blocks), in.layout.height, false,
                             options.engine.activation_words, false};
  const std::optional<StripPlan> plan = PlanStrips(stage, request, options);
  return plan ? std::optional(plan->cost) : std::nullopt;
}

}  // namespace fragua::driver

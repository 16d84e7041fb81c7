#include "strips.h"

#include <algorithm>

#include "strip_cut.h"

namespace fragua::driver {
namespace {

// Cycles for estimates; measured on the engine, and only used to compare plans.
constexpr int kCommandCycles = 4;
constexpr int kDrainCycles = 24;
/// Words of both inputs in a strip of a sum, where there is a choice; by trial.
constexpr int kLeastSumWords = 512;
/// Plans whose costs differ by less than this are told apart by the bytes they read.
constexpr double kAsGood = 1.001;

int WeightWords(const std::vector<ConvUnit>& units) {
  int words = 0;
  for (const ConvUnit& unit : units) words += unit.total_weight_words();
  return words;
}

int KBlocks(const std::vector<ConvUnit>& units) {
  int blocks = 0;
  for (const ConvUnit& unit : units) blocks += unit.kblocks;
  return blocks;
}

int64_t Steps(const std::vector<ConvUnit>& units, int rows, const EngineConfig& engine) {
  int64_t steps = 0;
  for (const ConvUnit& unit : units) steps += UnitSteps(unit, rows, unit.kblocks, engine);
  return steps;
}

std::vector<ConvUnit> FirstOf(const Stage& stage) {
  return stage.first ? std::vector<ConvUnit>{*stage.first} : std::vector<ConvUnit>{};
}

/// Cycles of the rows that no array work hides.
double ExposedLoad(const StripPlan& plan, const StripRequest& request, bool last_rows_at_once,
                   bool double_slots, double beat_cycles) {
  if (request.in_on_chip) return 0;
  // The first rows hide behind the stage before, unless there is none; a single strip also needs
  // the last rows at once, which that stage has only just made.
  const double exposed = request.hurry || last_rows_at_once ? 1.0 : 0.1;
  double cycles = exposed * beat_cycles * plan.strips[0].load.size() * request.in_row_words;
  // Without a second set of slots every strip waits for its rows.
  if (!double_slots) {
    cycles += static_cast<double>(request.in_row_words) * request.in_rows * beat_cycles;
  }
  return cycles;
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

  const int weight_words = WeightWords(FirstOf(stage)) + WeightWords(stage.units);
  plan.first_resident = plan.units_resident = count > 1 && weight_words <= engine.weight_words;
  const int64_t beats_per_word = engine.macs_per_cycle() / 8;
  const int64_t weight_beats = weight_words * beats_per_word * (plan.units_resident ? 1 : count);
  const int64_t in_beats =
      request.in_on_chip ? 0 : int64_t{1} * request.in_row_words * request.in_rows;
  const double beat_cycles = 1.0 / options.ddr.efficiency;
  const double moving = static_cast<double>(weight_beats + in_beats) * beat_cycles;
  const int64_t head = (KBlocks(FirstOf(stage)) + KBlocks(stage.units)) * (8 / engine.pc) +
                       static_cast<int64_t>(stage.units.size() + 1) * kCommandCycles +
                       (stage.first ? 2 * kDrainCycles : 0);
  double busy = 0;
  for (size_t i = 0; i < plan.strips.size(); ++i) {
    // What is loaded meanwhile: this strip's weights and the next one's rows.
    const bool last = i + 1 == plan.strips.size();
    const int rows = last || request.in_on_chip ? 0 : plan.strips[i + 1].load.size();
    const int64_t beats =
        (plan.units_resident ? 0 : weight_beats / count) + int64_t{1} * rows * request.in_row_words;
    const int64_t steps = Steps(FirstOf(stage), plan.strips[i].middle.size(), engine) +
                          Steps(stage.units, plan.strips[i].out.size(), engine);
    busy += std::max(static_cast<double>(steps + head), static_cast<double>(beats) * beat_cycles);
  }
  plan.cost = std::max(busy, moving) +
              ExposedLoad(plan, request, count == 1, whole || slots >= need.in_double, beat_cycles);
  plan.read_bytes = 8 * (weight_beats + in_beats);
  return plan;
}

/// The first convolution over the whole map, in strips of `height` of its rows, then the units over
/// the whole map: each weight is loaded once, although only the first's need to stay. Nothing when
/// that does not fit.
std::optional<StripPlan> TryFirstWhole(const Stage& stage, const StripRequest& request, int height,
                                       const CompileOptions& options) {
  const EngineConfig& engine = options.engine;
  const std::vector<ConvUnit> first = FirstOf(stage);
  const int first_words = WeightWords(first);
  if (request.in_on_chip || first_words > engine.weight_words) return std::nullopt;
  StripPlan plan;
  plan.strips = CutFirst(stage, height);
  const RingNeed need = NeedOf(plan.strips, false);
  const auto count = static_cast<int64_t>(plan.strips.size());
  const int row_words = first[0].kblocks * first[0].cols * engine.words_per_pixel();
  plan.middle_ring_rows = first[0].rows;
  plan.middle_in_act = row_words * first[0].rows > engine.squeeze_words;
  if (plan.middle_in_act) plan.middle_words = row_words * first[0].rows;
  // One slot beyond what keeps the array busy, so that loads come in time; more would only lie in
  // the way of the next stage's rows.
  const int slots = std::min({(request.act_words - plan.middle_words) / request.in_row_words,
                              need.in_double + 1, request.in_rows});
  if (slots < std::max(need.in, first[0].stride_h)) return std::nullopt;
  plan.in_ring_rows = slots;
  plan.first_resident = true;

  const double beat_cycles = 1.0 / options.ddr.efficiency;
  const int64_t beats_per_word = engine.macs_per_cycle() / 8;
  const int64_t unit_beats = WeightWords(stage.units) * beats_per_word;
  const int64_t in_beats = int64_t{1} * request.in_row_words * request.in_rows;
  const int64_t head = 8 / engine.pc;  // cycles each K-block of each command begins with
  const int64_t first_busy =
      Steps(first, first[0].rows, engine) + count * (kCommandCycles + KBlocks(first) * head);
  const int64_t units_busy = Steps(stage.units, stage.rows(), engine) + kDrainCycles +
                             static_cast<int64_t>(stage.units.size()) * kCommandCycles +
                             KBlocks(stage.units) * head;
  const int64_t first_beats = in_beats + first_words * beats_per_word;
  plan.cost =
      std::max(static_cast<double>(first_busy), static_cast<double>(first_beats) * beat_cycles) +
      std::max(static_cast<double>(units_busy), static_cast<double>(unit_beats) * beat_cycles) +
      ExposedLoad(plan, request, count == 1, slots >= need.in_double, beat_cycles);
  plan.read_bytes = 8 * (first_beats + unit_beats);
  return plan;
}

void KeepBetter(std::optional<StripPlan> plan, std::optional<StripPlan>& best) {
  if (plan && (!best || IsBetter(*plan, *best))) best = std::move(plan);
}

}  // namespace

bool IsBetter(const StripPlan& plan, const StripPlan& than) {
  if (plan.cost > kAsGood * than.cost || than.cost > kAsGood * plan.cost) {
    return plan.cost < than.cost;
  }
  return plan.read_bytes != than.read_bytes ? plan.read_bytes < than.read_bytes
                                            : plan.cost < than.cost;
}

int64_t UnitSteps(const ConvUnit& unit, int rows, int kblocks, const EngineConfig& engine) {
  const int64_t pace =
      std::max<int64_t>(unit.StepsPerPixel() * (8 / engine.pc), engine.pk / engine.lanes);
  return pace * rows * unit.cols * kblocks * (unit.pair ? engine.words_per_pixel() : 1);
}

int64_t StageSteps(const Stage& stage, const EngineConfig& engine) {
  return Steps(FirstOf(stage), stage.first ? stage.first->rows : 0, engine) +
         Steps(stage.units, stage.rows(), engine);
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
    // A sum has so little work per row that every further strip waits for its loads.
    if (stage.second && best && height * request.in_row_words < kLeastSumWords) break;
    std::vector<int> ends = EvenEnds(stage.rows(), height);
    KeepBetter(TryCut(stage, request, ends, options), best);
    if (request.single || !request.hurry || height < 4) continue;
    // A quarter of the first strip gets the array going while the rest still loads.
    ends.insert(ends.begin(), height / 4);
    KeepBetter(TryCut(stage, request, ends, options), best);
  }
  if (!stage.first || request.single) return best;
  for (int height = 1; height < stage.first->rows; ++height) {
    KeepBetter(TryFirstWhole(stage, request, height, options), best);
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

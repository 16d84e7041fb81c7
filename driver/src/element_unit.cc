// ADD and AVERAGE_POOL_2D as units of the engine.

#include <fmt/format.h>

#include <algorithm>

#include "arm_prepare.h"
#include "conv_unit.h"
#include "exact_factors.h"

namespace fragua::driver {
namespace {

constexpr int kParametersPerKBlock = 8;  // parameter words times PC

void SetKBlockWords(const EngineConfig& engine, ConvUnit& unit) {
  const int64_t words = kParametersPerKBlock / engine.pc * (1 + unit.StepsPerPixel());
  unit.kblock_words = static_cast<int>(words);
}

prepare::ActRange RangeOf(const GraphFacts& facts, int op) {
  return prepare::RangeOf(prepare::OpView(facts.graph(), op), facts.op(op).attributes.activation);
}

/// Every window lies inside the map, so that all averages have the same number of terms.
bool WindowsStayInside(const GraphFacts& facts, int op) {
  const model::Attributes& a = facts.op(op).attributes;
  const std::vector<int>& in = facts.graph().tensor(facts.op(op).inputs[0]).shape;
  const std::vector<int>& out = facts.graph().tensor(facts.op(op).outputs[0]).shape;
  return a.padding.top == 0 && a.padding.left == 0 &&
         (out[1] - 1) * a.stride_h + a.filter_h <= in[1] &&
         (out[2] - 1) * a.stride_w + a.filter_w <= in[2];
}

}  // namespace

ConvUnit MakeAddUnit(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const int out = facts.op(op).outputs[0];
  const MapLayout layout = facts.LayoutOf(out);
  ConvUnit unit;
  unit.op = op;
  unit.in_rows = unit.rows = layout.height;
  unit.in_cols = unit.cols = layout.width;
  unit.channel_words = 2;
  unit.packed = unit.grouped = unit.pair = true;
  unit.kblocks = unit.weight_kblocks = layout.blocks();
  SetKBlockWords(engine, unit);
  unit.zp_out = facts.graph().tensor(out).quant.zero_point[0];
  const prepare::ActRange range = RangeOf(facts, op);
  unit.act_min = range.min;
  unit.act_max = range.max;
  return unit;
}

ConvUnit MakeAverageUnit(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& pool = facts.op(op);
  const MapLayout in = facts.LayoutOf(pool.inputs[0]);
  const MapLayout out = facts.LayoutOf(pool.outputs[0]);
  ConvUnit unit;
  unit.op = op;
  unit.kernel_h = pool.attributes.filter_h;
  unit.kernel_w = pool.attributes.filter_w;
  unit.stride_h = pool.attributes.stride_h;
  unit.stride_w = pool.attributes.stride_w;
  unit.in_rows = in.height;
  unit.in_cols = in.width;
  unit.rows = out.height;
  unit.cols = out.width;
  unit.channel_words = engine.words_per_pixel();
  unit.grouped = true;
  unit.kblocks = out.blocks();
  unit.weight_kblocks = 1;  // all are alike
  SetKBlockWords(engine, unit);
  const prepare::ActRange range = RangeOf(facts, op);
  unit.act_min = range.min;
  unit.act_max = range.max;
  return unit;
}

std::string WhyNotAdd(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& add = facts.op(op);
  for (const int tensor : {add.inputs[0], add.inputs[1], add.outputs[0]}) {
    if (!facts.IsMap(tensor)) return "its inputs or its output are not one int8 map of batch 1";
  }
  const auto& shape = [&](int tensor) { return facts.graph().tensor(tensor).shape; };
  if (shape(add.inputs[0]) != shape(add.outputs[0]) ||
      shape(add.inputs[1]) != shape(add.outputs[0])) {
    return "its inputs differ in shape";
  }
  if (engine.pk < 16) {
    return fmt::format(
        "a sum takes two of the engine's accumulators for each of eight channels "
        "and it has {}",
        engine.pk);
  }
  if (facts.LayoutOf(add.inputs[0]).ChannelOfSlot() !=
      facts.LayoutOf(add.inputs[1]).ChannelOfSlot()) {
    return "its inputs have their channels in different places, as concatenations leave them";
  }
  // One block of each map at a time is always possible.
  ConvUnit unit = MakeAddUnit(facts, op, engine);
  const int row_words = unit.in_cols * engine.words_per_pixel();
  if (2 * row_words > engine.activation_words) {
    return fmt::format("a row of {} columns of both its inputs does not fit the activation buffer",
                       unit.in_cols);
  }
  const std::string shaped = WhyNotShape(unit, 1, engine);
  if (!shaped.empty()) return shaped;
  if (!FindPairFactors(prepare::AddOf(prepare::OpView(facts.graph(), op)))) {
    return "no multipliers make the engine's one rounding equal to its three for all inputs";
  }
  return "";
}

std::string WhyNotAveragePool(const GraphFacts& facts, int op, const EngineConfig& engine) {
  const model::Op& pool = facts.op(op);
  if (!facts.IsMap(pool.inputs[0]) || !facts.IsMap(pool.outputs[0])) {
    return "its input or output is not one int8 map of batch 1";
  }
  if (facts.MakesSums(op)) {
    const int row_words = facts.graph().tensor(pool.inputs[0]).shape[2] * engine.words_per_pixel();
    return row_words <= engine.activation_words
               ? ""
               : fmt::format("a row of {} words does not fit the activation buffer", row_words);
  }
  if (!WindowsStayInside(facts, op)) {
    return "its windows reach beyond the map, so their averages have different numbers of terms";
  }
  const ConvUnit unit = MakeAverageUnit(facts, op, engine);
  const std::string shape = WhyNotShape(unit, unit.kblocks, engine);
  if (!shape.empty()) return shape;
  const int count = unit.kernel_h * unit.kernel_w;
  if (int64_t{count} * 128 >= int64_t{1} << (engine.acc_bits - 1)) {
    return fmt::format("sums of {} values exceed the engine's accumulator", count);
  }
  if (!FindAverageFactor(count, unit.act_min, unit.act_max)) {
    return fmt::format("no multiplier divides every sum of {} values exactly as it does", count);
  }
  return "";
}

}  // namespace fragua::driver

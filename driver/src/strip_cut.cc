#include "strip_cut.h"

#include <algorithm>

namespace fragua::driver {
namespace {

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

}  // namespace

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

std::vector<Strip> CutFirst(const Stage& stage, int height) {
  std::vector<Strip> strips;
  const int rows = stage.first->rows;
  int loaded = 0;
  for (int begin = 0; begin < rows; begin += height) {
    Strip strip;
    strip.middle = {begin, std::min(rows, begin + height)};
    const RowRange source = SourceRows({*stage.first}, strip.middle);
    strip.in_low = source.begin;
    strip.load = {loaded, std::max(loaded, source.end)};
    loaded = strip.load.end;
    strips.push_back(strip);
  }
  strips.back().out = {0, stage.rows()};
  return strips;
}

std::vector<int> EvenEnds(int rows, int height) {
  std::vector<int> ends;
  for (int end = height; end < rows; end += height) ends.push_back(end);
  ends.push_back(rows);
  return ends;
}

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

}  // namespace fragua::driver

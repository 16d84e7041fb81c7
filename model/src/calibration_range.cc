// How much of what was seen an activation's 256 levels should cover.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fragua/model/calibration.h"
#include "fragua/model/error.h"

namespace fragua::model {
namespace {

Range WithZero(const Range& range) { return {std::min(range.min, 0.0), std::max(range.max, 0.0)}; }

Range Clip(const Range& range, const Range& seen) {
  return {std::max(range.min, seen.min), std::min(range.max, seen.max)};
}

double BinWidth(const Histogram& histogram) {
  return 2.0 * histogram.limit() / static_cast<double>(Histogram::kBins);
}

// Leaves out `part` of the values at either end.
Range KeepMost(const Histogram& histogram, double part) {
  const auto bins = histogram.bins();
  const double drop = part * static_cast<double>(histogram.count());
  const double half = BinWidth(histogram) / 2;
  double below = 0;
  size_t low = 0;
  while (low + 1 < bins.size() && below + static_cast<double>(bins[low]) <= drop) {
    below += static_cast<double>(bins[low++]);
  }
  double above = 0;
  size_t high = bins.size() - 1;
  while (high > low && above + static_cast<double>(bins[high]) <= drop) {
    above += static_cast<double>(bins[high--]);
  }
  return {histogram.centre(low) - half, histogram.centre(high) + half};
}

// Expected squared error per value when [range.min, range.max] gets 255 steps: rounding inside,
// clipping outside.
double SquaredError(const Histogram& histogram, const Range& range) {
  const double step = (range.max - range.min) / 255.0;
  const double rounding = step * step / 12.0;
  double sum = 0;
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    const int64_t count = histogram.bins()[i];
    if (count == 0) continue;
    const double value = histogram.centre(i);
    const double beyond = std::max({0.0, value - range.max, range.min - value});
    sum += static_cast<double>(count) * (beyond > 0 ? beyond * beyond : rounding);
  }
  return sum;
}

Range LeastSquaredError(const Histogram& histogram, const Range& seen) {
  constexpr int kSteps = 128;
  Range best = seen;
  double least = std::numeric_limits<double>::infinity();
  for (int i = kSteps; i >= kSteps / 16; --i) {
    const double part = static_cast<double>(i) / kSteps;
    const Range range = {seen.min * part, seen.max * part};
    const double error = SquaredError(histogram, range);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

// Counts by magnitude, from zero outwards.
std::vector<double> Magnitudes(const Histogram& histogram) {
  const size_t half = Histogram::kBins / 2;
  const auto bins = histogram.bins();
  std::vector<double> counts(half);
  for (size_t i = 0; i < half; ++i) {
    counts[i] = static_cast<double>(bins[half + i] + bins[half - 1 - i]);
  }
  while (counts.size() > 1 && counts.back() == 0) counts.pop_back();
  return counts;
}

// Divergence of the first `kept` bins, all beyond clipped into the last, from the same bins seen
// through `levels` levels.
double Divergence(const std::vector<double>& counts, size_t kept, size_t levels, double total) {
  double inside = 0;
  for (size_t i = 0; i < kept; ++i) inside += counts[i];
  const double clipped = total - inside;
  if (inside <= 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (size_t level = 0; level < levels; ++level) {
    const size_t begin = level * kept / levels;
    const size_t end = (level + 1) * kept / levels;
    double mass = 0;
    double occupied = 0;
    for (size_t i = begin; i < end; ++i) {
      mass += counts[i];
      occupied += counts[i] > 0 ? 1 : 0;
    }
    for (size_t i = begin; i < end; ++i) {
      double p = counts[i];
      if (i + 1 == kept) p += clipped;
      if (p <= 0) continue;
      // A last bin that only holds clipped values has no counterpart: count it as one value.
      const double q = counts[i] > 0 ? mass / occupied : 1.0;
      sum += p / total * std::log((p / total) / (q / inside));
    }
  }
  return sum;
}

Range LeastDivergence(const Histogram& histogram, const Range& seen) {
  const std::vector<double> counts = Magnitudes(histogram);
  const size_t levels = seen.min < 0 && seen.max > 0 ? 128 : 256;
  double total = 0;
  for (const double count : counts) total += count;
  size_t best = counts.size();
  double least = std::numeric_limits<double>::infinity();
  constexpr size_t kStride = 16;
  for (size_t kept = levels; kept <= counts.size(); kept += kStride) {
    const double divergence = Divergence(counts, kept, levels, total);
    if (divergence < least) {
      least = divergence;
      best = kept;
    }
  }
  const double reach = static_cast<double>(best) * BinWidth(histogram);
  return {-reach, reach};
}

}  // namespace

RangeMethod ParseRangeMethod(const std::string& text) {
  if (text == "minmax") return RangeMethod::kMinMax;
  if (text == "percentile") return RangeMethod::kPercentile;
  if (text == "entropy") return RangeMethod::kEntropy;
  if (text == "mse") return RangeMethod::kMeanSquaredError;
  ThrowInput(fmt::format(
      "range method '{}' is not known; expected minmax, percentile, entropy or mse", text));
}

Range ChooseRange(const Range& seen, const Histogram& histogram, RangeMethod method,
                  double percentile) {
  const Range all = WithZero(seen);
  if (histogram.count() == 0) return all;
  switch (method) {
    case RangeMethod::kMinMax:
      return all;
    case RangeMethod::kPercentile:
      FRAGUA_CHECK(percentile > 50 && percentile <= 100, fmt::format("{}", percentile));
      return Clip(WithZero(KeepMost(histogram, 1.0 - percentile / 100.0)), all);
    case RangeMethod::kEntropy:
      return Clip(LeastDivergence(histogram, all), all);
    case RangeMethod::kMeanSquaredError:
      return LeastSquaredError(histogram, all);
  }
  FRAGUA_CHECK(false, "unknown RangeMethod");
}

}  // namespace fragua::model

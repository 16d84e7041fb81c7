#pragma once
// What the values of a float network look like on real pictures. The room does not execute
// networks: the caller runs the float graph and hands the tensors over.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::model {

/// An interval of real values.
struct Range {
  double min = 0;
  double max = 0;
};

/// Counts of the values other than zero (which every quantisation represents exactly), in equal
/// bins over [-limit, limit). The limit is a power of two that grows by merging bins, so the result
/// does not depend on the order of the values.
class Histogram {
 public:
  static constexpr size_t kBins = 8192;

  void Add(float value);
  void Merge(const Histogram& other);

  int64_t count() const { return count_; }
  double limit() const { return limit_; }
  /// Real value in the middle of a bin.
  double centre(size_t bin) const;
  std::span<const int64_t> bins() const { return bins_; }

 private:
  void GrowTo(double limit);

  std::vector<int64_t> bins_;
  double limit_ = 0;  // 0 = nothing seen
  int64_t count_ = 0;
};

struct TensorStatistics {
  Range seen;                       ///< smallest and largest value
  int64_t count = 0;                ///< values
  std::vector<double> channel_sum;  ///< per entry of the last dimension
  Histogram histogram;
  /// Mean of one entry of the last dimension.
  double channel_mean(size_t channel) const;
};

class Calibration {
 public:
  /// For the tensors of `graph`, which is copied in part and need not live on.
  explicit Calibration(const Graph& graph);

  /// Adds the values of one tensor for one picture, row-major in the graph's shape. Throws
  /// Error(kInput) for values that are not finite.
  void Observe(int tensor, std::span<const float> values);
  /// Adds every float tensor for which bytes are given, by tensor index (the form in which
  /// executors return values).
  void ObserveAll(std::span<const std::vector<uint8_t>> values);

  /// Nothing seen: count is 0.
  const TensorStatistics& statistics(int tensor) const;

 private:
  struct Entry {
    std::string name;
    size_t elements = 0;  // 0 = constant or not float: not observed
    size_t channels = 1;
    TensorStatistics statistics;
  };
  std::vector<Entry> entries_;
};

/// How an activation's range is chosen from its values.
enum class RangeMethod {
  kMinMax,            ///< everything seen
  kPercentile,        ///< all but the outermost values
  kEntropy,           ///< least Kullback-Leibler divergence of the distribution before and after
  kMeanSquaredError,  ///< least expected squared error of clipping plus rounding
};
/// "minmax", "percentile", "entropy" or "mse"; throws Error(kInput) otherwise.
RangeMethod ParseRangeMethod(const std::string& text);

/// `percentile` in (50, 100]: the part of the non-zero values kept at each end; used by kPercentile
/// only. The result lies within `seen` and contains 0.
Range ChooseRange(const Range& seen, const Histogram& histogram, RangeMethod method,
                  double percentile);

}  // namespace fragua::model

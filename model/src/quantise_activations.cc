#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fragua/model/error.h"
#include "quantise_internal.h"

namespace fragua::model::quantise {
namespace {

// Operators that move values without computing new ones: all operands share one quantisation.
bool CopiesValues(OpType type) {
  switch (type) {
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
    case OpType::kConcatenation:
    case OpType::kPad:
    case OpType::kReshape:
    case OpType::kTranspose:
      return true;
    default:
      return false;
  }
}

// Tensors that share a quantisation (disjoint sets).
class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  int Find(int x) const {
    while (parent_[static_cast<size_t>(x)] != x) x = parent_[static_cast<size_t>(x)];
    return x;
  }
  void Join(int a, int b) { parent_[static_cast<size_t>(Find(a))] = Find(b); }

 private:
  std::vector<int> parent_;
};

Groups FindGroups(const Graph& graph) {
  Groups groups(graph.tensors.size());
  for (const Op& op : graph.ops) {
    if (!CopiesValues(op.type)) continue;
    for (const int input : op.inputs) groups.Join(input, op.outputs[0]);
  }
  return groups;
}

// Everything that computing operators and the outside world put into one group.
struct Content {
  Range seen;
  Histogram histogram;
  std::optional<Quantization> fixed;
  bool computed = false;  // some member has a range of its own
  bool score = false;
};

class Chooser {
 public:
  Chooser(const Graph& graph, const Calibration& calibration, const QuantiseOptions& options)
      : graph_(graph),
        calibration_(calibration),
        options_(options),
        groups_(FindGroups(graph)),
        contents_(graph.tensors.size()) {}

  void Fix(int tensor, const Quantization& quantization) {
    Content& content = ContentOf(tensor);
    if (content.computed || (content.fixed && content.fixed->scale != quantization.scale)) {
      ThrowInput(
          fmt::format("tensor '{}' has a fixed int8 scale and is joined with values that need "
                      "another; this network cannot be quantised without a requantisation",
                      graph_.tensor(tensor).name));
    }
    content.fixed = quantization;
  }

  void AddComputed(int tensor) {
    const TensorStatistics& statistics = calibration_.statistics(tensor);
    const std::string& name = graph_.tensor(tensor).name;
    if (statistics.count == 0) {
      ThrowInput(
          fmt::format("tensor '{}' was never observed; calibrate with at least one picture", name));
    }
    Content& content = ContentOf(tensor);
    if (content.fixed) Fix(tensor, {{-1.0F}, {0}, 0});  // reports the conflict
    content.seen.min = std::min(content.seen.min, statistics.seen.min);
    content.seen.max = std::max(content.seen.max, statistics.seen.max);
    content.histogram.Merge(statistics.histogram);
    content.computed = true;
  }

  void MarkScore(int tensor) { ContentOf(tensor).score = true; }

  Quantization Choose(int tensor) const {
    const Content& content = contents_[static_cast<size_t>(groups_.Find(tensor))];
    if (content.fixed) return *content.fixed;
    if (content.score) {
      const double wider = 1.0 + options_.score_headroom;
      return QuantizationOf({content.seen.min * wider, content.seen.max * wider});
    }
    return QuantizationOf(
        ChooseRange(content.seen, content.histogram, options_.range, options_.percentile));
  }

 private:
  Content& ContentOf(int tensor) { return contents_[static_cast<size_t>(groups_.Find(tensor))]; }

  const Graph& graph_;
  const Calibration& calibration_;
  const QuantiseOptions& options_;
  Groups groups_;
  std::vector<Content> contents_;
};

}  // namespace

Quantization QuantizationOf(const Range& range) {
  FRAGUA_CHECK(range.min <= 0 && range.max >= 0, fmt::format("{}..{}", range.min, range.max));
  // A tensor that is always zero may have any scale; this one keeps the factors around it ordinary.
  const double span = range.max - range.min;
  const auto scale = static_cast<float>(span > 0 ? span / 255.0 : 1.0 / 255.0);
  const double zero = std::round(-128.0 - range.min / static_cast<double>(scale));
  return {{scale}, {static_cast<int32_t>(std::clamp(zero, -128.0, 127.0))}, 0};
}

std::vector<Quantization> ChooseActivations(const Graph& graph, const Calibration& calibration,
                                            const QuantiseOptions& options,
                                            const std::optional<Quantization>& input) {
  Chooser chooser(graph, calibration, options);
  for (const int tensor : graph.inputs) {
    input ? chooser.Fix(tensor, *input) : chooser.AddComputed(tensor);
  }
  for (const Op& op : graph.ops) {
    if (op.type == OpType::kSoftmax) {
      chooser.Fix(op.outputs[0], {{1.0F / 256.0F}, {-128}, 0});
      chooser.MarkScore(op.inputs[0]);
    } else if (!CopiesValues(op.type)) {
      chooser.AddComputed(op.outputs[0]);
    }
  }
  for (const int tensor : graph.outputs) chooser.MarkScore(tensor);

  std::vector<Quantization> result(graph.tensors.size());
  for (size_t i = 0; i < result.size(); ++i) {
    if (!graph.tensors[i].is_constant()) result[i] = chooser.Choose(static_cast<int>(i));
  }
  return result;
}

}  // namespace fragua::model::quantise

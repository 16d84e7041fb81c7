// Bins of the values that one operator has and computes.

#include <algorithm>
#include <cstdlib>
#include <set>
#include <span>
#include <string>

#include "fragua/model/requantise.h"
#include "observe.h"

namespace fragua::campaign {
namespace {

using model::OpType;

std::string ChannelClass(int channels) {
  if (channels == 1) return "1";
  if (channels < 8) return "2..7";
  if (channels == 8) return "8";
  if (channels < 16) return "9..15";
  if (channels == 16) return "16";
  if (channels < 64) return "17..63";
  if (channels < 256) return "64..255";
  return channels < 512 ? "256..511" : "512..1024";
}

std::string ShiftClass(int shift) {
  if (shift == 0) return "0";
  if (shift < 8) return "1..7";
  if (shift < 16) return "8..15";
  if (shift < 24) return "16..23";
  return shift < 31 ? "24..30" : "31";
}

std::string ZeroClass(int zero) {
  return zero == -128 || zero == 127 || zero == 0 ? std::to_string(zero) : "other";
}

class Hits {
 public:
  Hits(const Inference& run, int op, uint32_t stalled, Coverage& coverage)
      : run_(run),
        op_(run.graph.ops[static_cast<size_t>(op)]),
        in_(run.graph.tensor(op_.inputs[0])),
        out_(run.graph.tensor(op_.outputs[0])),
        stalled_(stalled),
        coverage_(coverage) {}

  void All() {
    Shapes();
    Maps();
    const bool convolves = op_.type == OpType::kConv2d || op_.type == OpType::kDepthwiseConv2d ||
                           op_.type == OpType::kFullyConnected;
    if (!convolves) return;
    const model::Tensor& weights = run_.graph.tensor(op_.inputs[1]);
    if (op_.type != OpType::kFullyConnected) {
      Grid("kernel", weights.shape[1], weights.shape[2], 7);
      Grid("stride", op_.attributes.stride_h, op_.attributes.stride_w, 4);
    }
    Hit("zero point in", ZeroClass(in_.quant.zero_point[0]));
    Hit("zero point out", ZeroClass(out_.quant.zero_point[0]));
    const bool depthwise = op_.type == OpType::kDepthwiseConv2d;
    const int channels = depthwise ? weights.shape[3] : weights.shape[0];
    for (int k = 0; k < channels; ++k) Channel(weights, k, channels, depthwise);
  }

 private:
  void Hit(const char* group, const std::string& bin) { coverage_.Hit(group, bin, stalled_); }

  void Grid(const char* group, int h, int w, int most) {
    if (h <= most && w <= most) Hit(group, std::to_string(h) + "x" + std::to_string(w));
  }

  void Shapes() {
    Hit("input channels", ChannelClass(std::min(in_.shape.back(), 1024)));
    Hit("output channels", ChannelClass(std::min(out_.shape.back(), 1024)));
    if (in_.shape.size() != 4) return;
    const int rows = in_.shape[1];
    const int cols = in_.shape[2];
    if (rows == 1 && cols == 1) {
      Hit("input map", "one pixel");
    } else if (rows == 1 || cols == 1) {
      Hit("input map", rows == 1 ? "one row" : "one column");
    } else {
      Hit("input map",
          std::string(rows % 2 != 0 ? "odd" : "even") + " x " + (cols % 2 != 0 ? "odd" : "even"));
    }
    if (rows >= 20) Hit("input map", "at least 20 rows");
    if (cols >= 20) Hit("input map", "at least 20 columns");
  }

  std::span<const int8_t> Values(int tensor) const {
    const auto& bytes = run_.values[static_cast<size_t>(tensor)];
    return {reinterpret_cast<const int8_t*>(bytes.data()), bytes.size()};
  }

  void Maps() {
    const auto [in_low, in_high] = std::ranges::minmax(Values(op_.inputs[0]));
    if (in_low == in_high && in_low == -128) Hit("inputs", "all -128");
    if (in_low == in_high && in_low == 127) Hit("inputs", "all 127");
    if (in_low == -128 && in_high == 127) Hit("inputs", "both ends");
    if (in_low > -128 && in_high < 127) Hit("inputs", "inside");
    if (op_.type == OpType::kMean) return;
    const std::span<const int8_t> results = Values(op_.outputs[0]);
    const auto [low, high] = std::ranges::minmax(results);
    const int zero = out_.quant.zero_point[0];
    const bool relu = op_.attributes.activation != model::Activation::kNone;
    if (low == (relu ? zero : -128)) Hit("results", "at the lower clamp");
    if (high == 127) Hit("results", "at the upper clamp");
    if (low == high) Hit("results", "all the same");
    if (std::set<int8_t>(results.begin(), results.end()).size() > 32) {
      Hit("results", "of many values");
    }
  }

  void Channel(const model::Tensor& weights, int k, int channels, bool depthwise) {
    const std::span<const int8_t> all = weights.as<int8_t>();
    const size_t taps = all.size() / static_cast<size_t>(channels);
    const size_t step = depthwise ? static_cast<size_t>(channels) : 1;
    const size_t first = static_cast<size_t>(k) * (depthwise ? 1 : taps);
    int low = 127;
    int high = -127;
    int64_t up = 0;
    int64_t down = 0;
    for (size_t tap = 0; tap < taps; ++tap) {
      const int w = all[first + tap * step];
      low = std::min(low, w);
      high = std::max(high, w);
      (w > 0 ? up : down) += std::abs(w);
    }
    const char* name = low == 0 && high == 0        ? "all 0"
                       : low == 127                 ? "all 127"
                       : high == -127               ? "all -127"
                       : low == -127 && high == 127 ? "ends of both signs"
                                                    : "any";
    Hit("weights of a channel", name);
    const int64_t zero = in_.quant.zero_point[0];
    const auto bias =
        int64_t{run_.graph.tensor(op_.inputs[2]).as<int32_t>()[static_cast<size_t>(k)]};
    const int64_t worst = std::max(up * (127 - zero) + down * (128 + zero) + bias,
                                   down * (127 - zero) + up * (128 + zero) - bias);
    if (worst > int64_t{3} << (run_.plan.engine.acc_bits - 3)) {
      Hit("weights of a channel", "worst sum above 3/4 of the accumulator");
    }
    Hit("bias", bias == 0 ? "0" : std::abs(bias) > 100000 ? "above 100000" : "small");
    const std::vector<float>& scales = weights.quant.scale;
    const double scale = scales[scales.size() == 1 ? 0 : static_cast<size_t>(k)];
    const model::Multiplier factor =
        model::ToMultiplier(double{in_.quant.scale[0]} * scale / double{out_.quant.scale[0]});
    Hit("multiplier", factor.m == 0           ? "0"
                      : factor.m == 1 << 30   ? "2^30"
                      : factor.m == INT32_MAX ? "2^31-1"
                                              : "other");
    Hit("shift", ShiftClass(-factor.shift));
  }

  const Inference& run_;
  const model::Op& op_;
  const model::Tensor& in_;
  const model::Tensor& out_;
  const uint32_t stalled_;
  Coverage& coverage_;
};

}  // namespace

void ObserveValues(const Inference& inference, int op, uint32_t stalled, Coverage& coverage) {
  Hits(inference, op, stalled, coverage).All();
}

}  // namespace fragua::campaign

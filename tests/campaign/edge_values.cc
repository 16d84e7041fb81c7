#include "edge_values.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace fragua::campaign {
namespace {

using model::OpType;

// (1 - 362 * 2^-24) * (1 + 181 * 2^-23) = 1 - 2^-31 nearly: with these two scales and an output
// scale that is a power of two the multiplier is 2^31 - 1, the largest there is.
constexpr float kJustBelowOne = 1.0f - 362.0f / (1 << 24);
constexpr float kJustAboveOne = 1.0f + 181.0f / (1 << 23);

// Sum of |weight| that keeps an accumulator inside 25 bits whatever the input and its zero point.
constexpr int64_t kWeightBudget = 60000;

/// Tensors that must have one scale and zero point.
class Ties {
 public:
  explicit Ties(const model::Graph& graph) : parent_(graph.tensors.size()) {
    std::iota(parent_.begin(), parent_.end(), 0);
    for (const model::Op& op : graph.ops) {
      switch (op.type) {
        case OpType::kConcatenation:
        case OpType::kMaxPool2d:
        case OpType::kAveragePool2d:
        case OpType::kPad:
        case OpType::kReshape:
          for (const int input : op.inputs)
            parent_[Root(input)] = static_cast<int>(Root(op.outputs[0]));
          break;
        default:
          break;
      }
    }
  }
  size_t Root(int tensor) const {
    auto t = static_cast<size_t>(tensor);
    while (parent_[t] != static_cast<int>(t)) t = static_cast<size_t>(parent_[t]);
    return t;
  }

 private:
  std::vector<int> parent_;
};

model::Quantization RandomQuantization(Random& random) {
  // RELU6 clamps to 6 / scale steps: with a large scale to a few, or to none at all.
  const int exponent = random.Chance(75) ? random.Pick(-7, -4) : random.Pick(-3, 4);
  float mantissa = 1.0f;
  if (random.Chance(30)) mantissa = kJustBelowOne;
  if (random.Chance(30)) mantissa = static_cast<float>(random.Pick(1000, 1999)) / 1000.0f;
  const int zero = random.Chance(25)   ? -128
                   : random.Chance(15) ? 127
                   : random.Chance(15) ? 0
                                       : random.Pick(-128, 127);
  return {{std::ldexp(mantissa, exponent)}, {zero}, 0};
}

/// Of a sum: mostly so that sums use most of int8, as a quantiser would have it; then and again
/// any, with which no multipliers may be exact.
model::Quantization SumQuantization(float a, float b, Random& random) {
  model::Quantization sum = RandomQuantization(random);
  const float larger = std::max(a, b);
  const int pick = random.Pick(0, 99);
  if (pick < 80) sum.scale = {larger * static_cast<float>(random.Pick(700, 2200)) / 1000.0f};
  // A step of an input is more than the engine's factors can make of it.
  if (pick >= 92) sum.scale = {larger / static_cast<float>(random.Pick(64, 200))};
  return sum;
}

void Store32(std::vector<uint8_t>& data, size_t index, int32_t value) {
  for (size_t b = 0; b < 4; ++b) {
    data[index * 4 + b] = static_cast<uint8_t>(static_cast<uint32_t>(value) >> (8 * b));
  }
}

class Layer {
 public:
  Layer(model::Graph& graph, model::Op& op, Random& random)
      : random_(random),
        in_(graph.tensor(op.inputs[0])),
        out_(graph.tensor(op.outputs[0])),
        weights_(graph.tensor(op.inputs[1])),
        bias_(graph.tensor(op.inputs[2])),
        depthwise_(op.type == OpType::kDepthwiseConv2d) {
    channels_ = depthwise_ ? weights_.shape[3] : weights_.shape[0];
    taps_ = weights_.elements() / channels_;
    for (int k = 0; k < channels_; ++k) SetChannel(k);
    const int pick = random_.Pick(0, 9);
    op.attributes.activation = pick < 4   ? model::Activation::kNone
                               : pick < 7 ? model::Activation::kRelu
                                          : model::Activation::kRelu6;
  }

 private:
  int Weight(int profile, bool full) {
    const auto most = static_cast<int>(
        std::clamp<int64_t>(2 * kWeightBudget / std::max<int64_t>(taps_, 1), 1, 127));
    switch (profile) {
      case 0:
        return 0;
      case 1:
        return full ? 127 : 0;
      case 2:
        return full ? -127 : 0;
      case 3:
        return full ? (random_.Chance(50) ? 127 : -127) : 0;
      case 4:
        return random_.Chance(5) ? random_.Pick(-most, most) : 0;
      default:
        return random_.Pick(-most, most);
    }
  }

  void SetChannel(int k) {
    const int profile = random_.Pick(0, 13);
    int64_t sum = 0;
    double squares = 0;
    for (int64_t tap = 0; tap < taps_; ++tap) {
      const bool full = sum + 127 <= kWeightBudget;
      int weight = Weight(profile, full);
      if (sum + std::abs(weight) > kWeightBudget) weight = 0;
      sum += std::abs(weight);
      squares += weight * weight;
      const int64_t at = depthwise_ ? tap * channels_ + k : k * taps_ + tap;
      weights_.data[static_cast<size_t>(at)] = static_cast<uint8_t>(weight);
    }
    const int32_t bias = random_.Chance(20)   ? 0
                         : random_.Chance(15) ? random_.Pick(-1000000, 1000000)
                                              : random_.Pick(-3000, 3000);
    Store32(bias_.data, static_cast<size_t>(k), bias);
    if (weights_.quant.scale.size() > 1 || k == 0) {
      SetScale(static_cast<size_t>(k), std::sqrt(squares + 1) * 74);
    }
  }

  /// `spread`: about how large the accumulator gets.
  void SetScale(size_t k, double spread) {
    // The shift with which results use most of int8, then now and then any other.
    int exponent = static_cast<int>(std::floor(std::log2(64.0 / spread)));
    const int pick = random_.Pick(0, 99);
    if (pick < 3) exponent = 0;  // shift 0: nearly everything saturates
    if (pick >= 3 && pick < 6) exponent = -31;
    if (pick >= 6 && pick < 12) exponent = -random_.Pick(0, 31);
    if (pick == 12) exponent = -40;  // a factor too small to be one
    double mantissa = 1.0;
    const int kind = random_.Pick(0, 9);
    const float ratio = in_.quant.scale[0] / out_.quant.scale[0];
    double scale = 0;
    if (kind < 5) {
      mantissa = random_.Pick(501, 999) / 1000.0;
      scale = std::ldexp(mantissa, exponent) / double{ratio};
    } else {
      // Exactly a power of two between the mantissas of the two maps, if those allow.
      int power = 0;
      std::frexp(ratio, &power);
      scale = std::ldexp(kind < 8 ? double{kJustAboveOne} : 1.0, exponent - power);
    }
    auto value = static_cast<float>(scale);
    // The engine shifts to the right only.
    while (double{in_.quant.scale[0]} * double{value} / double{out_.quant.scale[0]} >=
           0.9999999996) {
      value /= 2;
    }
    weights_.quant.scale[k] = value;
  }

  Random& random_;
  const model::Tensor& in_;
  const model::Tensor& out_;
  model::Tensor& weights_;
  model::Tensor& bias_;
  const bool depthwise_;
  int channels_ = 0;
  int64_t taps_ = 0;
};

}  // namespace

void SetEdgeValues(model::Graph& graph, Random& random) {
  const Ties ties(graph);
  std::vector<model::Quantization> of_class(graph.tensors.size());
  std::vector<const model::Op*> sum_of(graph.tensors.size());
  for (const model::Op& op : graph.ops) {
    if (op.type == OpType::kAdd) sum_of[static_cast<size_t>(op.outputs[0])] = &op;
  }
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    model::Tensor& tensor = graph.tensors[t];
    if (tensor.is_constant()) continue;
    model::Quantization& own = of_class[ties.Root(static_cast<int>(t))];
    if (own.empty()) {
      const model::Op* const sum = sum_of[t];
      const auto scale = [&](size_t input) {
        return graph.tensor(sum->inputs[input]).quant.scale[0];
      };
      own =
          sum == nullptr ? RandomQuantization(random) : SumQuantization(scale(0), scale(1), random);
    }
    tensor.quant = own;
  }
  for (model::Op& op : graph.ops) {
    if (op.type == OpType::kConv2d || op.type == OpType::kDepthwiseConv2d ||
        op.type == OpType::kFullyConnected) {
      const Layer layer(graph, op, random);
    }
  }
}

}  // namespace fragua::campaign

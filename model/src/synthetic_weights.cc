#include "synthetic_weights.h"

#include <algorithm>
#include <cmath>

namespace fragua::model::internal {
namespace {

// For a normal variable with mean 1/4 and standard deviation 1: mean and variance of max(0, x).
constexpr double kOffset = 0.25;
constexpr double kReluMean = 0.53635;
constexpr double kReluVariance = 0.44513;

/// One filter as int8, its largest weight +-127, its sum near 0: then an error in the expected mean
/// of the input, which is much the same for all channels, hardly matters. Not exactly 0, or the
/// input zero point would not matter either.
std::vector<int> MakeFilter(int size, Random* random) {
  std::vector<double> values(static_cast<size_t>(size));
  double mean = 0;
  for (double& value : values) {
    value = random->BellCurve();
    mean += value / size;
  }
  if (size == 1) mean = 0;
  double largest = 0;
  for (double& value : values) {
    value -= mean;
    largest = std::max(largest, std::abs(value));
  }
  std::vector<int> filter;
  int sum = 0;
  for (double value : values) {
    filter.push_back(static_cast<int>(std::lround(value * 127.0 / largest)));
    sum += filter.back();
  }
  const int target =
      static_cast<int>(std::lround((random->Uniform() - 0.5) * 8.0 * std::sqrt(size)));
  // Spread the difference; weights at the limit stay there.
  for (size_t i = 0; sum != target && size > 1; i = (i + 1) % filter.size()) {
    const int step = sum < target ? 1 : -1;
    if (std::abs(filter[i] + step) >= 127) continue;
    filter[i] += step;
    sum += step;
  }
  return filter;
}

}  // namespace

Random::Random(uint32_t seed, const std::string& stream) : state_(seed) {
  for (char c : stream)
    state_ = (state_ ^ static_cast<uint8_t>(c)) * 0x100000001b3u + 0x9e3779b97f4a7c15u;
}

uint64_t Random::Next() {
  state_ += 0x9e3779b97f4a7c15u;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

// The sum of twelve uniform variables (16 bits each): no transcendental function, so no differences
// between mathematical libraries.
double Random::BellCurve() {
  constexpr int kDraws = 3, kPerDraw = 4;
  int64_t sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t bits = Next();
    for (int part = 0; part < kPerDraw; ++part)
      sum += static_cast<int64_t>((bits >> (16 * part)) & 0xffff);
  }
  return static_cast<double>(sum) * 0x1p-16 - 6.0;
}

Statistics Concatenate(const Statistics& a, const Statistics& b) {
  Statistics out = a;
  out.mean.insert(out.mean.end(), b.mean.begin(), b.mean.end());
  out.variance.insert(out.variance.end(), b.variance.begin(), b.variance.end());
  return out;
}

Statistics Sum(const Statistics& a, const Statistics& b) {
  Statistics out = a;
  for (size_t c = 0; c < out.mean.size(); ++c) {
    out.mean[c] += b.mean[c];
    out.variance[c] += b.variance[c];
  }
  return out;
}

// Neighbours are alike: nine of them count as about three independent ones (mean + 0.85 deviations,
// 0.6 of the variance).
Statistics PoolMaximum(const Statistics& in) {
  Statistics out = in;
  for (size_t c = 0; c < out.mean.size(); ++c) {
    out.mean[c] += 0.85 * std::sqrt(in.variance[c]);
    out.variance[c] *= 0.6;
  }
  return out;
}

SyntheticConv MakeConv(const Statistics& in, float in_scale, int outputs, int taps, double spread,
                       Random* random) {
  const size_t channels = in.mean.size();
  const int size = taps * static_cast<int>(channels);
  SyntheticConv conv;
  conv.weights.reserve(static_cast<size_t>(size) * static_cast<size_t>(outputs));
  for (int o = 0; o < outputs; ++o) {
    const std::vector<int> filter = MakeFilter(size, random);
    double mean = 0, variance = 0;  // of the sum over the filter, in units of the weight scale
    for (size_t i = 0; i < filter.size(); ++i) {
      conv.weights.push_back(static_cast<int8_t>(filter[i]));
      mean += filter[i] * in.mean[i % channels];
      variance += filter[i] * filter[i] * in.variance[i % channels];
    }
    const double deviation = 0.7 + 0.6 * random->Uniform();
    const auto scale = static_cast<float>(deviation / std::sqrt(variance));
    const double offset = (kOffset + spread * (random->Uniform() - 0.5)) * deviation;
    conv.scale.push_back(scale);
    conv.bias.push_back(static_cast<int32_t>(
        std::lround((offset - mean * scale) / (static_cast<double>(in_scale) * scale))));
    conv.output.mean.push_back(kReluMean * deviation);
    conv.output.variance.push_back(kReluVariance * deviation * deviation);
  }
  return conv;
}

}  // namespace fragua::model::internal

#pragma once
// Seeded int8 weights with scales chosen from the statistics of what they are applied to, so that
// values neither die out nor saturate on their way through a deep network.

#include <cstdint>
#include <string>
#include <vector>

namespace fragua::model::internal {

/// Random bits that are the same on every machine (SplitMix64).
class Random {
 public:
  /// Streams of different names are independent.
  Random(uint32_t seed, const std::string& stream);
  uint64_t Next();
  double Uniform();    ///< [0, 1)
  double BellCurve();  ///< mean 0, variance 1, within +-6
 private:
  uint64_t state_;
};

/// What is expected of an activation, per channel, in real units.
struct Statistics {
  std::vector<double> mean;
  std::vector<double> variance;
};

Statistics Concatenate(const Statistics& a, const Statistics& b);
Statistics Sum(const Statistics& a, const Statistics& b);
/// Of the maximum over a few neighbours.
Statistics PoolMaximum(const Statistics& in);

/// A convolution followed by ReLU.
struct SyntheticConv {
  std::vector<int8_t> weights;  ///< OHWI, -127..127
  std::vector<float> scale;     ///< per output channel
  std::vector<int32_t> bias;
  Statistics output;  ///< after ReLU; standard deviation before it: about 1 in every channel
};

/// Output range that fits SyntheticConv::output, in real units, from 0.
inline constexpr double kConvRange = 3.6;

/// `spread` moves the channels' means apart by up to so many standard deviations.
SyntheticConv MakeConv(const Statistics& in, float in_scale, int outputs, int taps, double spread,
                       Random* random);

}  // namespace fragua::model::internal

#pragma once
// Weights and parameters of test layers, written word by word into a weight buffer image.

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "support/bench.h"
#include "support/compute_reference.h"

namespace fragua::rtltest {

/// Fills the image of a weight buffer (byte b of word w at [w * weight_bytes + b]) from one end to
/// the other, wrapping; each block begins where the one before ended.
class ComputeWeights {
 public:
  ComputeWeights(const ComputeShape& shape, std::vector<int8_t>& image)
      : shape_(shape), image_(image) {}

  int words_for(int kblocks, int tap_words) const {
    return kblocks * shape_.param_words() * (1 + tap_words);
  }

  /// Random weights, biases, multipliers and shifts of `kblocks` blocks of `tap_words` activation
  /// words each; `extreme` reaches for the ends of every range. Returns the first word.
  int Add(Random& random, int kblocks, int tap_words, bool extreme) {
    const int words = words_for(1, tap_words);
    const int base = next_;
    for (int kb = 0; kb < kblocks; ++kb) {
      for (int w = 0; w < words; ++w) {
        for (int b = 0; b < shape_.weight_bytes(); ++b) {
          const int weight = extreme ? (random.Chance(80) ? 127 : -127)
                                     : static_cast<int>(random.Range(0, 254)) - 127;
          Byte(base + kb * words + w, b) = static_cast<int8_t>(weight);
        }
      }
      for (int k = 0; k < shape_.pk; ++k) {
        AddParameter(random, base + kb * words, k, tap_words, extreme);
      }
    }
    next_ = (base + kblocks * words) % shape_.weight_words;
    return base;
  }

  /// One block whose even channels have weight and bias as given, the odd ones their negatives.
  int AddConstant(int tap_words, int weight, int64_t bias, uint64_t m, int shift) {
    const int words = words_for(1, tap_words);
    const int base = next_;
    for (int w = 0; w < words; ++w) {
      for (int b = 0; b < shape_.weight_bytes(); ++b) {
        Byte(base + w, b) = static_cast<int8_t>(b / shape_.pc % 2 == 0 ? weight : -weight);
      }
    }
    for (int k = 0; k < shape_.pk; ++k) PutParameter(base, k, m, shift, k % 2 == 0 ? bias : -bias);
    next_ = (base + words) % shape_.weight_words;
    return base;
  }

  /// A 1x1 layer that copies pixels: q = (2a * 2^30 + 2^30) >> 31 = a. Returns the first word.
  int AddIdentity() {
    const int words = words_for(1, shape_.words_per_pixel());
    const int base = next_;
    for (int w = 0; w < words; ++w) {
      for (int b = 0; b < shape_.weight_bytes(); ++b) Byte(base + w, b) = 0;
    }
    for (int k = 0; k < shape_.pk; ++k) {
      PutParameter(base, k, uint64_t{1} << 30, 0, 0);
      Byte(base + shape_.param_words() + k / shape_.pc, k * shape_.pc + k % shape_.pc) = 2;
    }
    next_ = (base + words) % shape_.weight_words;
    return base;
  }

 private:
  int8_t& Byte(int word, int byte) {
    const size_t at = static_cast<size_t>(word % shape_.weight_words) * shape_.weight_bytes();
    return image_[at + byte];
  }

  void AddParameter(Random& random, int word, int k, int tap_words, bool extreme) {
    const int64_t worst = int64_t{tap_words} * 8 * 127 * 128;
    const int64_t room =
        std::min((int64_t{1} << (shape_.acc_bits - 1)) - 1 - worst, (int64_t{1} << 26) - 1);
    if (room < 0) throw std::out_of_range("layer may overflow the accumulator");
    const int64_t reach = random.Chance(20) || extreme ? room : std::min<int64_t>(room, 20000);
    const int64_t bias =
        static_cast<int64_t>(random.Word() % static_cast<uint64_t>(2 * reach + 1)) - reach;
    uint64_t m = random.Range(1u << 30, 0x7fffffffu);
    if (random.Chance(10)) m = random.Chance(50) ? 0x7fffffffu : 1u << 30;
    if (random.Chance(3)) m = random.Range(0, 3);
    int shift = 0;  // brings a typical sum to about int8
    while ((int64_t{1} << shift) * 40 < 4000 * static_cast<int64_t>(tap_words)) ++shift;
    shift += static_cast<int>(random.Range(0, 2));
    if (random.Chance(10)) shift = static_cast<int>(random.Range(0, 31));
    PutParameter(word, k, m, shift, bias);
  }

  void PutParameter(int word, int k, uint64_t m, int shift, int64_t bias) {
    const uint64_t value =
        m | static_cast<uint64_t>(shift) << 31 | static_cast<uint64_t>(bias) << 37;
    for (int i = 0; i < 8; ++i) {
      const int byte = 8 * k + i;
      Byte(word + byte / shape_.weight_bytes(), byte % shape_.weight_bytes()) =
          static_cast<int8_t>(value >> (8 * i));
    }
  }

  ComputeShape shape_;
  std::vector<int8_t>& image_;
  int next_ = 0;
};

}  // namespace fragua::rtltest

// Direct convolution. A strip of input rows is widened to 16 bits with its padding in place, so
// that the taps of one kernel row are one run of memory in the strip as well as in the OHWI
// weights; the inner loop is then a dot product of two runs, for two pixels and four output
// channels at a time.
//
// Padding holds the input zero point, and the bias already contains -zero_point * (sum of weights):
// a padding tap contributes w * (zp - zp) = 0, as the contract wants.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "arm_portable.h"

namespace fragua::driver::portable {
namespace {

constexpr int kPixels = 2;  // 2 x 4 accumulators fit the sixteen vector registers of the Cortex-A9
constexpr int kChannels = 4;  // together with the operands
// Strip size in elements: 32 KiB, so that the strip and four channels of weights stay in cache.
constexpr int64_t kStripElements = 16 * 1024;

/// `count` runs of `length` taps; run r starts r * x_step further in the strip and r * length
/// further in the weights.
struct Runs {
  int count;
  int length;
  ptrdiff_t x_step;  // between kernel rows
  int inner_count;   // runs per kernel row: 1, or the kernel's width when it is dilated
  ptrdiff_t inner_step;
};

struct Sums {
  int32_t s[kPixels][kChannels];
};

// The widest loop of the room: 8 sums that the compiler keeps in vectors.
inline void DotRun(const int16_t* __restrict x0, const int16_t* __restrict x1,
                   const int8_t* __restrict w, ptrdiff_t w_step, int length, Sums& sums) {
  const int8_t* __restrict w0 = w;
  const int8_t* __restrict w1 = w + w_step;
  const int8_t* __restrict w2 = w + 2 * w_step;
  const int8_t* __restrict w3 = w + 3 * w_step;
  int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  for (int i = 0; i < length; ++i) {
    const int16_t v0 = w0[i], v1 = w1[i], v2 = w2[i], v3 = w3[i];
    a0 += x0[i] * v0;
    a1 += x0[i] * v1;
    a2 += x0[i] * v2;
    a3 += x0[i] * v3;
    b0 += x1[i] * v0;
    b1 += x1[i] * v1;
    b2 += x1[i] * v2;
    b3 += x1[i] * v3;
  }
  sums.s[0][0] += a0;
  sums.s[0][1] += a1;
  sums.s[0][2] += a2;
  sums.s[0][3] += a3;
  sums.s[1][0] += b0;
  sums.s[1][1] += b1;
  sums.s[1][2] += b2;
  sums.s[1][3] += b3;
}

inline int32_t DotOne(const int16_t* __restrict x, const int8_t* __restrict w, int length) {
  int32_t sum = 0;
  for (int i = 0; i < length; ++i) {
    const int16_t v = w[i];
    sum += x[i] * v;
  }
  return sum;
}

template <typename Body>
inline void ForEachRun(const Runs& runs, Body body) {
  ptrdiff_t w = 0;
  for (int r = 0; r < runs.count; ++r) {
    for (int j = 0; j < runs.inner_count; ++j, w += runs.length) {
      body(r * runs.x_step + j * runs.inner_step, w);
    }
  }
}

class Strip {
 public:
  explicit Strip(const ConvArgs& args)
      : args_(args),
        width_((args.out.width - 1) * args.window.stride_w +
               (args.window.width - 1) * args.window.dilation_w + 1),
        row_elements_(ptrdiff_t{width_} * args.in.channels) {
    const int64_t per_row = int64_t{row_elements_} * args.window.stride_h;
    out_rows_ = static_cast<int>(std::clamp<int64_t>(kStripElements / per_row, 1, args.out.height));
    data_.resize(static_cast<size_t>(row_elements_) * static_cast<size_t>(Rows(out_rows_)));
  }

  int out_rows() const { return out_rows_; }
  ptrdiff_t row_elements() const { return row_elements_; }
  const int16_t* data() const { return data_.data(); }

  /// Fills the strip with the input rows of output rows oy .. oy + rows - 1.
  void Load(int oy, int rows) {
    const WindowShape& window = args_.window;
    const auto zero = static_cast<int16_t>(args_.in_zero_point);
    const int c = args_.in.channels;
    const int left = std::min(window.pad_left, width_);
    const int copied = std::clamp(args_.in.width, 0, width_ - left);
    for (int r = 0; r < Rows(rows); ++r) {
      int16_t* to = data_.data() + r * row_elements_;
      const int iy = oy * window.stride_h - window.pad_top + r;
      if (iy < 0 || iy >= args_.in.height) {
        std::fill_n(to, row_elements_, zero);
        continue;
      }
      const int8_t* from = args_.input + ptrdiff_t{iy} * args_.in.width * c;
      std::fill_n(to, ptrdiff_t{left} * c, zero);
      std::copy_n(from, ptrdiff_t{copied} * c, to + ptrdiff_t{left} * c);
      std::fill_n(to + ptrdiff_t{left + copied} * c, ptrdiff_t{width_ - left - copied} * c, zero);
    }
  }

 private:
  int Rows(int out_rows) const {
    return (out_rows - 1) * args_.window.stride_h +
           (args_.window.height - 1) * args_.window.dilation_h + 1;
  }

  const ConvArgs& args_;
  int width_;
  ptrdiff_t row_elements_;
  int out_rows_ = 1;
  std::vector<int16_t> data_;
};

inline int8_t FinishChannel(const ConvArgs& args, int32_t sum, int channel) {
  // A 32-bit adder: the folded bias may have wrapped, the result has not.
  const auto total =
      static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(args.bias[channel]));
  return Finish(total, args.factors[channel], args.out_zero_point, args.act_min, args.act_max);
}

// One output row, output channels oc .. oc + 3.
void RowOfFour(const ConvArgs& args, const Runs& runs, const int16_t* row, int oc, int8_t* out) {
  const ptrdiff_t w_step = ptrdiff_t{args.window.height} * args.window.width * args.in.channels;
  const int8_t* weights = args.weights + oc * w_step;
  const ptrdiff_t x_step = ptrdiff_t{args.window.stride_w} * args.in.channels;
  for (int ox = 0; ox < args.out.width; ox += kPixels) {
    const int16_t* x0 = row + ox * x_step;
    // A last odd pixel is computed twice rather than by other code.
    const bool pair = ox + 1 < args.out.width;
    const int16_t* x1 = pair ? x0 + x_step : x0;
    Sums sums{};
    ForEachRun(runs, [&](ptrdiff_t x, ptrdiff_t w) {
      DotRun(x0 + x, x1 + x, weights + w, w_step, runs.length, sums);
    });
    for (int p = 0; p < (pair ? kPixels : 1); ++p) {
      int8_t* to = out + ptrdiff_t{ox + p} * args.out.channels + oc;
      for (int k = 0; k < kChannels; ++k) to[k] = FinishChannel(args, sums.s[p][k], oc + k);
    }
  }
}

void RowOfOne(const ConvArgs& args, const Runs& runs, const int16_t* row, int oc, int8_t* out) {
  const ptrdiff_t w_step = ptrdiff_t{args.window.height} * args.window.width * args.in.channels;
  const int8_t* weights = args.weights + oc * w_step;
  const ptrdiff_t x_step = ptrdiff_t{args.window.stride_w} * args.in.channels;
  for (int ox = 0; ox < args.out.width; ++ox) {
    int32_t sum = 0;
    ForEachRun(runs, [&](ptrdiff_t x, ptrdiff_t w) {
      sum += DotOne(row + ox * x_step + x, weights + w, runs.length);
    });
    out[ptrdiff_t{ox} * args.out.channels + oc] = FinishChannel(args, sum, oc);
  }
}

}  // namespace

void Conv(const ConvArgs& args) {
  const WindowShape& window = args.window;
  Strip strip(args);
  const int c = args.in.channels;
  const bool dilated = window.dilation_w > 1;
  const Runs runs{.count = window.height,
                  .length = dilated ? c : window.width * c,
                  .x_step = window.dilation_h * strip.row_elements(),
                  .inner_count = dilated ? window.width : 1,
                  .inner_step = ptrdiff_t{window.dilation_w} * c};
  const ptrdiff_t out_row = ptrdiff_t{args.out.width} * args.out.channels;
  for (int oy = 0; oy < args.out.height; oy += strip.out_rows()) {
    const int rows = std::min(strip.out_rows(), args.out.height - oy);
    strip.Load(oy, rows);
    // Output channels outside: their weights stay in the first-level cache for the whole strip.
    const int end = args.channel_end == 0 ? args.out.channels : args.channel_end;
    for (int oc = args.channel_begin; oc < end;) {
      const bool four = oc + kChannels <= end;
      for (int r = 0; r < rows; ++r) {
        const int16_t* row = strip.data() + r * window.stride_h * strip.row_elements();
        int8_t* out = args.output + (oy + r) * out_row;
        four ? RowOfFour(args, runs, row, oc, out) : RowOfOne(args, runs, row, oc, out);
      }
      oc += four ? kChannels : 1;
    }
  }
}

}  // namespace fragua::driver::portable

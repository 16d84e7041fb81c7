// Depthwise convolution, eight channels at a time. A strip of input rows is copied with its padding
// in place (the zero point, which the folded bias takes away again) and its channels rounded up to
// whole vectors, so that no tap is special. Products of two taps are added in 16 bits where the
// weights allow it.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "arm_portable.h"
#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

constexpr int kLanes = 8;
constexpr ptrdiff_t kStripBytes = 16 * 1024;

class Strip {
 public:
  explicit Strip(const ConvArgs& args)
      : args_(args),
        channels_((args.in.channels + kLanes - 1) / kLanes * kLanes),
        width_((args.out.width - 1) * args.window.stride_w +
               (args.window.width - 1) * args.window.dilation_w + 1),
        row_bytes_(ptrdiff_t{width_} * channels_) {
    const ptrdiff_t step = row_bytes_ * args.window.stride_h;
    const ptrdiff_t halo = row_bytes_ * (RowsOf(1) - args.window.stride_h);
    out_rows_ =
        static_cast<int>(std::clamp<ptrdiff_t>((kStripBytes - halo) / step, 1, args.out.height));
    data_.assign(static_cast<size_t>(row_bytes_ * RowsOf(out_rows_)), 0);
  }

  int channels() const { return channels_; }
  int out_rows() const { return out_rows_; }
  ptrdiff_t row_bytes() const { return row_bytes_; }
  const int8_t* data() const { return data_.data(); }

  /// The input rows of output rows oy .. oy + rows - 1.
  void Load(int oy, int rows) {
    const WindowShape& w = args_.window;
    const auto fill = static_cast<uint8_t>(args_.in_zero_point);
    const int left = std::clamp(w.pad_left, 0, width_);
    const int skipped = std::max(-w.pad_left, 0);
    const int copied = std::clamp(args_.in.width - skipped, 0, width_ - left);
    for (int r = 0; r < RowsOf(rows); ++r) {
      int8_t* to = data_.data() + r * row_bytes_;
      const int iy = oy * w.stride_h - w.pad_top + r;
      if (iy < 0 || iy >= args_.in.height) {
        std::memset(to, fill, static_cast<size_t>(row_bytes_));
        continue;
      }
      const int c = args_.in.channels;
      const int8_t* from = args_.input + (ptrdiff_t{iy} * args_.in.width + skipped) * c;
      std::memset(to, fill, static_cast<size_t>(left * channels_));
      to += ptrdiff_t{left} * channels_;
      if (c == channels_) {
        std::memcpy(to, from, static_cast<size_t>(ptrdiff_t{copied} * c));
      } else {
        for (int x = 0; x < copied; ++x) {
          CopyRun(to + ptrdiff_t{x} * channels_, from + ptrdiff_t{x} * c, c);
        }
      }
      std::memset(to + ptrdiff_t{copied} * channels_, fill,
                  static_cast<size_t>((width_ - left - copied) * channels_));
    }
  }

 private:
  int RowsOf(int out_rows) const {
    return (out_rows - 1) * args_.window.stride_h +
           (args_.window.height - 1) * args_.window.dilation_h + 1;
  }

  const ConvArgs& args_;
  int channels_;
  int width_;
  ptrdiff_t row_bytes_;
  int out_rows_ = 1;
  std::vector<int8_t> data_;
};

struct Sums {
  int32x4_t low, high;
};

inline void AddProduct(int16x8_t product, Sums& sums) {
  sums.low = vaddw_s16(sums.low, vget_low_s16(product));
  sums.high = vaddw_s16(sums.high, vget_high_s16(product));
}

/// Any window: `offset` of every tap from the window's first byte.
template <bool PairsFit>
inline void AddTaps(const int8_t* x, const int8_t* w, const ptrdiff_t* offset, int taps,
                    Sums& sums) {
  int tap = 0;
  for (; PairsFit && tap + 2 <= taps; tap += 2, w += 2 * kLanes) {
    const int16x8_t product = vmull_s8(vld1_s8(x + offset[tap]), vld1_s8(w));
    AddProduct(vmlal_s8(product, vld1_s8(x + offset[tap + 1]), vld1_s8(w + kLanes)), sums);
  }
  for (; tap < taps; ++tap, w += kLanes) {
    AddProduct(vmull_s8(vld1_s8(x + offset[tap]), vld1_s8(w)), sums);
  }
}

/// 3x3 without dilation, weights in registers.
struct Weights3x3 {
  int8x8_t w[9];
};

inline void AddTaps3x3(const int8_t* x, ptrdiff_t row, ptrdiff_t column, const Weights3x3& k,
                       Sums& sums) {
  const int8_t* r0 = x;
  const int8_t* r1 = x + row;
  const int8_t* r2 = r1 + row;
  int16x8_t a = vmull_s8(vld1_s8(r0), k.w[0]);
  int16x8_t b = vmull_s8(vld1_s8(r1), k.w[3]);
  int16x8_t c = vmull_s8(vld1_s8(r2), k.w[6]);
  r0 += column;
  r1 += column;
  r2 += column;
  a = vmlal_s8(a, vld1_s8(r0), k.w[1]);
  b = vmlal_s8(b, vld1_s8(r1), k.w[4]);
  c = vmlal_s8(c, vld1_s8(r2), k.w[7]);
  AddProduct(a, sums);
  AddProduct(b, sums);
  AddProduct(c, sums);
  a = vmull_s8(vld1_s8(r0 + column), k.w[2]);
  b = vmull_s8(vld1_s8(r1 + column), k.w[5]);
  a = vmlal_s8(a, vld1_s8(r2 + column), k.w[8]);
  AddProduct(a, sums);
  AddProduct(b, sums);
}

inline void Store(int8x8_t q, int used, int8_t* out) {
  if (used == kLanes) {
    vst1_s8(out, q);
    return;
  }
  int8_t bytes[kLanes];
  vst1_s8(bytes, q);
  for (int i = 0; i < used; ++i) out[i] = bytes[i];
}

/// One output row of eight channels; add(x, sums) adds the window that begins at x.
template <typename Add>
inline void Row(const ConvArgs& args, const int32_t* channels, const int8_t* x, ptrdiff_t step,
                int used, int8_t* out, Add add) {
  const Finisher finish(args.out_zero_point, args.act_min, args.act_max);
  for (int ox = 0; ox < args.out.width; ++ox, x += step, out += args.out.channels) {
    Sums sums{vdupq_n_s32(0), vdupq_n_s32(0)};
    add(x, sums);
    const int32x4_t low = Requantise(sums.low, channels);
    Store(finish(low, Requantise(sums.high, channels + 16)), used, out);
  }
}

}  // namespace

void Depthwise(const ConvArgs& args) {
  std::shared_ptr<const PackedWeights> own;
  if (args.packed == nullptr) own = PackDepthwise(args);
  const PackedWeights* packed = own ? own.get() : args.packed;
  if (packed == nullptr) {  // several outputs of several channels
    portable::Depthwise(args);
    return;
  }
  if (packed->depth > 0) {  // one input channel
    ConvArgs conv = args;
    conv.packed = packed;
    Conv(conv);
    return;
  }
  const WindowShape& window = args.window;
  const int taps = window.height * window.width;
  Strip strip(args);
  std::vector<ptrdiff_t> offset;
  for (int ky = 0; ky < window.height; ++ky) {
    for (int kx = 0; kx < window.width; ++kx) {
      offset.push_back(ky * window.dilation_h * strip.row_bytes() +
                       ptrdiff_t{kx} * window.dilation_w * strip.channels());
    }
  }
  const bool plain3x3 = window.height == 3 && window.width == 3 && packed->pairs_fit;
  const ptrdiff_t step = ptrdiff_t{window.stride_w} * strip.channels();
  for (int oy = 0; oy < args.out.height; oy += strip.out_rows()) {
    const int rows = std::min(strip.out_rows(), args.out.height - oy);
    strip.Load(oy, rows);
    for (int c = 0; c < args.out.channels; c += kLanes) {
      const int32_t* channels = packed->channels.data() + ptrdiff_t{4} * c;
      const int8_t* w = packed->weights.data() + ptrdiff_t{c} * taps;
      const int used = std::min(kLanes, args.out.channels - c);
      for (int r = 0; r < rows; ++r) {
        const int8_t* x = strip.data() + r * window.stride_h * strip.row_bytes() + c;
        int8_t* out = args.output + ptrdiff_t{oy + r} * args.out.width * args.out.channels + c;
        if (plain3x3) {
          Weights3x3 k;
          for (int i = 0; i < 9; ++i) k.w[i] = vld1_s8(w + ptrdiff_t{i} * kLanes);
          Row(args, channels, x, step, used, out,
              [&](const int8_t* at, Sums& sums) { AddTaps3x3(at, offset[3], offset[1], k, sums); });
        } else {
          Row(args, channels, x, step, used, out, [&](const int8_t* at, Sums& sums) {
            packed->pairs_fit ? AddTaps<true>(at, w, offset.data(), taps, sums)
                              : AddTaps<false>(at, w, offset.data(), taps, sums);
          });
        }
      }
    }
  }
}

}  // namespace fragua::driver::neon

// Convolution as a matrix product. The windows of a tile of output pixels are gathered into rows of
// one length (a 1x1 convolution over whole vectors reads the map itself); every group of four
// output channels then runs over the tile, so that its weights and the tile stay in the first-level
// cache.
//
// Padding holds the input zero point, and the bias already contains -zero_point * (sum of weights):
// a padding tap contributes nothing, as the contract wants.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "arm_portable.h"
#include "neon_dot.h"
#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

constexpr ptrdiff_t kTileBytes = 16 * 1024;  // half of the first-level cache
constexpr ptrdiff_t kMaxTile = 256;          // pixels

/// The inputs of up to size() output pixels, depth() bytes each.
class Tile {
 public:
  Tile(const ConvArgs& args, int depth)
      : args_(args),
        depth_(depth),
        size_(std::clamp(kTileBytes / depth, ptrdiff_t{2}, kMaxTile) & ~ptrdiff_t{1}) {
    const WindowShape& w = args.window;
    const int last_y = (args.out.height - 1) * w.stride_h - w.pad_top;
    const int last_x = (args.out.width - 1) * w.stride_w - w.pad_left;
    direct_ = w.height == 1 && w.width == 1 && depth == args.in.channels && w.pad_top <= 0 &&
              w.pad_left <= 0 && last_y < args.in.height && last_x < args.in.width;
    pixels_.resize(static_cast<size_t>(size_));
    if (!direct_) gathered_.resize(static_cast<size_t>(size_ * depth));
  }

  ptrdiff_t size() const { return size_; }
  const int8_t* const* pixels() const { return pixels_.data(); }

  /// Output pixels first .. first + count - 1, in row order.
  void Load(ptrdiff_t first, ptrdiff_t count) {
    const WindowShape& w = args_.window;
    auto oy = static_cast<int>(first / args_.out.width);
    auto ox = static_cast<int>(first % args_.out.width);
    for (ptrdiff_t p = 0; p < count; ++p) {
      const int y = oy * w.stride_h - w.pad_top;
      const int x = ox * w.stride_w - w.pad_left;
      if (direct_) {
        pixels_[static_cast<size_t>(p)] =
            args_.input + (ptrdiff_t{y} * args_.in.width + x) * args_.in.channels;
      } else {
        int8_t* to = gathered_.data() + p * depth_;
        pixels_[static_cast<size_t>(p)] = to;
        Gather(y, x, to);
      }
      if (++ox == args_.out.width) {
        ox = 0;
        ++oy;
      }
    }
  }

 private:
  void Gather(int y, int x, int8_t* to) const {
    const WindowShape& w = args_.window;
    const ptrdiff_t c = args_.in.channels;
    const portable::TapRange columns =
        portable::ValidTaps(x, w.dilation_w, w.width, args_.in.width);
    const auto fill = static_cast<uint8_t>(args_.in_zero_point);
    for (int ky = 0; ky < w.height; ++ky, to += w.width * c) {
      const int iy = y + ky * w.dilation_h;
      if (iy < 0 || iy >= args_.in.height || columns.first >= columns.last) {
        std::memset(to, fill, static_cast<size_t>(w.width * c));
        continue;
      }
      const int8_t* row = args_.input + (ptrdiff_t{iy} * args_.in.width + x) * c;
      if (columns.first > 0) std::memset(to, fill, static_cast<size_t>(columns.first * c));
      if (w.dilation_w == 1) {
        CopyRun(to + columns.first * c, row + columns.first * c,
                (columns.last - columns.first) * c);
      } else {
        for (int kx = columns.first; kx < columns.last; ++kx) {
          CopyRun(to + kx * c, row + ptrdiff_t{kx} * w.dilation_w * c, c);
        }
      }
      if (columns.last < w.width) {
        std::memset(to + columns.last * c, fill, static_cast<size_t>((w.width - columns.last) * c));
      }
    }
  }

  const ConvArgs& args_;
  ptrdiff_t depth_;
  ptrdiff_t size_;
  bool direct_;
  std::vector<const int8_t*> pixels_;
  std::vector<int8_t> gathered_;  // the bytes behind the last tap stay 0
};

/// Four output channels of one packed convolution.
template <bool PairsFit>
class Group {
 public:
  Group(const ConvArgs& args, const PackedWeights& packed, int channel)
      : steps_(packed.depth / 16),
        weights_(packed.weights.data() + ptrdiff_t{channel} * packed.depth),
        constants_(packed.channels.data() + ptrdiff_t{4} * channel),
        row_(args.out.channels),
        used_(std::min(4, args.out.channels - channel)),
        finish_(args.out_zero_point, args.act_min, args.act_max) {}

  void Run(const int8_t* const* x, ptrdiff_t count, int8_t* out) const {
    used_ == 4 ? Pixels<4>(x, count, out) : Pixels<1>(x, count, out);
  }

 private:
  /// `Stored` is 4 for a whole group, 1 for channel by channel.
  template <int Stored>
  void Pixels(const int8_t* const* x, ptrdiff_t count, int8_t* out) const {
    ptrdiff_t p = 0;
    for (; p + 2 <= count; p += 2, out += 2 * row_) {
      int32x4_t q0, q1;
      Two(x[p], x[p + 1], q0, q1);
      const int8x8_t q = finish_(q0, q1);
      Store<Stored, 0>(q, out);
      Store<Stored, 1>(q, out + row_);
    }
    if (p < count) {
      int32x4_t sums[4];
      DotOne<PairsFit>(x[p], weights_, steps_, sums);
      const int32x4_t q = Requantise(AddLanes(sums), constants_);
      Store<Stored, 0>(finish_(q, q), out);
    }
  }

  void Two(const int8_t* x0, const int8_t* x1, int32x4_t& q0, int32x4_t& q1) const {
    LaneSums sums;
    if constexpr (PairsFit) {
      sums = DotPairs(x0, x1, weights_, steps_);
    } else {
      DotOne<false>(x0, weights_, steps_, sums.s[0]);
      DotOne<false>(x1, weights_, steps_, sums.s[1]);
    }
    q0 = Requantise(AddLanes(sums.s[0]), constants_);
    q1 = Requantise(AddLanes(sums.s[1]), constants_);
  }

  template <int Stored, int half>
  void Store(int8x8_t q, int8_t* out) const {
    if constexpr (Stored == 4) {
      // From the vector register: a way through the core's registers would wait for the pipeline.
      vst1_lane_s32(reinterpret_cast<int32_t*>(out), vreinterpret_s32_s8(q), half);
    } else {
      int8_t bytes[8];
      vst1_s8(bytes, q);
      for (int i = 0; i < used_; ++i) out[i] = bytes[4 * half + i];
    }
  }

  int steps_;
  const int8_t* weights_;
  const int32_t* constants_;
  ptrdiff_t row_;
  int used_;
  Finisher finish_;
};

template <bool PairsFit>
void RunTiles(const ConvArgs& args, const PackedWeights& packed) {
  const int end = args.channel_end == 0 ? args.out.channels : args.channel_end;
  const ptrdiff_t pixels = ptrdiff_t{args.out.height} * args.out.width;
  Tile tile(args, packed.depth);
  for (ptrdiff_t first = 0; first < pixels; first += tile.size()) {
    const ptrdiff_t count = std::min(tile.size(), pixels - first);
    tile.Load(first, count);
    for (int channel = args.channel_begin; channel < end; channel += 4) {
      const Group<PairsFit> group(args, packed, channel);
      group.Run(tile.pixels(), count, args.output + first * args.out.channels + channel);
    }
  }
}

}  // namespace

void Conv(const ConvArgs& args) {
  std::shared_ptr<const PackedWeights> own;
  if (args.packed == nullptr) own = PackConv(args);
  const PackedWeights& packed = own ? *own : *args.packed;
  packed.pairs_fit ? RunTiles<true>(args, packed) : RunTiles<false>(args, packed);
}

}  // namespace fragua::driver::neon

#pragma once
// The compiler's view of one segment (consecutive operators on the engine): maps, and stages that
// each read one map and write one or more. A stage is at most two convolutions deep: an optional
// first one whose result stays in the squeeze buffer, and the ones that read it (a fire module), or
// just convolutions that read the input map.

#include <cstdint>
#include <optional>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/map_layout.h"
#include "fragua/driver/program.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

struct SegmentMap {
  int tensor = -1;  ///< a tensor that fills the whole map
  MapLayout layout;
  bool pixel_pairs = false;  ///< an image as pairs of pixels; `layout` gives rows and word columns
  PixelPairs pairs;
  int8_t fill = 0;
  bool sums = false;             ///< int32 sums
  std::vector<SumPiece> pieces;  ///< sums: one per STORE, in `[piece]` order in DDR
  bool from_host = false;
  bool to_host = false;
  int mean_op = -1;  ///< sums

  std::vector<int> producers, consumers;  ///< stages
  bool on_chip = false;                   ///< whole map in the activation buffer, never in DDR
  int chip_base = 0;                      ///< first activation buffer word when on chip
  uint32_t arena_offset = 0;              ///< when in DDR

  /// 64-bit words of one row of one block.
  int row_words() const { return pixel_pairs ? layout.width : layout.width * (layout.pk / 8); }
  int64_t block_words() const { return int64_t{1} * row_words() * layout.height; }
  int64_t words() const {
    if (!sums) return block_words() * (pixel_pairs ? 1 : layout.blocks());
    int64_t words = 0;
    for (const SumPiece& piece : pieces) words += int64_t{1} * piece.blocks * layout.pk / 2;
    return words;
  }
};

/// Blocks [block, block + blocks) of a map.
struct View {
  int map = -1;
  int block = 0;
  int blocks = 1;
};

enum class PoolMode { kNone = 0, kMax3 = 1, kMax2 = 2, kSum = 3 };

/// One convolution, with what happens to its results on the output path.
struct ConvUnit {
  /// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD, AVERAGE_POOL_2D; -1 = exact copy
  int op = -1;
  int pool_op = -1, sum_op = -1;
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0;  ///< in rows and source pixels of the map
  int in_rows = 0, in_cols = 0;
  int rows = 0, cols = 0;  ///< of the convolution's output
  int channel_words = 1;
  bool packed = false;
  bool grouped = false;  ///< K-block k reads block k alone (depthwise, average pool, copy)
  bool pair = false;     ///< ADD: K-block k is the sum of block k of two maps, word by word
  int kblocks = 1;
  int conv_block = 0;  ///< first K-block of the operator's output (copy: of the input tensor)
  int zp_in = 0, zp_out = 0, act_min = -128, act_max = 127;

  PoolMode pool = PoolMode::kNone;
  int pool_pad_top = 0, pool_pad_left = 0;
  int pooled_rows = 0, pooled_cols = 0;
  bool pool_last = false;  ///< the last row closes a window that is still open
  int pool_base = 0;       ///< first word in the line buffer

  int kblock_words = 0;        ///< weight words per K-block
  int weight_kblocks = 1;      ///< K-blocks in the weight image: kblocks, or 1 for a copy
  uint32_t weight_offset = 0;  ///< bytes in the weight image
  View dst;                    ///< ignored for a stage's first convolution
  int pool_block = 0;          ///< first block in the layout of the pool's or sum's output

  bool copy() const { return op < 0; }
  int OwnerOp() const { return op >= 0 ? op : (pool_op >= 0 ? pool_op : sum_op); }
  int total_weight_words() const { return weight_kblocks * kblock_words; }
  int64_t StepsPerPixel() const { return int64_t{1} * kernel_h * kernel_w * channel_words; }
  /// Rows that leave the output path while convolution rows [0, row) pass.
  int EmittedRows(int row) const;
};

struct Stage {
  View in;
  std::optional<View> second;  ///< ADD: its other input, loaded behind `in`
  std::optional<ConvUnit> first;
  std::vector<ConvUnit> units;  ///< all with the same number of rows

  int rows() const { return units.front().rows; }
  /// Blocks in the activation buffer that the stage reads.
  int in_blocks() const { return in.blocks + (second ? second->blocks : 0); }
};

/// A tensor that crosses the border of the segment.
struct HostTensor {
  int tensor = -1;
  View view;
};

struct Segment {
  std::vector<int> ops;
  std::vector<SegmentMap> maps;
  std::vector<Stage> stages;
  std::vector<HostTensor> host_in, host_out;
  std::vector<uint8_t> weights;
};

}  // namespace fragua::driver

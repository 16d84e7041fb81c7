#include "command_fields.h"

#include <algorithm>

namespace fragua::driver {
namespace {

namespace f = regs::compute;

int Modulo(int value, int modulus) { return ((value % modulus) + modulus) % modulus; }

bool IsMaxPool(PoolMode mode) { return mode == PoolMode::kMax2 || mode == PoolMode::kMax3; }

}  // namespace

void SetShape(const ConvUnit& unit, RowRange rows, RowRange kbs, int weight_base,
              const EngineConfig& engine, regs::Command& command) {
  // A pair takes a map for words, not for pixels.
  const int per_column = unit.pair ? engine.words_per_pixel() : 1;
  command.Set(f::kInRows, unit.in_rows).Set(f::kInCols, unit.in_cols * per_column);
  command.Set(f::kIy0, rows.begin * unit.stride_h - unit.pad_top).Set(f::kIx0, -unit.pad_left);
  command.Set(f::kOutRows, rows.size()).Set(f::kOutCols, unit.cols * per_column);
  command.Set(f::kKernelH, unit.kernel_h).Set(f::kKernelW, unit.kernel_w);
  command.Set(f::kStrideH, unit.stride_h).Set(f::kStrideW, unit.stride_w);
  command.Set(f::kChannelWords, unit.channel_words).Set(f::kSrcPacked, unit.packed ? 1 : 0);
  command.Set(f::kPair, unit.pair ? 1 : 0);
  command.Set(f::kWeightBase, weight_base).Set(f::kKblockWords, unit.kblock_words);
  command.Set(f::kKblocks, kbs.size());
  command.Set(f::kZpIn, unit.zp_in).Set(f::kZpOut, unit.zp_out);
  command.Set(f::kActMin, unit.act_min).Set(f::kActMax, unit.act_max);
  command.Set(f::kPoolMode, static_cast<int>(unit.pool));
  if (!IsMaxPool(unit.pool)) return;
  command.Set(f::kPoolRowPhase, (rows.begin + unit.pool_pad_top) % 2);
  command.Set(f::kPoolPadLeft, unit.pool_pad_left);
  command.Set(f::kPoolFirst, rows.begin == 0 ? 1 : 0);
  command.Set(f::kPoolLast, rows.end == unit.rows && unit.pool_last ? 1 : 0);
  command.Set(f::kPoolCols, unit.pooled_cols);
  command.Set(f::kPoolBase,
              unit.pool_base + kbs.begin * unit.pooled_cols * engine.words_per_pixel());
}

RowSet SetSource(const ConvUnit& unit, RowSet slots, bool from_squeeze, RowRange rows, RowRange kbs,
                 const EngineConfig& engine, regs::Command& command) {
  const int apart = slots.blocks / 2;  // blocks from one map of a pair to the other
  if (unit.grouped) slots.base += kbs.begin * slots.block_pitch;
  // A map that is there whole needs no wrap; a larger ring keeps row offsets outside the map
  // (padding) legal for any kernel and stride.
  const int ring = slots.ring_rows < unit.in_rows
                       ? slots.ring_rows
                       : std::max({unit.in_rows, unit.kernel_h, unit.stride_h});
  const int first = rows.begin * unit.stride_h - unit.pad_top;
  const int end = (rows.end - 1) * unit.stride_h - unit.pad_top + unit.kernel_h;
  command.Set(f::kSrcSelect, from_squeeze ? 1 : 0).Set(f::kSrcBase, slots.base);
  command.Set(f::kSrcRowStart, Modulo(first, ring) * slots.row_pitch);
  command.Set(f::kSrcRowPitch, slots.row_pitch).Set(f::kSrcRing, ring * slots.row_pitch);
  command.Set(f::kSrcBlockPitch, slots.block_pitch * (unit.pair ? apart : 1));
  if (unit.grouped) command.Set(f::kSrcGroupStep, slots.block_pitch);

  slots.rows = {std::clamp(first, 0, unit.in_rows), std::clamp(end, 0, unit.in_rows)};
  const int words_per_pixel = unit.packed ? 1 : engine.words_per_pixel();
  slots.blocks = unit.pair      ? apart + kbs.size()
                 : unit.grouped ? kbs.size()
                                : (unit.channel_words + words_per_pixel - 1) / words_per_pixel;
  return slots;
}

void SetDestination(const RowSet& slots, bool to_squeeze, regs::Command& command) {
  command.Set(f::kDstSelect, to_squeeze ? 1 : 0).Set(f::kDstBase, slots.base);
  command.Set(f::kDstRowStart, slots.rows.begin % slots.ring_rows * slots.row_pitch);
  command.Set(f::kDstRowPitch, slots.row_pitch).Set(f::kDstRing, slots.ring_rows * slots.row_pitch);
  command.Set(f::kDstBlockPitch, slots.block_pitch);
}

regs::Command RowLoad(const RowSet& slots, int64_t block_words) {
  const bool many = slots.blocks > 1;
  regs::Command command = regs::MakeCommand(regs::Opcode::kLoad);
  command.Set(regs::load::kRunWords, slots.rows.size() * slots.row_pitch)
      .Set(regs::load::kRuns, slots.blocks)
      .Set(regs::load::kDdrStride, many ? block_words * 8 : 0)
      .Set(regs::load::kDst, 0)
      .Set(regs::load::kDstAddr, slots.base + slots.rows.begin % slots.ring_rows * slots.row_pitch)
      .Set(regs::load::kDstStride, many ? slots.block_pitch : 0);
  return command;
}

regs::Command WeightLoad(int64_t words, int weight_word) {
  regs::Command command = regs::MakeCommand(regs::Opcode::kLoad);
  command.Set(regs::load::kRunWords, words)
      .Set(regs::load::kRuns, 1)
      .Set(regs::load::kDst, 1)
      .Set(regs::load::kDstAddr, weight_word);
  return command;
}

Tile TileOf(const ConvUnit& unit, RowRange rows, RowRange kbs, RowRange emitted) {
  Tile tile;
  tile.conv_op = unit.op;
  tile.pool_op = unit.pool_op;
  tile.sum_op = unit.sum_op;
  tile.blocks = kbs.size();
  tile.conv_block = unit.conv_block + kbs.begin;
  tile.first_row = rows.begin;
  tile.rows = rows.size();
  tile.cols = unit.cols;
  tile.pool_block = unit.pool_block + kbs.begin;
  if (unit.pool_op >= 0) {
    tile.first_pooled_row = emitted.begin;
    tile.pooled_rows = emitted.size();
    tile.pooled_cols = unit.pooled_cols;
  }
  return tile;
}

}  // namespace fragua::driver

#include "engine/tile.h"

namespace fragua::sim {

namespace regs = driver::regs;

Tile DecodeTile(const regs::Command& command) {
  namespace c = regs::compute;
  const auto get = [&](const regs::Field& field) { return static_cast<int>(command.Get(field)); };
  Tile t;
  t.tag = static_cast<uint32_t>(command.Get(regs::header::kTag));
  t.drain = (get(regs::header::kFlags) & static_cast<int>(c::kFlagDrain)) != 0;
  t.stamp = (get(regs::header::kFlags) & static_cast<int>(c::kFlagStamp)) != 0;
  t.src_base = get(c::kSrcBase);
  t.src_row_start = get(c::kSrcRowStart);
  t.src_row_pitch = get(c::kSrcRowPitch);
  t.src_ring = get(c::kSrcRing);
  t.src_block_pitch = get(c::kSrcBlockPitch);
  t.src_group_step = get(c::kSrcGroupStep);
  t.in_rows = get(c::kInRows);
  t.in_cols = get(c::kInCols);
  t.iy0 = get(c::kIy0);
  t.ix0 = get(c::kIx0);
  t.out_rows = get(c::kOutRows);
  t.out_cols = get(c::kOutCols);
  t.kernel_h = get(c::kKernelH);
  t.kernel_w = get(c::kKernelW);
  t.stride_h = get(c::kStrideH);
  t.stride_w = get(c::kStrideW);
  t.channel_words = get(c::kChannelWords);
  t.from_squeeze = get(c::kSrcSelect) != 0;
  t.packed = get(c::kSrcPacked) != 0;
  t.pair = get(c::kPair) != 0;
  t.weight_base = get(c::kWeightBase);
  t.kblock_words = get(c::kKblockWords);
  t.kblocks = get(c::kKblocks);
  t.zp_in = get(c::kZpIn);
  t.zp_out = get(c::kZpOut);
  t.act_min = get(c::kActMin);
  t.act_max = get(c::kActMax);
  t.destination = static_cast<Destination>(get(c::kDstSelect));
  t.pool = static_cast<PoolMode>(get(c::kPoolMode));
  t.pool_row_phase = get(c::kPoolRowPhase);
  t.pool_pad_left = get(c::kPoolPadLeft);
  t.pool_first = get(c::kPoolFirst) != 0;
  t.pool_last = get(c::kPoolLast) != 0;
  t.dst_base = get(c::kDstBase);
  t.dst_row_start = get(c::kDstRowStart);
  t.dst_row_pitch = get(c::kDstRowPitch);
  t.dst_ring = get(c::kDstRing);
  t.dst_block_pitch = get(c::kDstBlockPitch);
  t.pool_base = get(c::kPoolBase);
  t.pool_cols = get(c::kPoolCols);
  return t;
}

bool IsBadShape(const Tile& t, const driver::EngineConfig& config) {
  return t.out_rows == 0 || t.out_cols == 0 || t.kernel_h == 0 || t.kernel_w == 0 ||
         t.stride_h == 0 || t.stride_w == 0 || t.channel_words == 0 || t.kblocks == 0 ||
         t.kblock_words > config.weight_words ||
         (t.pair && (config.pk < 16 || t.out_cols % config.words_per_pixel() != 0));
}

}  // namespace fragua::sim

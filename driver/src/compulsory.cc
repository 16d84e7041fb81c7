#include "compulsory.h"

#include <algorithm>
#include <map>

namespace fragua::driver {
namespace {

bool MustCross(const SegmentMap& map, const EngineConfig& engine) {
  return map.sums || map.from_host || map.to_host || map.words() > engine.activation_words;
}

/// Rows of the input map that some tap of these units reads.
int RowsRead(const std::vector<ConvUnit>& units) {
  std::vector<bool> read(static_cast<size_t>(units[0].in_rows));
  for (const ConvUnit& unit : units) {
    for (int row = 0; row < unit.rows; ++row) {
      for (int tap = 0; tap < unit.kernel_h; ++tap) {
        const int in_row = row * unit.stride_h - unit.pad_top + tap;
        if (in_row >= 0 && in_row < unit.in_rows) read[static_cast<size_t>(in_row)] = true;
      }
    }
  }
  return static_cast<int>(std::count(read.begin(), read.end(), true));
}

}  // namespace

std::vector<OpTraffic> CompulsoryTraffic(const Segment& segment, const EngineConfig& engine) {
  std::map<int, OpTraffic> by_op;
  const auto of = [&by_op](int op) -> OpTraffic& {
    OpTraffic& traffic = by_op[op];
    traffic.op = op;
    return traffic;
  };
  const auto map_of = [&segment](const View& view) -> const SegmentMap& {
    return segment.maps[static_cast<size_t>(view.map)];
  };
  for (const Stage& stage : segment.stages) {
    const std::vector<ConvUnit> readers =
        stage.first ? std::vector<ConvUnit>{*stage.first} : stage.units;
    std::vector<ConvUnit> all = stage.units;
    if (stage.first) all.push_back(*stage.first);
    for (const ConvUnit& unit : all) {
      of(unit.OwnerOp()).read_bytes +=
          int64_t{1} * unit.total_weight_words() * engine.macs_per_cycle();
    }
    if (const SegmentMap& in = map_of(stage.in); MustCross(in, engine)) {
      const int blocks = in.pixel_pairs ? 1 : stage.in.blocks;
      of(readers[0].OwnerOp()).read_bytes +=
          int64_t{8} * RowsRead(readers) * in.row_words() * blocks;
    }
    if (stage.second && MustCross(map_of(*stage.second), engine)) {
      of(readers[0].OwnerOp()).read_bytes +=
          int64_t{8} * map_of(*stage.second).block_words() * stage.second->blocks;
    }
    for (const ConvUnit& unit : stage.units) {
      const SegmentMap& out = map_of(unit.dst);
      if (!MustCross(out, engine)) continue;
      const int64_t block_bytes =
          out.sums ? int64_t{engine.pk} * sizeof(int32_t) : 8 * out.block_words();
      of(unit.OwnerOp()).write_bytes += unit.kblocks * block_bytes;
    }
  }
  std::vector<OpTraffic> traffic;
  for (const auto& [op, bytes] : by_op) traffic.push_back(bytes);
  return traffic;
}

}  // namespace fragua::driver

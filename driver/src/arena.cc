#include "arena.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

/// Whole cache lines and whole bursts: the processor never shares a line with the engine.
constexpr int64_t kAlignment = 128;

struct Block {
  int map = 0;
  int64_t bytes = 0;
  int first = 0, last = 0;  ///< stages
  int64_t offset = 0;
};

Block BlockOf(const Segment& segment, int index) {
  const SegmentMap& map = segment.maps[static_cast<size_t>(index)];
  const auto end = static_cast<int>(segment.stages.size());
  Block block;
  block.map = index;
  block.bytes = (map.words() * 8 + kAlignment - 1) / kAlignment * kAlignment;
  block.first = map.from_host || map.producers.empty() ? -1 : map.producers.front();
  // What the processor writes is never written by the engine: its cached copy stays true.
  block.last = map.to_host || map.from_host ? end : block.first;
  for (int stage : map.producers) block.last = std::max(block.last, stage);
  for (int stage : map.consumers) block.last = std::max(block.last, stage);
  return block;
}

}  // namespace

uint32_t PlaceMaps(Segment& segment) {
  std::vector<Block> blocks;
  for (size_t i = 0; i < segment.maps.size(); ++i) {
    if (!segment.maps[i].on_chip) blocks.push_back(BlockOf(segment, static_cast<int>(i)));
  }
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return a.bytes > b.bytes; });
  int64_t total = 0;
  std::vector<Block> placed;
  for (Block& block : blocks) {
    // Lowest offset that is free over the block's whole life; `placed` is sorted by offset.
    for (const Block& other : placed) {
      const bool together = other.first <= block.last && block.first <= other.last;
      const bool overlap =
          block.offset < other.offset + other.bytes && other.offset < block.offset + block.bytes;
      if (together && overlap) block.offset = other.offset + other.bytes;
    }
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), block,
                         [](const Block& a, const Block& b) { return a.offset < b.offset; }),
        block);
    total = std::max(total, block.offset + block.bytes);
    segment.maps[static_cast<size_t>(block.map)].arena_offset = static_cast<uint32_t>(block.offset);
  }
  if (total > INT32_MAX) {
    ThrowInput(
        fmt::format("the maps of this network need {} bytes of DDR and the engine addresses "
                    "{}; use a smaller input",
                    total, INT32_MAX));
  }
  return static_cast<uint32_t>(total);
}

}  // namespace fragua::driver

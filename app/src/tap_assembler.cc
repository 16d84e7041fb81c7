#include "tap_assembler.h"

#include <fmt/core.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::app {

using driver::Tile;
using sim::TapWord;

TapAssembler::TapAssembler(const model::Graph& graph, const driver::Plan& plan, bool keep_origins)
    : graph_(graph), plan_(plan), keep_origins_(keep_origins), maps_(graph.tensors.size()) {}

void TapAssembler::Clear() {
  counts_.clear();
  std::fill(maps_.begin(), maps_.end(), std::nullopt);
}

TapAssembler::Map& TapAssembler::MapOf(int tensor) {
  std::optional<Map>& map = maps_.at(static_cast<size_t>(tensor));
  if (!map) {
    const driver::MapLayout& layout = plan_.tensor_layouts.at(static_cast<size_t>(tensor));
    map.emplace();
    map->bytes.resize(static_cast<size_t>(graph_.tensor(tensor).elements()));
    map->channel_of_slot = layout.ChannelOfSlot();
    map->missing = graph_.tensor(tensor).elements();
    if (keep_origins_) {
      map->origins.resize(static_cast<size_t>(layout.height) * static_cast<size_t>(layout.width) *
                          map->channel_of_slot.size() / 8);
    }
  }
  return *map;
}

const Tile& TapAssembler::TileOf(uint32_t tag) const {
  const driver::Plan::CommandId id = plan_.FindTag(tag);
  if (id.program >= 0) {
    const driver::Program& program = plan_.programs[static_cast<size_t>(id.program)];
    const int index = program.tile_of_command[static_cast<size_t>(id.command)];
    if (index >= 0) return program.tiles[static_cast<size_t>(index)];
  }
  throw Error(
      ErrorKind::kCheck,
      fmt::format("the engine's tap shows tag {}, which is not a COMPUTE command of the plan",
                  tag));
}

std::string TapAssembler::DescribeTile(uint32_t tag) const {
  const Tile& tile = TileOf(tag);
  return fmt::format("rows {}..{}, channels {}..{}", tile.first_row, tile.first_row + tile.rows - 1,
                     tile.conv_block * plan_.engine.pk,
                     (tile.conv_block + tile.blocks) * plan_.engine.pk - 1);
}

void TapAssembler::Add(const TapWord& word) {
  const Tile& tile = TileOf(word.tag);
  if (word.tag >= counts_.size()) counts_.resize(word.tag + size_t{1});
  const int64_t index = counts_[word.tag][static_cast<size_t>(word.stage)]++;
  if (word.stage == TapWord::Stage::kRequantised) {
    if (tile.conv_op < 0) return;  // an exact copy on the way to a pool or a sum
    const int tensor = graph_.ops[static_cast<size_t>(tile.conv_op)].outputs[0];
    AddTo({tensor, tile.conv_block, tile.first_row, tile.rows, tile.cols, tile.blocks}, index,
          word);
  } else if (tile.pool_op >= 0) {
    const int tensor = graph_.ops[static_cast<size_t>(tile.pool_op)].outputs[0];
    AddTo({tensor, tile.pool_block, tile.first_pooled_row, tile.pooled_rows, tile.pooled_cols,
           tile.blocks},
          index, word);
  }
}

void TapAssembler::AddTo(const Target& target, int64_t index, const TapWord& word) {
  const int words_per_pixel = plan_.engine.words_per_pixel();
  const int64_t half = index % words_per_pixel;
  const int64_t pixel = index / words_per_pixel;
  const int64_t column = pixel % target.cols;
  const int64_t row = pixel / target.cols % target.rows;
  const int64_t block = pixel / target.cols / target.rows;
  if (block >= target.blocks) {
    throw Error(
        ErrorKind::kCheck,
        fmt::format(
            "the engine made more results than command {} asks for ({} blocks of {} x {} pixels)",
            word.tag, target.blocks, target.rows, target.cols));
  }
  Map& map = MapOf(target.tensor);
  const driver::MapLayout& layout = plan_.tensor_layouts[static_cast<size_t>(target.tensor)];
  const int64_t at = (target.first_row + row) * layout.width + column;
  const int64_t first_slot = (target.first_block + block) * layout.pk + half * 8;
  const int64_t channels = graph_.tensor(target.tensor).shape.back();
  for (int64_t i = 0; i < 8; ++i) {
    const int channel = map.channel_of_slot.at(static_cast<size_t>(first_slot + i));
    if (channel < 0) continue;
    map.bytes.at(static_cast<size_t>(at * channels + channel)) =
        static_cast<uint8_t>(word.data >> (8 * i));
    --map.missing;
  }
  if (keep_origins_) {
    const auto slots = static_cast<int64_t>(map.channel_of_slot.size());
    map.origins.at(static_cast<size_t>((at * slots + first_slot) / 8)) = {word.tag, word.cycle};
  }
}

std::span<const uint8_t> TapAssembler::Tensor(int tensor) const {
  const std::optional<Map>& map = maps_.at(static_cast<size_t>(tensor));
  if (!map || map->missing != 0) return {};
  return map->bytes;
}

std::optional<Origin> TapAssembler::OriginOf(int tensor, int64_t row, int64_t column,
                                             int64_t channel) const {
  const std::optional<Map>& map = maps_.at(static_cast<size_t>(tensor));
  if (!map || map->origins.empty()) return std::nullopt;
  const driver::MapLayout& layout = plan_.tensor_layouts[static_cast<size_t>(tensor)];
  const auto slots = static_cast<int64_t>(map->channel_of_slot.size());
  const int64_t at = row * layout.width + column;
  return map->origins.at(
      static_cast<size_t>((at * slots + layout.SlotOf(static_cast<int>(channel))) / 8));
}

}  // namespace fragua::app

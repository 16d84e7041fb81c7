#include "word_place.h"

#include <fmt/core.h>

#include <algorithm>

namespace fragua::app {
namespace {

using driver::Tile;
using Stage = sim::TapWord::Stage;

const Tile* TileOf(const driver::Plan& plan, uint32_t tag) {
  const driver::Plan::CommandId id = plan.FindTag(tag);
  if (id.program < 0) return nullptr;
  const driver::Program& program = plan.programs[static_cast<size_t>(id.program)];
  const int index = program.tile_of_command[static_cast<size_t>(id.command)];
  return index < 0 ? nullptr : &program.tiles[static_cast<size_t>(index)];
}

/// A map as a command makes it.
struct Target {
  int tensor = -1, first_block = 0, first_row = 0, rows = 1, columns = 1;
};

void FillElement(const driver::Plan& plan, const Target& target, int64_t index, WordPlace& place) {
  const int64_t words = plan.engine.words_per_pixel();
  const int64_t pixel = index / words;
  const int64_t block = pixel / target.columns / target.rows;
  place.tensor = target.tensor;
  place.column = static_cast<int>(pixel % target.columns);
  place.row = static_cast<int>(target.first_row + pixel / target.columns % target.rows);
  const auto channels = plan.tensor_layouts[static_cast<size_t>(target.tensor)].ChannelOfSlot();
  const auto slot =
      static_cast<size_t>((target.first_block + block) * plan.engine.pk + index % words * 8);
  for (size_t i = 0; i < 8; ++i) {
    place.channels[i] = slot + i < channels.size() ? channels[slot + i] : -1;
  }
}

/// PK int32 per K-block, two to a word.
void FillSums(const driver::Plan& plan, const Tile& tile, int tensor, int64_t index,
              WordPlace& place) {
  const int64_t words = plan.engine.pk / 2;
  place.tensor = tensor;
  place.sums = true;
  place.channels.fill(-1);
  const auto channels = plan.tensor_layouts[static_cast<size_t>(tensor)].ChannelOfSlot();
  const auto slot =
      static_cast<size_t>((tile.pool_block + index / words) * plan.engine.pk + index % words * 2);
  for (size_t i = 0; i < 2; ++i) {
    if (slot + i < channels.size()) place.channels[i] = channels[slot + i];
  }
}

WordPlace PlaceOfWord(const model::Graph& graph, const driver::Plan& plan, const Tile& tile,
                      Stage stage, int64_t index) {
  WordPlace place;
  place.channels.fill(-1);
  place.tile = fmt::format("rows {}..{}, channels {}..{}", tile.first_row,
                           tile.first_row + tile.rows - 1, tile.conv_block * plan.engine.pk,
                           (tile.conv_block + tile.blocks) * plan.engine.pk - 1);
  const int behind = tile.pool_op >= 0 ? tile.pool_op : tile.sum_op;
  if (stage == Stage::kWritten && behind >= 0) {
    const model::Op& op = graph.ops[static_cast<size_t>(behind)];
    place.op = behind;
    if (tile.pool_op >= 0) {
      FillElement(plan,
                  {op.outputs[0], tile.pool_block, tile.first_pooled_row, tile.pooled_rows,
                   tile.pooled_cols},
                  index, place);
    } else {
      FillSums(plan, tile, op.inputs[0], index, place);
    }
    return place;
  }
  const bool copy = tile.conv_op < 0;
  place.op = copy ? behind : tile.conv_op;
  const model::Op& op = graph.ops[static_cast<size_t>(place.op)];
  FillElement(
      plan,
      {copy ? op.inputs[0] : op.outputs[0], tile.conv_block, tile.first_row, tile.rows, tile.cols},
      index, place);
  const sim::ComputeShape shape = sim::ShapeOf(*CommandOf(plan, tile.tag), plan.engine);
  const int64_t pixel = index / shape.words_per_pixel;
  const int64_t map = int64_t{shape.rows} * shape.columns;
  place.pixel = {tile.tag, static_cast<int>(pixel / map),
                 static_cast<int>(pixel % map / shape.columns),
                 static_cast<int>(pixel % shape.columns)};
  place.first_slot = static_cast<int>(index % shape.words_per_pixel) * 8;
  return place;
}

/// Words of a command before word `index` of all that the specification puts into buffers.
int64_t IndexInCommand(const EngineLog& log, uint32_t tag, int64_t index) {
  const auto end =
      log.results().begin() + std::min<int64_t>(index, static_cast<int64_t>(log.results().size()));
  return std::count_if(log.results().begin(), end,
                       [&](const sim::ResultWord& word) { return word.tag == tag; });
}

struct StreamWord {
  uint32_t tag = 0;
  int64_t index = 0;
};

/// The store stream has no framing: word n of it is word n of the commands that write there.
std::optional<StreamWord> StreamWordOf(const driver::Plan& plan, const EngineLog& log,
                                       int64_t stored) {
  const auto end =
      log.stores().begin() + std::min<int64_t>(stored, static_cast<int64_t>(log.stores().size()));
  if (end != log.stores().end() && end->stamp) return std::nullopt;
  int64_t left = std::count_if(log.stores().begin(), end,
                               [](const sim::StoredWord& word) { return !word.stamp; });
  for (const uint32_t tag : log.Tags()) {
    const Tile* tile = TileOf(plan, tag);
    if (tile == nullptr || tile->destination != Tile::Destination::kStore) continue;
    const auto words = static_cast<int64_t>(log.WordsOf(tag, Stage::kWritten).size());
    if (left < words) return StreamWord{tag, left};
    left -= words;
  }
  return std::nullopt;
}

}  // namespace

const driver::regs::Command* CommandOf(const driver::Plan& plan, uint32_t tag) {
  const driver::Plan::CommandId id = plan.FindTag(tag);
  if (id.program < 0) return nullptr;
  return &plan.programs[static_cast<size_t>(id.program)].commands[static_cast<size_t>(id.command)];
}

int OpOf(const driver::Plan& plan, uint32_t tag) {
  const driver::Plan::CommandId id = plan.FindTag(tag);
  if (id.program < 0) return -1;
  return plan.programs[static_cast<size_t>(id.program)]
      .op_of_command[static_cast<size_t>(id.command)];
}

std::optional<WordPlace> Locate(const model::Graph& graph, const driver::Plan& plan,
                                const EngineLog& specification, const Divergence& divergence) {
  uint32_t tag = divergence.tag;
  int64_t index = divergence.index;
  Stage stage = Stage::kWritten;
  switch (divergence.boundary) {
    case Boundary::kLoad:
      return std::nullopt;
    case Boundary::kRequantised:
      stage = Stage::kRequantised;
      break;
    case Boundary::kWritten:
      break;
    case Boundary::kPlaced:
      index = IndexInCommand(specification, tag, index);
      break;
    case Boundary::kStored: {
      const auto word = StreamWordOf(plan, specification, index);
      if (!word) return std::nullopt;
      tag = word->tag;
      index = word->index;
      break;
    }
  }
  const Tile* tile = TileOf(plan, tag);
  if (tile == nullptr) return std::nullopt;
  return PlaceOfWord(graph, plan, *tile, stage, index);
}

}  // namespace fragua::app

#include "engine/steps.h"

namespace fragua::sim {

StepPlace PlaceOf(const Tile& tile, const driver::EngineConfig& engine, int kblock, int row,
                  int column, int n) {
  const int per_word = 8 / engine.pc;
  StepPlace place;
  int rest = n;
  place.sub = rest % per_word;
  rest /= per_word;
  place.word = rest % tile.channel_words;
  rest /= tile.channel_words;
  place.kx = rest % tile.kernel_w;
  place.ky = rest / tile.kernel_w;
  const int tap_row = row * tile.stride_h + place.ky;
  place.row = tile.iy0 + tap_row;
  place.column = tile.ix0 + column * tile.stride_w + place.kx;
  place.padding = place.row < 0 || place.row >= tile.in_rows || place.column < 0 ||
                  place.column >= tile.in_cols;
  place.address =
      SourceAddress(tile, engine, kblock, RowOffset(tile, tap_row), place.column, place.word);
  // Parameters come first in a K-block.
  place.weight_address =
      (tile.weight_base + int64_t{kblock} * tile.kblock_words + per_word + n) % engine.weight_words;
  return place;
}

StepPlace PlaceOf(const driver::regs::Command& command, const driver::EngineConfig& engine,
                  int kblock, int row, int column, int n) {
  return PlaceOf(DecodeTile(command), engine, kblock, row, column, n);
}

ComputeShape ShapeOf(const driver::regs::Command& command, const driver::EngineConfig& engine) {
  const Tile tile = DecodeTile(command);
  ComputeShape shape;
  shape.kblocks = tile.kblocks;
  shape.rows = tile.out_rows;
  shape.columns = tile.out_cols;
  shape.steps = tile.steps_per_pixel(engine.pc);
  shape.words_per_pixel = tile.pair ? 1 : engine.words_per_pixel();
  shape.pair = tile.pair;
  return shape;
}

}  // namespace fragua::sim

#include "block_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::driver {

std::vector<Stage> BlockStages(const ConvUnit& all, const View& in,
                               const std::optional<View>& second, const View& out,
                               const EngineConfig& engine) {
  FRAGUA_CHECK(out.blocks == in.blocks, fmt::format("{} blocks to {}", in.blocks, out.blocks));
  const int row_words = all.in_cols * engine.words_per_pixel() * (second ? 2 : 1);
  int group = std::max(1, engine.activation_words / 4 / row_words);
  if (all.pool == PoolMode::kMax2 || all.pool == PoolMode::kMax3) {
    group = std::min(group, engine.pool_words / (all.pooled_cols * engine.words_per_pixel()));
  }
  std::vector<Stage> stages;
  for (int block = 0; block < in.blocks; block += group) {
    Stage stage;
    stage.units.push_back(all);
    ConvUnit& unit = stage.units[0];
    unit.kblocks = std::min(group, in.blocks - block);
    unit.weight_kblocks = std::min(all.weight_kblocks, unit.kblocks);
    unit.conv_block = unit.pool_block = block;
    stage.in = {in.map, in.block + block, unit.kblocks};
    if (second) stage.second = {second->map, second->block + block, unit.kblocks};
    unit.dst = {out.map, out.block + block, unit.kblocks};
    stages.push_back(std::move(stage));
  }
  return stages;
}

}  // namespace fragua::driver

#pragma once
// Stages of a unit whose K-blocks each read a block of their own.

#include <optional>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "stage.h"

namespace fragua::driver {

/// As many K-blocks of `all` at a time as the buffers take. `all`: the unit over all blocks of `in`
/// (and `second`, an ADD's other input), its K-blocks with one weight image or equal ones; `out`:
/// where its results go, as many blocks.
std::vector<Stage> BlockStages(const ConvUnit& all, const View& in,
                               const std::optional<View>& second, const View& out,
                               const EngineConfig& engine);

}  // namespace fragua::driver

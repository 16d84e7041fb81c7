#pragma once
// Cuts a stage into strips of rows, so that what a strip needs fits the engine's buffers.

#include <cstdint>
#include <optional>
#include <vector>

#include "fragua/driver/compiler.h"
#include "stage.h"

namespace fragua::driver {

/// Rows [begin, end).
struct RowRange {
  int begin = 0;
  int end = 0;
  int size() const { return end - begin; }
};

/// One strip: rows of the units, and the rows of the maps before them that become necessary.
struct Strip {
  RowRange out;        ///< convolution rows of the units; none while a whole middle map is made
  RowRange middle;     ///< rows the stage's first convolution makes in this strip
  RowRange load;       ///< rows of the input map that have not been there before
  int middle_low = 0;  ///< first row of the squeeze buffer that is still needed
  int in_low = 0;      ///< first row of the input map that is still needed
};

struct StripPlan {
  std::vector<Strip> strips;
  int in_ring_rows = 0;         ///< row slots of the input map in the activation buffer
  int middle_ring_rows = 0;     ///< row slots of the first convolution's result
  bool first_resident = false;  ///< the first convolution's weights are loaded once for all strips
  bool units_resident = false;  ///< the units' weights are
  bool middle_in_act = false;   ///< that result is in the activation buffer, beside the input
  int middle_words = 0;         ///< of it there; 0 in the squeeze buffer
  double cost = 0;              ///< estimated cycles
  int64_t read_bytes = 0;       ///< from DDR, weights and input map
};

/// Fewer cycles, or about as many and fewer bytes.
bool IsBetter(const StripPlan& plan, const StripPlan& than);

struct StripRequest {
  int in_row_words = 0;  ///< all blocks of the view
  int in_rows = 0;
  bool in_on_chip = false;  ///< the whole map is in the activation buffer already
  int act_words = 0;        ///< room for the input map
  bool hurry = false;       ///< nothing else runs before this stage: begin with a small strip
  bool single = false;      ///< only the cut into one strip will do
};

/// The cheapest cut; nothing when not even one row at a time fits.
std::optional<StripPlan> PlanStrips(const Stage& stage, const StripRequest& request,
                                    const CompileOptions& options);

/// Words of one row of all blocks of a view.
int ViewRowWords(const SegmentMap& map, int blocks);

/// Estimated cycles of the stage with the whole activation buffer for its input, which is `in`;
/// nothing when it does not fit.
std::optional<double> StageCost(const Stage& stage, const SegmentMap& in,
                                const CompileOptions& options);

/// Array steps of all convolutions of the stage, the requantiser's pace included.
int64_t StageSteps(const Stage& stage, const EngineConfig& engine);
int64_t UnitSteps(const ConvUnit& unit, int rows, int kblocks, const EngineConfig& engine);

}  // namespace fragua::driver

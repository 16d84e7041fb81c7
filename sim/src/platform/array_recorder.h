#pragma once
// Follows the COMPUTE unit of a Verilated engine cycle by cycle and tells an observer what it saw.
//
// Attribution needs no knowledge of the pipeline's depth: commands start in order, steps reach the
// array in the order of their requests, a pixel ends with the step marked last, and a step's
// products are in the accumulators as long after it as a pixel is complete after its last step.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/tile.h"
#include "fragua/driver/engine_config.h"
#include "fragua/sim/observation.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

class ArrayRecorder {
 public:
  /// Keeps a reference to the observer.
  ArrayRecorder(const driver::EngineConfig& config, EngineObserver& observer);
  /// After the logic has settled, before the clock's edge.
  void Observe(const RtlModel& model, uint64_t cycle);

 private:
  struct Request {
    bool padding, squeeze;
    uint32_t address, weight_address;
  };
  struct Sums {
    uint64_t cycle;
    std::vector<int32_t> values;
  };
  void ObserveMoves(const ComputeProbe& probe, uint64_t cycle);
  void TakeStep(const RtlModel& model, const ComputeProbe& probe, uint64_t cycle);
  /// The step that has just come belongs to the pixel that is wanted.
  bool AtWanted();
  void EndPixel();
  void Deliver(uint64_t latency);
  std::vector<int32_t> ReadSums(const RtlModel& model) const;

  const driver::EngineConfig config_;
  EngineObserver& observer_;
  std::vector<uint64_t> parameters_;  ///< of the K-block whose steps come next
  std::deque<Request> requests_;
  std::deque<Tile> commands_;    ///< started; the first is the one whose steps reach the array
  int64_t pixel_ = 0;            ///< of that command, in the engine's order
  std::deque<uint64_t> pixels_;  ///< last steps' cycles of pixels not complete yet
  std::optional<PixelObservation> seen_;  ///< the wanted pixel, from its first step on
  bool whole_ = false;                    ///< all its steps have come
  int64_t behind_ = 0;                    ///< pixels that complete before it
  std::vector<Sums> sums_;                ///< of every cycle since its first step
};

}  // namespace fragua::sim

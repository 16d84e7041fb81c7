#pragma once
// What the processor's share of an inference costs, from the board's figures (their sources stand
// in configs/boards/). These are estimates for choosing a placement and for letting modelled time
// pass, not measurements.

#include <cstdint>

#include "fragua/driver/board_config.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

/// What an operator asks of a kernel.
struct ArmWork {
  ArmKernel kernel = ArmKernel::kRescale;
  int64_t units = 0;    ///< see ArmKernel; 0 for operators that only move bytes
  int64_t outputs = 0;  ///< elements; for those, the bytes
};
ArmWork WorkOf(const model::Graph& graph, const model::Op& op);

/// All results in nanoseconds.
class ArmCostModel {
 public:
  explicit ArmCostModel(const BoardConfig& board)
      : cpu_(board.processor), port_(board.register_port) {}

  /// One operator executed by the driver's kernels on one thread.
  double OpNs(const model::Graph& graph, int op) const;
  double WorkNs(const ArmWork& work) const;
  /// Converting between NHWC and the engine's layout: `bytes` read and as many written.
  double ConversionNs(int64_t bytes) const;
  /// Making processor writes visible to the engine.
  double CleanNs(int64_t bytes) const;
  /// Making engine writes visible to the processor.
  double InvalidateNs(int64_t bytes) const;
  /// One submission: ringing in, register accesses, interrupt latency.
  double SubmissionNs() const;

 private:
  int64_t Lines(int64_t bytes) const;

  BoardConfig::Processor cpu_;
  BoardConfig::RegisterPort port_;
};

}  // namespace fragua::driver

#pragma once
// Runs a plan on a device: checks that the engine is the one the plan was compiled for, uploads the
// weights once, and for every inference packs, submits, waits (never for ever), decodes and
// unpacks.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/driver/program.h"
#include "fragua/driver/tensor_store.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

/// The engine's counters over some span. The seven causes add up to `cycles`.
struct EngineCounters {
  uint64_t cycles = 0;
  uint64_t compute = 0, wait_weights = 0, wait_activations = 0, wait_output = 0;
  uint64_t wait_requant = 0, overhead = 0, idle = 0;
  uint64_t read_beats = 0, write_beats = 0;  ///< of 8 bytes
  uint64_t CauseSum() const {
    return compute + wait_weights + wait_activations + wait_output + wait_requant + overhead + idle;
  }
  EngineCounters& operator+=(const EngineCounters& other);
};

struct OpReport {
  int op = -1;
  Place place = Place::kArm;
  std::chrono::nanoseconds time{
      0};                   ///< kArm: on the processor; kFabric: cycles at the engine's clock
  EngineCounters counters;  ///< kFabric: from the stamps; zero for operators fused into others
};

struct StepReport {
  int step = -1;
  Place place = Place::kArm;
  std::chrono::nanoseconds prepare{
      0};  ///< packing inputs, building the submission, cleaning caches
  std::chrono::nanoseconds doorbell{0};  ///< when it was rung last, on the port's clock
  std::chrono::nanoseconds run{0};       ///< ARM operator, or doorbell to interrupt
  std::chrono::nanoseconds collect{0};   ///< invalidating caches, unpacking outputs
  EngineCounters counters;               ///< whole submission, from the registers
};

struct RunReport {
  std::vector<StepReport> steps;
  std::vector<OpReport> ops;  ///< in the order of execution
  std::chrono::nanoseconds total{0};
  std::chrono::nanoseconds arm{0};       ///< operators on the processor
  std::chrono::nanoseconds fabric{0};    ///< doorbell to interrupt
  std::chrono::nanoseconds transfer{0};  ///< packing, cleaning, invalidating, unpacking, submission
  std::vector<std::string> events;  ///< timeouts, resets, retries, fallbacks: one sentence each
};

struct RuntimeOptions {
  BoardConfig board;            ///< processor costs, for modelled time
  int retries = 1;              ///< submissions repeated after a timeout or an engine error
  bool arm_fallback = false;    ///< after the last retry: run the step's operators on the processor
  double timeout_factor = 4.0;  ///< times the estimated cycles, and the watchdog's on top
  std::chrono::nanoseconds timeout_floor{std::chrono::milliseconds(2)};
  uint32_t watchdog_cycles = 1000000;
};

class Runtime {
 public:
  /// Checks ID, VERSION, ABI_HASH and CAPS against plan.engine, allocates, uploads the weights and
  /// enables the engine. Throws Error(kDevice) naming found and expected, Error(kInput) when the
  /// window is too small. Keeps references to graph and port.
  Runtime(const model::Graph& graph, Plan plan, DevicePort& port,
          const RuntimeOptions& options = {});
  ~Runtime();
  Runtime(Runtime&&) = delete;

  const Plan& plan() const;
  /// One inference: `store` holds the graph's inputs; afterwards also its outputs and every tensor
  /// that passed between steps. Throws Error(kDevice) when a step fails for good.
  RunReport Run(TensorStore& store);

  /// The same in pieces, for a processor that serves several engines. Start() works up to the first
  /// submission, Advance() waits for the one that is under way (never for ever) and works on up to
  /// the next. True: a submission is under way, and `store` in use; false: the inference is
  /// complete. Errors as Run(); the next Start() begins anew.
  bool Start(TensorStore& store);
  bool Advance();
  /// Of the inference that has just been completed.
  RunReport TakeReport();
  /// Soft reset, with a bounded wait; the next Run() starts from a clean engine.
  void Reset();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::driver

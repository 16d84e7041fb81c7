#pragma once
// The programs of a plan on one engine: uploads them once, and for each submission moves the data
// in and out.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "device.h"
#include "fragua/driver/cost_model.h"
#include "fragua/driver/device_port.h"
#include "fragua/driver/program.h"
#include "fragua/driver/runtime.h"
#include "fragua/driver/tensor_store.h"

namespace fragua::driver {

class Fabric {
 public:
  /// Keeps references to all of them. Touches the port only when the plan has programs; throws as
  /// Runtime's constructor does.
  Fabric(const model::Graph& graph, const Plan& plan, DevicePort& port,
         const RuntimeOptions& options);

  /// Packs the inputs of a program and makes them visible to the engine.
  void Prepare(const Program& program, const TensorStore& store);
  /// Rings the doorbell of plan.programs[program].
  void Submit(size_t program);
  /// At most a time that follows from the program's length.
  EngineDevice::Outcome Wait(const Program& program);
  /// Unpacks the outputs and adds the operators to the report.
  void Collect(const Program& program, const EngineDevice::Outcome& outcome, TensorStore& store,
               RunReport& report);
  /// Soft reset; throws Error(kDevice) when the engine does not get there in time.
  void Reset();
  /// " (in layer 'x', rows a..b, ...)" for the command that failed.
  std::string Blame(uint32_t tag) const;

 private:
  void Upload(const Program& program);
  std::chrono::nanoseconds TimeoutOf(const Program& program) const;
  void ReportOps(const Program& program, const EngineDevice::Outcome& outcome, RunReport& report);

  const model::Graph& graph_;
  const Plan& plan_;
  DevicePort& port_;
  const RuntimeOptions& options_;
  ArmCostModel cost_;
  std::optional<EngineDevice> device_;
  DmaBuffer arena_;
  std::vector<std::vector<regs::Command>> commands_;  ///< per program, with bus addresses
};

}  // namespace fragua::driver

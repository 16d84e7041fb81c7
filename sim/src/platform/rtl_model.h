#pragma once
// A Verilated engine of one configuration behind one call per clock cycle, and the list of those
// that were built.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "axi/axi_pins.h"
#include "fragua/driver/engine_config.h"

namespace fragua::sim {

/// Everything the engine drives in one cycle.
struct EngineOut {
  AxiOut axi;
  LiteOut lite;
  struct Tap {
    bool valid = false;
    uint64_t data = 0;
    uint32_t tag = 0;
  } requantised, written;
  bool irq = false;
  bool busy = false;
};

class RtlModel {
 public:
  virtual ~RtlModel() = default;
  /// First half of a cycle: applies the inputs, lets the logic settle and gives the outputs.
  /// `reset` is active high; `cycle` is the time in traces.
  virtual const EngineOut& Settle(const AxiIn& memory, const LiteIn& host, bool reset,
                                  uint64_t cycle) = 0;
  /// Second half: the rising clock edge.
  virtual void Edge() = 0;
  /// An assertion of the RTL has failed; the simulator has printed which.
  virtual bool AssertionFailed() const = 0;

  /// Signals of the cycles from now on go to an FST file (cycle n at time 10 n), until StopTrace()
  /// or destruction. Once per model. Throws Error(kInput) when the file cannot be written.
  virtual void StartTrace(const std::string& path) = 0;
  virtual void StopTrace() = 0;
};

/// One configuration that was Verilated.
struct RtlVariant {
  driver::EngineConfig
      config;  ///< as it was when the model was built; name = file name without .yaml
  std::unique_ptr<RtlModel> (*make)();
};

/// All of them, by name.
const std::vector<RtlVariant>& RtlVariants();

/// The model for `config`. Throws Error(kInput) when no such configuration was built, or when it
/// has changed since.
std::unique_ptr<RtlModel> MakeRtlModel(const driver::EngineConfig& config);

}  // namespace fragua::sim

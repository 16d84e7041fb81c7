#pragma once
// A Verilated engine of one configuration behind one call per clock cycle, and the list of those
// that were built.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "axi/axi_pins.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"

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

/// Inside the COMPUTE unit, in one cycle: what an observer follows.
struct ComputeProbe {
  bool start = false;  ///< a command begins: NextCommand()
  bool request_step = false, padding = false, squeeze = false;
  uint32_t read_address = 0, weight_address = 0;
  bool operand_step = false, operand_last = false;  ///< Activations(), Weights()
  bool parameters = false;                          ///< Weights() is a parameter word
  int parameter_index = 0;
  bool pixel_complete = false;  ///< Accumulators()
  bool write_activation = false, write_squeeze = false;
  uint32_t write_address = 0;
  uint64_t write_data = 0;
  bool load_activation = false, load_weight = false;
  uint32_t load_address = 0, load_weight_address = 0;
  int load_weight_slice = 0;
  uint64_t load_data = 0, load_weight_data = 0;
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
  /// What a build that counts coverage has counted so far does not count: the first reset is over.
  virtual void ForgetCoverage() = 0;
  /// An assertion of the RTL has failed; the simulator has printed which.
  virtual bool AssertionFailed() const = 0;

  /// A look inside after Settle().
  virtual ComputeProbe Probe() const = 0;
  virtual driver::regs::Command NextCommand() const = 0;
  /// Byte c: input channel c of the step.
  virtual uint64_t Activations() const = 0;
  /// A weight word (or a parameter word), 64 bits after 64.
  virtual std::vector<uint64_t> Weights() const = 0;
  /// By output channel, as many bits as an accumulator has.
  virtual std::vector<uint32_t> Accumulators() const = 0;

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

#pragma once
// A look inside an engine, Verilated or functional: every word that moves in and out of its
// buffers, and the array's operands and sums for one pixel. Costs time only while somebody looks.
//
// Both kinds of engine tell the same story in the same order, so that the two can be laid side by
// side: the functional engine is docs/ENGINE.md executed, the Verilated one is what really happens.

#include <cstdint>
#include <optional>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"
#include "fragua/sim/tap.h"

namespace fragua::sim {

/// A word that LOAD puts into a buffer.
struct LoadedWord {
  uint32_t tag = 0;  ///< of the command; functional engine only
  bool weights = false;
  uint32_t address = 0;  ///< weight word, or word of the activation buffer
  int slice = 0;         ///< 64-bit slice of the weight word
  uint64_t data = 0;
  uint64_t cycle = 0;  ///< engine cycle; 0 from the functional engine
};

/// A result that COMPUTE puts into a buffer.
struct ResultWord {
  uint32_t tag = 0;  ///< functional engine only
  bool squeeze = false;
  uint32_t address = 0;
  uint64_t data = 0;
  uint64_t cycle = 0;
};

/// A word that STORE puts into DDR.
struct StoredWord {
  uint32_t tag = 0;    ///< functional engine only
  bool stamp = false;  ///< part of a stamp record, i.e. a matter of time; functional engine only
  uint32_t address = 0;
  uint64_t data = 0;
  uint64_t cycle = 0;
};

/// An output pixel of one K-block of one COMPUTE command; with PAIR a pixel is one word.
struct PixelId {
  uint32_t tag = 0;
  int kblock = 0, row = 0, column = 0;
  bool operator==(const PixelId&) const = default;
};

/// One step of the array: PC activations, PC*PK weights, PK sums.
struct ArrayStep {
  uint64_t cycle = 0;  ///< in which the operands entered the array; 0 from the functional engine
  bool padding = false;
  bool squeeze = false;             ///< source: squeeze buffer
  uint32_t address = 0;             ///< word of the source; of no consequence in the padding
  uint32_t weight_address = 0;      ///< weight word
  std::vector<int8_t> activations;  ///< input channel c of the step
  std::vector<int8_t> weights;      ///< byte k*PC + c: output channel k, input channel c
  std::vector<int32_t> sums;        ///< accumulators when this step's products are in
};

struct PixelObservation {
  PixelId id;
  std::vector<ArrayStep> steps;
  /// 64 bits per output channel as they stood in the parameter words (docs/ENGINE.md).
  std::vector<uint64_t> parameters;
};

/// Sees an engine at work. Called while it is simulated; must not touch the engine.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void OnWord(const TapWord&) {}
  virtual void OnLoad(const LoadedWord&) {}
  virtual void OnResult(const ResultWord&) {}
  virtual void OnStore(const StoredWord&) {}
  /// The pixel whose steps are wanted.
  virtual std::optional<PixelId> Wanted() const { return std::nullopt; }
  virtual void OnPixel(PixelObservation) {}
};

/// What the engine's order of work makes of one COMPUTE command.
struct ComputeShape {
  int kblocks = 0, rows = 0, columns = 0;
  int steps = 0;            ///< of the array, per pixel
  int words_per_pixel = 0;  ///< behind the requantisation
  bool pair = false;
};
ComputeShape ShapeOf(const driver::regs::Command& command, const driver::EngineConfig& engine);

/// Step `n` of a pixel as docs/ENGINE.md, "Function", orders them.
struct StepPlace {
  int ky = 0, kx = 0, word = 0, sub = 0;  ///< kernel tap, channel word, part of it
  int row = 0, column = 0;                ///< of the source map as the command sees it
  bool padding = false;
  int64_t address = 0;  ///< of the source, where it is not padding
  int64_t weight_address = 0;
};
/// `n` in 0 .. ShapeOf(command).steps - 1.
StepPlace PlaceOf(const driver::regs::Command& command, const driver::EngineConfig& engine,
                  int kblock, int row, int column, int n);

}  // namespace fragua::sim

#pragma once
// Why a pixel came out wrong: the array's operands and sums as the Verilated engine had them beside
// those that docs/ENGINE.md gives for the same command.

#include <cstdint>
#include <string>

#include "divergence.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"
#include "fragua/sim/observation.h"

namespace fragua::app {

enum class Cause {
  kMissing,            ///< words that never came, or more than there should be
  kLoad,               ///< LOAD: wrong word or wrong place in a buffer
  kPadding,            ///< a tap taken for padding, or not, or the padding's value
  kActivationAddress,  ///< the activation was read from a wrong place
  kActivationData,     ///< right place, but not what the buffer should hold there
  kWeightAddress,
  kWeightData,
  kSteps,           ///< the pixel has more or fewer steps than it should
  kAccumulation,    ///< all operands right, a sum wrong
  kParameters,      ///< the sum is right; bias, multiplier or shift were read wrong
  kRequantisation,  ///< the sum and the parameters are right, the result is not
  kPool,            ///< the results are right, what the pool or sum stage makes of them is not
  kPlacement,       ///< the right word in the wrong place of a buffer
  kStore,           ///< the right word in the wrong place of DDR, or changed on the way
  kUnseen,          ///< the pixel's steps were not seen a second time
};
/// A few words, e.g. "activation read: address".
const char* Name(Cause cause);

struct Diagnosis {
  Cause cause = Cause::kUnseen;
  int step = -1;         ///< first wrong step of the pixel; -1 = none, or not a matter of steps
  std::string sentence;  ///< what is wrong, with found and expected
};

/// `slot` is the output channel of the K-block whose byte is wrong; with `pair`, 0..7 of the two
/// halves. Both observations are of the same pixel.
Diagnosis DiagnosePixel(const sim::PixelObservation& engine,
                        const sim::PixelObservation& specification, int slot, bool pair);

/// Who put the word there that a step read (its activations or its weights), for an operand that is
/// read from the right place and is wrong all the same. One sentence.
std::string LastWriter(const EngineLog& engine, const sim::ArrayStep& step, bool weights);

/// Of a word that is wrong at any other boundary.
Diagnosis DiagnoseWord(const Divergence& divergence);

/// One output channel's parameters, from its 64 bits.
struct Parameters {
  uint32_t multiplier = 0;
  int shift = 0;
  int32_t bias = 0;
  bool operator==(const Parameters&) const = default;
};
Parameters DecodeParameters(uint64_t bits);

}  // namespace fragua::app

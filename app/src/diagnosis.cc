#include "diagnosis.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace fragua::app {
namespace {

using sim::ArrayStep;
using sim::PixelObservation;

std::string Source(const ArrayStep& step) {
  if (step.padding) return "the padding";
  return fmt::format("{} buffer word {}", step.squeeze ? "squeeze" : "activation", step.address);
}

/// Weights of one output channel.
std::vector<int8_t> Row(const ArrayStep& step, int slot) {
  const auto pc = static_cast<std::ptrdiff_t>(step.activations.size());
  const auto first = step.weights.begin() + slot * pc;
  return {first, first + pc};
}

std::string List(const std::vector<int8_t>& values) {
  std::string text;
  for (const int8_t value : values) text += (text.empty() ? "" : " ") + std::to_string(value);
  return "[" + text + "]";
}

Diagnosis Found(Cause cause, int step, std::string sentence) {
  return {cause, step, std::move(sentence)};
}

/// The first thing wrong with the operands of a step, if any.
std::optional<Diagnosis> OperandsOf(int n, const ArrayStep& got, const ArrayStep& want,
                                    const std::vector<int>& slots) {
  if (got.padding != want.padding) {
    return Found(Cause::kPadding, n,
                 fmt::format("the activation operand is wrong: the engine read {} where the "
                             "specification reads {}",
                             Source(got), Source(want)));
  }
  if (!want.padding && (got.address != want.address || got.squeeze != want.squeeze)) {
    return Found(Cause::kActivationAddress, n,
                 fmt::format("the activation operand is wrong: read from {} instead of {}",
                             Source(got), Source(want)));
  }
  if (got.activations != want.activations) {
    return Found(want.padding ? Cause::kPadding : Cause::kActivationData, n,
                 fmt::format("the activation operand is wrong: {} gave {} instead of {}",
                             Source(want), List(got.activations), List(want.activations)));
  }
  if (got.weight_address != want.weight_address) {
    return Found(Cause::kWeightAddress, n,
                 fmt::format("the weight operand is wrong: read from weight word {} instead of {}",
                             got.weight_address, want.weight_address));
  }
  for (const int slot : slots) {
    if (Row(got, slot) == Row(want, slot)) continue;
    return Found(Cause::kWeightData, n,
                 fmt::format("the weight operand is wrong: weight word {} gave {} instead of {}",
                             want.weight_address, List(Row(got, slot)), List(Row(want, slot))));
  }
  return std::nullopt;
}

std::optional<Diagnosis> SumsOf(int n, const ArrayStep& got, const ArrayStep& want,
                                const std::vector<int>& slots) {
  for (const int slot : slots) {
    const auto at = static_cast<size_t>(slot);
    if (got.sums.size() > at && got.sums[at] == want.sums[at]) continue;
    return Found(Cause::kAccumulation, n,
                 fmt::format("the operands are right, the product or its accumulation is wrong: "
                             "with this step the accumulator becomes {} instead of {}",
                             got.sums.size() > at ? std::to_string(got.sums[at]) : "unknown",
                             want.sums[at]));
  }
  return std::nullopt;
}

std::string Say(const Parameters& p) {
  return fmt::format("bias {}, multiplier {}, shift {}", p.bias, p.multiplier, p.shift);
}

}  // namespace

const char* Name(Cause cause) {
  switch (cause) {
    case Cause::kMissing:
      return "words missing or too many";
    case Cause::kLoad:
      return "load into a buffer";
    case Cause::kPadding:
      return "activation read: padding";
    case Cause::kActivationAddress:
      return "activation read: address";
    case Cause::kActivationData:
      return "activation read: data";
    case Cause::kWeightAddress:
      return "weight read: address";
    case Cause::kWeightData:
      return "weight read: data";
    case Cause::kSteps:
      return "number of steps";
    case Cause::kAccumulation:
      return "product or accumulation";
    case Cause::kParameters:
      return "requantisation parameters read";
    case Cause::kRequantisation:
      return "bias or requantisation";
    case Cause::kPool:
      return "pool or sum stage";
    case Cause::kPlacement:
      return "result placed wrong";
    case Cause::kStore:
      return "store wrong";
    case Cause::kUnseen:
      return "unknown";
  }
  return "?";
}

Parameters DecodeParameters(uint64_t bits) {
  Parameters p;
  p.multiplier = static_cast<uint32_t>(bits & 0x7FFFFFFF);
  p.shift = static_cast<int>((bits >> 31) & 0x3F);
  p.bias = static_cast<int32_t>(static_cast<int64_t>(bits) >> 37);
  return p;
}

Diagnosis DiagnosePixel(const PixelObservation& engine, const PixelObservation& specification,
                        int slot, bool pair) {
  const std::vector<int> slots = pair ? std::vector<int>{slot, slot + 8} : std::vector<int>{slot};
  const size_t steps = std::min(engine.steps.size(), specification.steps.size());
  for (size_t n = 0; n < steps; ++n) {
    const int at = static_cast<int>(n);
    const ArrayStep& got = engine.steps[n];
    const ArrayStep& want = specification.steps[n];
    if (const auto found = OperandsOf(at, got, want, slots)) return *found;
    if (const auto found = SumsOf(at, got, want, slots)) return *found;
  }
  if (engine.steps.size() != specification.steps.size()) {
    return Found(Cause::kSteps, static_cast<int>(steps),
                 fmt::format("the pixel took {} array steps instead of {}", engine.steps.size(),
                             specification.steps.size()));
  }
  for (const int each : slots) {
    const auto got = DecodeParameters(engine.parameters.at(static_cast<size_t>(each)));
    const auto want = DecodeParameters(specification.parameters.at(static_cast<size_t>(each)));
    if (got == want) continue;
    return Found(Cause::kParameters, -1,
                 fmt::format("the accumulator agrees with the golden model, the parameters that "
                             "were read for the requantisation do not: {} instead of {}",
                             Say(got), Say(want)));
  }
  return Found(Cause::kRequantisation, -1,
               "the accumulator and the parameters agree with the golden model, only bias, "
               "requantisation or clamp differ");
}

std::string LastWriter(const EngineLog& engine, const sim::ArrayStep& step, bool weights) {
  const uint32_t address = weights ? step.weight_address : step.address;
  std::string text = "nothing was put there before";
  uint64_t last = 0;
  const auto consider = [&](const char* who, uint64_t cycle, uint64_t data) {
    if (cycle > step.cycle || cycle < last) return;
    last = cycle;
    text = fmt::format("{} put {:016x} there in cycle {}", who, data, cycle);
  };
  for (const sim::LoadedWord& word : engine.loads()) {
    const bool here = word.weights == weights && word.address == address;
    if (here && (weights || !step.squeeze)) consider("LOAD", word.cycle, word.data);
  }
  for (const sim::ResultWord& word : engine.results()) {
    const bool here = word.squeeze == step.squeeze && word.address == address;
    if (here && !weights) consider("COMPUTE", word.cycle, word.data);
  }
  return text;
}

Diagnosis DiagnoseWord(const Divergence& d) {
  if (d.missing || d.surplus) {
    return Found(Cause::kMissing, -1,
                 d.missing ? "the engine stopped before this word, or lost it"
                           : "the engine made a word more than the command asks for");
  }
  const bool moved = d.expected_place != d.got_place;
  const std::string where =
      moved ? fmt::format("went to {} instead of {}", d.got_place, d.expected_place)
            : fmt::format("arrived as {:016x} instead of {:016x} at {}", d.got, d.expected,
                          d.expected_place);
  switch (d.boundary) {
    case Boundary::kLoad:
      return Found(Cause::kLoad, -1, "LOAD is wrong: the word " + where);
    case Boundary::kWritten:
      return Found(Cause::kPool, -1,
                   fmt::format("the requantised words are right, the pool or sum stage made "
                               "{:016x} of them instead of {:016x}",
                               d.got, d.expected));
    case Boundary::kPlaced:
      return Found(Cause::kPlacement, -1, "the result is right, but the word " + where);
    case Boundary::kStored:
      return Found(Cause::kStore, -1, "the result is right, but in STORE the word " + where);
    case Boundary::kRequantised:
      break;
  }
  return Found(Cause::kUnseen, -1,
               "the pixel's steps could not be seen: the engine did not come this far again");
}

}  // namespace fragua::app

// Data between memory and engine: every line of the bus, then whole layers.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "difference_pattern.h"
#include "engine_probe.h"
#include "examination.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "self_test_layers.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

constexpr uint32_t kWatchdogCycles = 100000;
/// A value that is no command's.
constexpr uint8_t kNoOpcode = 0x7E;
const char* const kHalfWidth =
    "the HP port is at 32 bits; see HP0 width: clear bit 0 of AFI_RDCHAN_CTRL and AFI_WRCHAN_CTRL "
    "(devmem 0xF8008000, devmem 0xF8008014), for good by a boot loader built from this design's "
    "fragua.xsa";

std::vector<uint32_t> Patterns() {
  std::vector<uint32_t> patterns = {0xFFFFFFFF, 0x55555555, 0xAAAAAAAA};
  for (int i = 0; i < 32; ++i) patterns.push_back(1u << i);
  return patterns;
}

/// One half of the bus: which of its lines have been seen wrong.
struct Half {
  uint32_t wrong = 0;
  std::string failure;  ///< the first command that did not do what it should
};

std::string Describe(const EngineProbe::Outcome& outcome) {
  if (!outcome.ended) return "no answer";
  return fmt::format("error {}", regs::Name(outcome.error));
}

/// A SIGNAL's value comes back in SEQUENCE: bits 31:0 of a word.
Half LowerHalf(EngineProbe& probe, nanoseconds patience) {
  Half half;
  for (const uint32_t pattern : Patterns()) {
    regs::Command command = regs::MakeCommand(regs::Opcode::kSignal);
    command.Set(regs::signal::kValue, pattern);
    probe.Start(command, kWatchdogCycles);
    const EngineProbe::Outcome outcome = probe.Finish(patience);
    if (outcome.ended && outcome.error == regs::ErrorCode::kNone) {
      half.wrong |= outcome.sequence ^ pattern;
    } else if (half.failure.empty()) {
      half.failure = fmt::format("a SIGNAL ends with {}", Describe(outcome));
    }
  }
  return half;
}

/// The tag of a command that cannot be executed comes back in ERROR_TAG: bits 63:32 of a word.
Half UpperHalf(EngineProbe& probe, nanoseconds patience) {
  Half half;
  for (const uint32_t pattern : Patterns()) {
    regs::Command command;
    command.Set(regs::header::kOpcode, kNoOpcode).Set(regs::header::kTag, pattern);
    probe.Start(command, kWatchdogCycles);
    const EngineProbe::Outcome outcome = probe.Finish(patience);
    if (outcome.ended && outcome.error == regs::ErrorCode::kIllegalOpcode) {
      half.wrong |= outcome.tag ^ pattern;
    } else if (half.failure.empty()) {
      half.failure = fmt::format("an illegal command ends with {}", Describe(outcome));
    }
  }
  return half;
}

struct LayerResult {
  std::vector<uint8_t> expected, got;
};

/// One inference on the engine, and the same by the portable kernels.
LayerResult RunLayer(const Examination& exam, LinuxPort& port, const SelfTestLayer& layer) {
  const model::Graph& graph = layer.graph;
  const int output = graph.outputs[0];
  LayerResult result;
  TensorStore reference(graph);
  reference.Set(graph.inputs[0], layer.input);
  ArmExecutor(graph, PortableKernels()).Run(reference);
  const auto expected = reference.Bytes(output);
  result.expected.assign(expected.begin(), expected.end());

  CompileOptions compile;
  compile.engine = exam.options().port.engine;
  compile.ddr = exam.options().board.ddr;
  compile.stamps = false;  // a damaged stamp would be noticed before the damage is seen as a whole
  RuntimeOptions options;
  options.board = exam.options().board;
  options.retries = 0;
  options.timeout_floor = std::max(options.timeout_floor, exam.options().timeout);
  TensorStore store(graph);
  store.Set(graph.inputs[0], layer.input);
  Runtime(graph, Compile(graph, PlaceAllOnFabric(graph, compile.engine), compile), port, options)
      .Run(store);
  const auto got = store.Bytes(output);
  result.got.assign(got.begin(), got.end());
  port.ReleaseAll();
  return result;
}

std::string FixOf(DifferenceKind kind, DmaSource source) {
  switch (kind) {
    case DifferenceKind::kNone:
      return "";
    case DifferenceKind::kUpperHalves:
    case DifferenceKind::kLowerHalves:
      return kHalfWidth;
    case DifferenceKind::kLines:
      return source == DmaSource::kUio
                 ? "leave the region out of the kernel's map (no-map, fragua-reserved.dtso)"
                 : "cache maintenance does not reach the engine: --dma uio with "
                   "fragua-reserved.dtso, or u-dma-buf of version 1.0 or later without "
                   "dma-coherent in its node";
    case DifferenceKind::kLanes:
    case DifferenceKind::kScattered:
      return "FCLK0 may be too fast (see FCLK0 rate) or timing not met (timing.txt of the "
             "bitstream); then fragua run --record run.log here and fragua replay run.log on a "
             "computer name the first wrong byte";
  }
  FRAGUA_CHECK(false, fmt::format("kind {}", static_cast<int>(kind)));
  return "";
}

void CheckLayer(Examination& exam, LinuxPort& port, const std::string& check,
                const SelfTestLayer& layer) {
  exam.Begin(check);
  const std::string expected = layer.what + ", equal to the portable kernel's";
  try {
    const LayerResult result = RunLayer(exam, port, layer);
    const DifferencePattern pattern = DescribeDifferences(result.expected, result.got);
    if (pattern.kind == DifferenceKind::kNone) {
      exam.Add(Verdict::kOk, fmt::format("{} equal bytes", result.got.size()), expected);
    } else {
      exam.Add(Verdict::kFailed, pattern.text, expected, FixOf(pattern.kind, port.memory().source));
    }
  } catch (const Error& error) {
    port.ReleaseAll();
    exam.AddFailure(error, expected);
  }
}

}  // namespace

bool CheckReadLanes(Examination& exam, LinuxPort& port) {
  exam.Begin("data lines, read");
  const std::string expected = "all 64 carry both values";
  // Fetching one command; the rest is for a kernel that gives the processor to somebody else.
  const nanoseconds patience = std::chrono::milliseconds(20) + exam.options().timeout;
  Half lower, upper;
  try {
    EngineProbe probe(port);
    lower = LowerHalf(probe, patience);
    upper = UpperHalf(probe, patience);
  } catch (const Error& error) {
    exam.AddFailure(error, expected);
    return false;
  }
  const bool lower_good = lower.wrong == 0 && lower.failure.empty();
  if (lower_good && upper.wrong == 0 && upper.failure.empty()) {
    exam.Add(Verdict::kOk, fmt::format("{} commands read as written", 2 * Patterns().size()),
             expected);
    return true;
  }
  if (lower_good && upper.wrong == 0xFFFFFFFF) {
    exam.Add(Verdict::kFailed,
             "every second 32-bit word is wrong (the upper half of the 64-bit words)", expected,
             kHalfWidth);
    return false;
  }
  std::string found = fmt::format("wrong: bits 0x{:08X}{:08X}", upper.wrong, lower.wrong);
  for (const Half* half : {&lower, &upper}) {
    if (!half->failure.empty()) found += "; " + half->failure;
  }
  exam.Add(Verdict::kFailed, found, expected,
           "does the memory lie where the kernel says (see memory region)? Does cache maintenance "
           "reach the engine: --dma uio with fragua-reserved.dtso? Is FCLK0 too fast?");
  return false;
}

void CheckLayers(Examination& exam, LinuxPort& port) {
  CheckLayer(exam, port, "data lines, write", CopyLayer(exam.options().port.engine));
  CheckLayer(exam, port, "convolution", ConvolutionLayer());
}

}  // namespace fragua::driver

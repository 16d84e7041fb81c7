#include "fragua/driver/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/cost_model.h"
#include "fragua/driver/layout.h"
#include "fragua/driver/registers.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

/// Memory and constants for one call of any kernel, of the size of a middle layer of SqueezeNet.
class Bench {
 public:
  explicit Bench(const ArmKernels& kernels) : kernels_(kernels) {
    // Any bytes do; -128 among the weights would choose slower sums than networks need.
    for (size_t i = 0; i < input_.size(); ++i) input_[i] = static_cast<int8_t>(i * 37 + i / 256);
    for (size_t i = 0; i < weights_.size(); ++i) {
      weights_[i] = static_cast<int8_t>(static_cast<int>(i * 29 + i / 256) % 255 - 127);
    }
  }

  ArmWork Run(ArmKernel kind) {
    switch (kind) {
      case ArmKernel::kConv:
        return Conv(kind, {14, 14, 64}, {14, 14, 64}, 3);
      case ArmKernel::kFullyConnected:
        return Conv(kind, {1, 1, 1024}, {1, 1, 256}, 1);
      case ArmKernel::kDepthwise:
        return Conv(kind, {28, 28, 64}, {28, 28, 64}, 3);
      case ArmKernel::kMaxPool:
        return Pool(kind, {28, 28, 64}, {13, 13, 64}, 3);
      case ArmKernel::kAveragePool:
        return Pool(kind, {14, 14, 64}, {4, 4, 64}, 7);
      case ArmKernel::kMean:
        return Mean({14, 14, 256});
      case ArmKernel::kAdd:
        kernels_.add({.elements = kElements,
                      .a = input_.data(),
                      .b = weights_.data(),
                      .a_factor = kFactor,
                      .b_factor = kFactor,
                      .out_factor = kFactor,
                      .output = output_.data()});
        return {kind, kElements, kElements};
      case ArmKernel::kRescale:
        kernels_.rescale({.elements = kElements,
                          .input = input_.data(),
                          .factor = kFactor,
                          .output = output_.data()});
        return {kind, kElements, kElements};
      case ArmKernel::kSoftmax:
        kernels_.softmax({.rows = 1,
                          .depth = 1000,
                          .multiplier = 1 << 30,
                          .left_shift = 22,
                          .diff_min = -250,
                          .input = input_.data(),
                          .output = output_.data()});
        return {kind, 1000, 1000};
    }
    return {};
  }

  /// To the engine's layout and back; the bytes of one conversion.
  int64_t Convert() {
    const BlockedMap map{28, 28, 64, 16};
    const auto bytes = static_cast<size_t>(map.bytes());
    NhwcToBlocked(map, std::span(input_).first(bytes), std::span(output_).first(bytes));
    BlockedToNhwc(map, std::span(output_).first(bytes), std::span(input_).first(bytes));
    return map.bytes();
  }

 private:
  static constexpr int64_t kElements = 28 * 28 * 64;
  static constexpr model::Multiplier kFactor{1518500250, -2};

  ArmWork Conv(ArmKernel kind, MapShape in, MapShape out, int window) {
    ConvArgs args;
    args.in = in;
    args.out = out;
    args.window = {.height = window,
                   .width = window,
                   .pad_top = (window - 1) / 2,
                   .pad_left = (window - 1) / 2};
    args.input = input_.data();
    args.weights = weights_.data();
    args.bias = bias_.data();
    args.factors = factors_.data();
    args.output = output_.data();
    const bool depthwise = kind == ArmKernel::kDepthwise;
    const auto pack = depthwise ? kernels_.pack_depthwise : kernels_.pack_conv;
    auto& packed = packed_[static_cast<size_t>(kind)];
    if (pack && !packed) packed = pack(args);
    args.packed = packed.get();
    (depthwise ? kernels_.depthwise : kernels_.conv)(args);
    const int64_t products = int64_t{1} * window * window * (depthwise ? 1 : in.channels);
    return {kind, out.elements() * products, out.elements()};
  }

  ArmWork Pool(ArmKernel kind, MapShape in, MapShape out, int window) {
    PoolArgs args;
    args.in = in;
    args.out = out;
    args.window = {.height = window, .width = window, .stride_h = 2, .stride_w = 2};
    args.input = input_.data();
    args.output = output_.data();
    (kind == ArmKernel::kMaxPool ? kernels_.max_pool : kernels_.average_pool)(args);
    return {kind, out.elements() * window * window, out.elements()};
  }

  ArmWork Mean(MapShape in) {
    kernels_.sum_map({in, input_.data(), sums_.data()});
    kernels_.mean({.elements = in.channels,
                   .count = int64_t{in.height} * in.width,
                   .sums = sums_.data(),
                   .factor = kFactor,
                   .output = output_.data()});
    return {ArmKernel::kMean, in.elements(), in.channels};
  }

  const ArmKernels& kernels_;
  std::vector<int8_t> input_ = std::vector<int8_t>(kElements);
  std::vector<int8_t> weights_ = std::vector<int8_t>(256 * 1024);
  std::vector<int8_t> output_ = std::vector<int8_t>(kElements);
  std::vector<int32_t> bias_ = std::vector<int32_t>(256);
  std::vector<model::Multiplier> factors_ =
      std::vector<model::Multiplier>(256, model::Multiplier{1518500250, -8});
  std::vector<int32_t> sums_ = std::vector<int32_t>(256);
  std::array<std::shared_ptr<const PackedWeights>, kArmKernels> packed_;
};

class Clock {
 public:
  explicit Clock(const CalibrateOptions& options) : options_(options) {}

  /// Nanoseconds of one call of `work`: the best of five samples, each as many calls as fill its
  /// share of the time. The first call is not counted: it finds caches cold and packs weights.
  /// `prepare` comes before every call and is not counted.
  template <typename Work, typename Prepare>
  double Measure(Work work, Prepare prepare, int64_t max_calls) const {
    constexpr int kSamples = 5;
    prepare();
    work();
    double best = 0;
    for (int sample = 0; sample < kSamples; ++sample) {
      const double end = Now() + options_.seconds / kSamples;
      double elapsed = 0;
      int64_t calls = 0;
      do {
        prepare();
        const double begin = Now();
        work();
        elapsed += Now() - begin;
        ++calls;
      } while ((Now() < end || elapsed <= 0) && calls < max_calls);
      const double each = elapsed * 1e9 / static_cast<double>(calls);
      best = sample == 0 ? each : std::min(best, each);
    }
    return best;
  }

  /// Of something that takes time.
  template <typename Work>
  double Measure(Work work) const {
    constexpr int64_t kMaxCalls = 1'000'000;  // bounds the calls where the clock stands still
    const double ns = Measure(
        work, [] {}, kMaxCalls);
    if (ns > 0) return ns;
    throw Error(ErrorKind::kDevice,
                fmt::format("the clock stood still during {} runs of a kernel; expected one that "
                            "moves: is this machine's clock set up?",
                            kMaxCalls));
  }

 private:
  double Now() const {
    if (options_.clock) return options_.clock();
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  const CalibrateOptions& options_;
};

Calibration::Device MeasureDevice(const BoardConfig& board, const CalibrateOptions& options,
                                  DevicePort& port) {
  CalibrateOptions on_port = options;  // where the device is modelled, so is its time
  on_port.clock = [&port] { return std::chrono::duration<double>(port.Now()).count(); };
  const Clock clock(on_port);
  constexpr size_t kBytes = 64 * 1024;
  constexpr size_t kPage = 4096;
  const DmaBuffer buffer = port.Allocate(kBytes, kPage);
  const double lines = static_cast<double>(kBytes) / board.processor.cache_line_bytes;
  // Uncached memory needs no maintenance: it may cost nothing at all.
  constexpr int64_t kMaxCalls = 1000;
  constexpr int kAccesses = 100;  // in one timing: a single one is as short as asking for the time
  const auto nothing = [] {};
  Calibration::Device result;
  // Cleaning costs nothing unless there is something to clean.
  const auto touch = [&] { std::fill(buffer.host.begin(), buffer.host.end(), uint8_t{1}); };
  const auto clean = [&] { port.SyncForDevice(buffer, 0, kBytes); };
  const auto invalidate = [&] { port.SyncForCpu(buffer, 0, kBytes); };
  result.clean_ns_per_line = clock.Measure(clean, touch, kMaxCalls) / lines;
  result.invalidate_ns_per_line = clock.Measure(invalidate, nothing, kMaxCalls) / lines;
  const auto read = [&] {
    for (int i = 0; i < kAccesses; ++i) port.Read32(regs::kRegId);
  };
  // Writing no ones to a register that is cleared by ones changes nothing.
  const auto write = [&] {
    for (int i = 0; i < kAccesses; ++i) port.Write32(regs::kRegIrqStatus, 0);
  };
  result.register_read_ns = clock.Measure(read, nothing, kMaxCalls) / kAccesses;
  result.register_write_ns = clock.Measure(write, nothing, kMaxCalls) / kAccesses;
  port.ReleaseAll();
  return result;
}

}  // namespace

Calibration Calibrate(const BoardConfig& board, const CalibrateOptions& options, DevicePort* port) {
  BoardConfig one_cycle = board;
  for (auto& kernel : one_cycle.processor.kernels) kernel.cycles_per_instruction = 1;
  const ArmCostModel cost(one_cycle);
  const int steps = kArmKernels + 1 + (port ? 1 : 0);
  int step = 0;
  const auto report = [&](const std::string& what) {
    if (options.progress) options.progress(static_cast<double>(step) / steps, what);
    ++step;
  };
  const Clock clock(options);
  Bench bench(BestKernels());
  Calibration result;
  for (int i = 0; i < kArmKernels; ++i) {
    const auto kind = static_cast<ArmKernel>(i);
    report(Name(kind));
    ArmWork work;
    const double ns = clock.Measure([&] { work = bench.Run(kind); });
    result.cycles_per_instruction[static_cast<size_t>(i)] = ns / cost.WorkNs(work);
  }
  report("copy");
  int64_t bytes = 0;
  const double ns = clock.Measure([&] { bytes = bench.Convert(); });
  result.copy_bytes_per_ns = static_cast<double>(2 * bytes) / ns;
  if (port != nullptr) {
    report("device");
    result.device = MeasureDevice(board, options, *port);
  }
  return result;
}

}  // namespace fragua::driver

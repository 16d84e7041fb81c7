#pragma once
// What leaves an engine's output path, put together as tensors, where the device can show it.

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comparison.h"
#include "device.h"
#include "fragua/driver/program.h"
#include "fragua/model/graph.h"
#ifdef FRAGUA_HAVE_ENGINE_MODEL
#include "fragua/sim/tap.h"
#include "fragua/sim/trace_file.h"
#include "tap_assembler.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_ENGINE_MODEL
/// Of one engine of the device. Keeps references to graph and plan; must outlive the device's runs.
class OutputTap {
 public:
  OutputTap(const model::Graph& graph, const driver::Plan& plan, Device& device, size_t engine)
      : tap_(graph, plan, true), present_(device.HasTap()) {
    if (!present_) return;
    device.SetTap(static_cast<int>(engine), [this](const sim::TapWord& word) {
      first_cycle_ = std::min(first_cycle_, word.cycle);
      last_cycle_ = std::max(last_cycle_, word.cycle);
      tap_.Add(word);
    });
  }
  void Clear() { tap_.Clear(); }
  void AddSource(std::vector<TensorSource>& sources) const {
    if (present_) sources.push_back([this](int tensor) { return tap_.Tensor(tensor); });
  }
  const TapAssembler* origins() const { return present_ ? &tap_ : nullptr; }
  /// Where the waveform is, and when there was something to see: idle cycles are counted but not
  /// simulated, so a window can miss the engine altogether.
  std::string DescribeTrace(const std::string& path, int engine, int engines) const {
    const std::string file = sim::TraceFileOf(path, engine, engines);
    return fmt::format("{}; the engine's first result came in cycle {}, its last in cycle {}",
                       std::filesystem::exists(file)
                           ? "waveform in " + file
                           : "no waveform: the engine was idle in these cycles",
                       first_cycle_, last_cycle_);
  }

 private:
  TapAssembler tap_;
  bool present_;
  uint64_t first_cycle_ = UINT64_MAX;
  uint64_t last_cycle_ = 0;
};
#else
struct OutputTap {
  OutputTap(const model::Graph&, const driver::Plan&, Device&, size_t) {}
  void Clear() {}
  void AddSource(std::vector<TensorSource>&) const {}
  const TapAssembler* origins() const { return nullptr; }
  std::string DescribeTrace(const std::string&, int, int) const { return ""; }
};
#endif

}  // namespace fragua::app

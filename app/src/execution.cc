#include "execution.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "comparison.h"
#include "configs.h"
#include "execution_parts.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/model/error.h"
#include "interrupt.h"
#include "progress.h"
#ifdef FRAGUA_HAVE_GOLDEN
#include "fragua/golden/executor.h"
#endif

namespace fragua::app {

RunReport NewReport(const model::Graph& graph, const std::string& place) {
  RunReport report;
  report.network = graph.name;
  report.backend = place;
  for (const model::Op& op : graph.ops) {
    LayerReport layer;
    layer.name = op.name;
    layer.op = model::Name(op.type);
    layer.place = place;
    layer.macs = model::MacCount(graph, op);
    report.layers.push_back(std::move(layer));
  }
  return report;
}

void SetInputs(const model::Graph& graph, const Inference& inputs, driver::TensorStore& store) {
  store.Clear();
  for (size_t i = 0; i < graph.inputs.size(); ++i) store.Set(graph.inputs[i], inputs[i]);
}

Inference GetOutputs(const model::Graph& graph, const driver::TensorStore& store) {
  Inference outputs;
  for (const int tensor : graph.outputs) {
    const auto bytes = store.Bytes(tensor);
    outputs.emplace_back(bytes.begin(), bytes.end());
  }
  return outputs;
}

std::span<const uint8_t> FromStore(const driver::TensorStore& store, int tensor) {
  return store.Has(tensor) ? store.Bytes(tensor) : std::span<const uint8_t>{};
}

driver::PlacementRequest ReadPlacement(const std::string& text) {
  driver::PlacementRequest request;
  request.origin = "--placement " + text;
  if (text == "arm") {
    request.fallback = driver::Wish::kArm;
  } else if (text == "fabric") {
    request.fallback = driver::Wish::kFabric;
  } else if (text == "auto") {
    request.fallback = driver::Wish::kAuto;
  } else {
    return driver::LoadPlacement(ConfigPath("experiments", text));
  }
  return request;
}

void CheckOptions(const RunOptions& options) {
  const bool on_device = options.backend == "rtl" || options.backend == "functional";
  const std::pair<const char*, bool> of_engine[] = {
      {"--ledger", !options.ledger.empty()},
      {"--ddr-latency", options.ddr_latency != 1},
      {"--ddr-bandwidth", options.ddr_bandwidth != 1}};
  for (const auto& [name, given] : of_engine) {
    if (given && !on_device) {
      ThrowInput(fmt::format("{} needs --backend rtl or functional: backend {} has no engine", name,
                             options.backend));
    }
  }
  const std::pair<const char*, bool> of_rtl[] = {{"--trace", !options.trace.empty()},
                                                 {"--stalls", options.stall_seed.has_value()}};
  for (const auto& [name, given] : of_rtl) {
    if (given && options.backend != "rtl") {
      ThrowInput(fmt::format("{} needs --backend rtl: backend {} has no bus and no waveform", name,
                             options.backend));
    }
  }
  if (options.batch > 0 && (options.backend == "golden" || options.backend == "arm")) {
    ThrowInput(fmt::format("--batch needs --backend rtl or functional: backend {} has no engines",
                           options.backend));
  }
  if (!options.record.empty() && (options.backend == "golden" || options.backend == "arm")) {
    ThrowInput("--record needs a device: backend " + options.backend + " has none");
  }
  if (options.threads > 1 && options.backend != "arm") {
    ThrowInput(
        fmt::format("--threads {} needs --backend arm: with backend {} the threads are not "
                    "the processor's",
                    options.threads, options.backend));
  }
  for (const std::string& path :
       {options.output, options.json, options.trace, options.ledger, options.record}) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code failed;
    if (!folder.empty() && !std::filesystem::is_directory(folder, failed)) {
      ThrowInput(
          fmt::format("{}: cannot be written, there is no folder {}", path, folder.string()));
    }
  }
}

Execution ExecuteGolden(const model::Graph& graph, const std::vector<Inference>& inputs,
                        const RunOptions& options) {
#ifdef FRAGUA_HAVE_GOLDEN
  Execution execution;
  execution.report = NewReport(graph, "golden");
  const auto start = Clock::now();
  Progress progress("golden", options.quiet);
  for (size_t n = 0; n < inputs.size(); ++n) {
    golden::RunOptions run;
    auto last = Clock::now();
    run.progress = [&](int done, int count) {
      ThrowIfInterrupted();
      if (done > 0)
        execution.report.layers[static_cast<size_t>(done) - 1].ms = 1000 * Seconds(last);
      last = Clock::now();
      progress.Update((static_cast<double>(n) + static_cast<double>(done) / count) /
                          static_cast<double>(inputs.size()),
                      fmt::format("inference {} of {}", n + 1, inputs.size()));
    };
    const golden::Values values = golden::Run(graph, inputs[n], run);
    if (!execution.report.layers.empty()) execution.report.layers.back().ms = 1000 * Seconds(last);
    Inference outputs;
    for (const int tensor : graph.outputs) outputs.push_back(values[static_cast<size_t>(tensor)]);
    execution.outputs.push_back(std::move(outputs));
  }
  execution.report.wall_s = Seconds(start);
  return execution;
#else
  static_cast<void>(graph), static_cast<void>(inputs), static_cast<void>(options);
  ThrowInput(
      "--backend golden: this build has no golden model; use --backend arm, or build with "
      "FRAGUA_GOLDEN=ON");
#endif
}

Execution ExecuteArm(const model::Graph& graph, const std::vector<Inference>& inputs,
                     const RunOptions& options) {
  Execution execution;
  execution.report = NewReport(graph, "arm");
  const driver::ArmExecutor executor(graph, driver::BestKernels(), options.threads);
  driver::TensorStore store(graph);
  execution.report.notes.push_back(
      fmt::format("kernels: {}, {} thread(s)", driver::BestKernels().name, options.threads));
  Progress progress("arm", options.quiet);
  const auto start = Clock::now();
  for (const Inference& each : inputs) {
    ThrowIfInterrupted();
    SetInputs(graph, each, store);
    for (size_t op = 0; op < graph.ops.size(); ++op) {
      const auto before = Clock::now();
      executor.RunOp(static_cast<int>(op), store);
      execution.report.layers[op].ms = 1000 * Seconds(before);
      progress.Update(static_cast<double>(op) / static_cast<double>(graph.ops.size()),
                      graph.ops[op].name);
      ThrowIfInterrupted();
    }
    execution.outputs.push_back(GetOutputs(graph, store));
    CompareWithGolden(graph, each, {[&](int tensor) { return FromStore(store, tensor); }}, nullptr,
                      execution.report);
  }
  execution.report.wall_s = Seconds(start);
  return execution;
}

}  // namespace fragua::app

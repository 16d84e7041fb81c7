// Partition, compile, run on the engine, and compare.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "comparison.h"
#include "configs.h"
#include "device.h"
#include "execution_parts.h"
#include "fragua/driver/batch.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/cost_model.h"
#include "fragua/driver/recording_port.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "output_tap.h"
#include "progress.h"

namespace fragua::app {

namespace {

double Milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::map<std::string, int64_t> Stalls(const driver::EngineCounters& counters) {
  return {{"wait_weights", static_cast<int64_t>(counters.wait_weights)},
          {"wait_activations", static_cast<int64_t>(counters.wait_activations)},
          {"wait_output", static_cast<int64_t>(counters.wait_output)},
          {"requant", static_cast<int64_t>(counters.wait_requant)},
          {"overhead", static_cast<int64_t>(counters.overhead)},
          {"idle", static_cast<int64_t>(counters.idle)}};
}

void AddCounters(const driver::EngineCounters& counters, int macs_per_cycle, LayerReport& layer) {
  layer.cycles = static_cast<int64_t>(counters.cycles);
  if (counters.cycles > 0) {
    layer.utilisation = static_cast<double>(layer.macs) / (static_cast<double>(counters.cycles) *
                                                           static_cast<double>(macs_per_cycle));
  }
  layer.stalls = Stalls(counters);
}

void FillReport(const driver::Plan& plan, const driver::RunReport& run, RunReport& report) {
  for (size_t op = 0; op < report.layers.size(); ++op) {
    report.layers[op].place = driver::Name(plan.placement[op].place);
    report.layers[op].reason = plan.placement[op].reason;
    report.layers[op].ddr_read_bytes = report.layers[op].ddr_write_bytes = 0;
    report.layers[op].ddr_compulsory_bytes = 0;
  }
  for (const driver::Program& program : plan.programs) {
    for (const driver::OpTraffic& traffic : program.traffic) {
      LayerReport& layer = report.layers[static_cast<size_t>(traffic.op)];
      layer.ddr_read_bytes += traffic.read_bytes;
      layer.ddr_write_bytes += traffic.write_bytes;
    }
    for (const driver::OpTraffic& traffic : program.compulsory) {
      report.layers[static_cast<size_t>(traffic.op)].ddr_compulsory_bytes +=
          traffic.read_bytes + traffic.write_bytes;
    }
  }
  for (const driver::OpReport& op : run.ops) {
    LayerReport& layer = report.layers[static_cast<size_t>(op.op)];
    layer.ms = Milliseconds(op.time);
    AddCounters(op.counters, plan.engine.macs_per_cycle(), layer);
  }
  driver::EngineCounters total;
  for (const driver::StepReport& step : run.steps) total += step.counters;
  report.total_cycles = static_cast<int64_t>(total.cycles);
  report.ddr_read_bytes = static_cast<int64_t>(total.read_beats) * 8;
  report.ddr_write_bytes = static_cast<int64_t>(total.write_beats) * 8;
  report.causes = Stalls(total);
  report.causes["compute"] = static_cast<int64_t>(total.compute);
  report.total_ms = Milliseconds(run.total);
  report.fabric_ms = Milliseconds(run.fabric);
  report.arm_ms = Milliseconds(run.arm);
  report.transfer_ms = Milliseconds(run.transfer);
  report.macs_per_cycle = plan.engine.macs_per_cycle();
  for (const std::string& event : run.events) report.notes.push_back(event);
}

driver::BoardConfig BoardOf(const RunOptions& options) {
  driver::BoardConfig board = driver::LoadBoardConfig(ConfigPath("boards", options.board));
  const auto scaled = [&options](int latency) {
    return static_cast<int>(std::lround(latency * options.ddr_latency));
  };
  board.ddr.read_latency = scaled(board.ddr.read_latency);
  board.ddr.write_latency = scaled(board.ddr.write_latency);
  board.ddr.efficiency *= options.ddr_bandwidth;
  board.ddr.shared_efficiency *= options.ddr_bandwidth;
  board.ddr.total_beats_per_cycle *= options.ddr_bandwidth;
  return board;
}

driver::BatchOptions BatchOptionsOf(const RunOptions& options, const driver::BoardConfig& board) {
  driver::BatchOptions batch;
  driver::RuntimeOptions& runtime = batch.runtime;
  runtime.board = board;
  // A simulated engine that fails is a finding, not bad luck; a board's is to be lived with.
  const bool simulated = options.backend != "linux";
  runtime.retries = simulated ? 0 : 1;
  runtime.arm_fallback = !simulated;
  if (!simulated) runtime.timeout_floor = std::chrono::milliseconds(options.device.timeout_ms);
  batch.replace_failed = !simulated;
  return batch;
}

void FillBatch(const driver::BatchReport& batch, const driver::EngineConfig& engine,
               size_t pictures, RunReport& report) {
  report.images = static_cast<int64_t>(pictures);
  report.clock_mhz = engine.clock_mhz;
  report.batch_cycles = static_cast<int64_t>(batch.span_cycles);
  for (const driver::BatchReport::Engine& each : batch.engines) {
    report.engines.push_back(
        {static_cast<int64_t>(each.pictures), static_cast<int64_t>(each.busy_cycles)});
  }
}

using Ports = std::span<driver::DevicePort* const>;

/// Runs `work` on the ports, or on the first behind a recorder when one is asked for. A run that
/// fails is recorded up to its end; one that the user interrupts leaves nothing.
void RunRecorded(Ports ports, const RunOptions& options, const std::string& engine,
                 const std::function<void(Ports)>& work) {
  if (options.record.empty()) return work(ports);
  driver::RecordingPort recorder(*ports.front());
  driver::DevicePort* const recorded = &recorder;
  recorder.log().engine = engine;
  recorder.log().backend = options.backend;
  const auto write = [&] {
    model::WriteFileAtomically(options.record, driver::EncodeLog(recorder.log()));
  };
  try {
    work({&recorded, 1});
  } catch (const Error& error) {
    if (!InterruptFlag()) {
      recorder.log().ending = error.what();
      write();
    }
    throw;
  }
  write();
}

uint64_t EstimatedCycles(const driver::Plan& plan) {
  uint64_t cycles = 1;
  for (const driver::Program& program : plan.programs) cycles += program.estimated_cycles;
  return cycles;
}

}  // namespace

Execution ExecuteOnDevice(const model::Graph& graph, const std::vector<Inference>& inputs,
                          const RunOptions& options, Watch* watch) {
  driver::CompileOptions compile;
  compile.engine = driver::LoadEngineConfig(ConfigPath("engines", options.engine));
  const driver::BoardConfig board = BoardOf(options);
  compile.ddr = board.ddr;
  const auto fabric = driver::MakeFabricModel(graph, compile);
  const driver::Partition partition = driver::PartitionGraph(
      graph, *fabric, driver::ArmCostModel(board), ReadPlacement(options.placement));
  std::vector<driver::Place> places(graph.ops.size(), driver::Place::kArm);
  for (const driver::PlacedOp& placed : partition.ops)
    places[static_cast<size_t>(placed.op)] = placed.place;
  driver::Plan plan = driver::Compile(graph, places, compile);

  Execution execution;
  execution.report = NewReport(graph, options.backend);
  execution.report.board = board.name;
  execution.report.engine = compile.engine.name;
  if (options.ddr_latency != 1 || options.ddr_bandwidth != 1) {
    execution.report.notes.push_back(fmt::format("DDR latency x {}, bandwidth x {}",
                                                 options.ddr_latency, options.ddr_bandwidth));
  }
  const auto groups = fabric->Groups();
  for (size_t group = 0; group < groups.size(); ++group) {
    for (const int op : groups[group]) {
      execution.report.layers[static_cast<size_t>(op)].group = static_cast<int>(group);
    }
  }
  const auto device = MakeDevice(options, compile.engine, board);
  if (watch != nullptr) {
    watch->plan = plan;
    device->SetObserver(watch->observer);
  }
  // A recording is of one engine, so that it can be replayed into one.
  const size_t engines =
      options.record.empty() ? std::min(device->engines(), inputs.size()) : size_t{1};
  std::vector<std::unique_ptr<OutputTap>> taps;
  for (size_t i = 0; i < engines; ++i) {
    taps.push_back(std::make_unique<OutputTap>(graph, plan, *device, i));
  }
  Progress progress(options.backend, options.quiet);
  const auto start = Clock::now();
  const size_t rounds = (inputs.size() + engines - 1) / engines;
  const double estimate = static_cast<double>(EstimatedCycles(plan)) * static_cast<double>(rounds);
  device->SetProgress([&](uint64_t cycles) {
    progress.Update(static_cast<double>(cycles) / estimate,
                    fmt::format("{} kcycles, {:.0f} kcycle/s", cycles / 1000,
                                static_cast<double>(cycles) / 1000 / Seconds(start)));
  });
  const driver::BatchOptions batch_options = BatchOptionsOf(options, board);
  double comparing = 0;
  driver::BatchReport batch;
  execution.outputs.resize(inputs.size());
  const auto work = [&](Ports ports) {
    driver::Batch runner(graph, plan, ports.first(engines), batch_options);
    const auto begin = [&](size_t picture, int engine, driver::TensorStore& store) {
      ThrowIfInterrupted();
      taps[static_cast<size_t>(engine)]->Clear();
      SetInputs(graph, inputs[picture], store);
    };
    const auto end = [&](size_t picture, int engine, const driver::TensorStore& store,
                         const driver::RunReport& run) {
      // A Ctrl-C that came with the last result is still one.
      ThrowIfInterrupted();
      const OutputTap& tap = *taps[static_cast<size_t>(engine)];
      FillReport(plan, run, execution.report);
      execution.outputs[picture] = GetOutputs(graph, store);
      const auto before = Clock::now();
      const size_t known = execution.report.mismatches.size();
      std::vector<TensorSource> sources;
      tap.AddSource(sources);
      sources.push_back([&](int tensor) { return FromStore(store, tensor); });
      CompareWithGolden(graph, inputs[picture], sources, tap.origins(), execution.report,
                        device->HasTap());
      comparing += Seconds(before);
      for (size_t i = known; inputs.size() > 1 && i < execution.report.mismatches.size(); ++i) {
        execution.report.mismatches[i] +=
            fmt::format(" (inference {}, engine {})", picture, engine);
      }
    };
    batch = runner.Run(inputs.size(), begin, end);
  };
  device->Run([&](Ports ports) { RunRecorded(ports, options, compile.engine.name, work); });
  FillBatch(batch, compile.engine, inputs.size(), execution.report);
  for (const std::string& event : batch.events) execution.report.notes.push_back(event);
  for (size_t i = 0; i < engines && !options.trace.empty(); ++i) {
    execution.report.notes.push_back(taps[i]->DescribeTrace(options.trace, static_cast<int>(i),
                                                            static_cast<int>(device->engines())));
  }
  for (const std::string& note : device->notes()) execution.report.notes.push_back(note);
  execution.report.wall_s = Seconds(start) - comparing;
  execution.report.sim_cycles_per_s =
      static_cast<double>(device->cycles()) / execution.report.wall_s;
  return execution;
}

}  // namespace fragua::app

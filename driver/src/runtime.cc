#include "fragua/driver/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "counters.h"
#include "device.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/cost_model.h"
#include "fragua/model/error.h"
#include "transfer.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kDmaAlignment = 4096;

nanoseconds Nanoseconds(double ns) { return nanoseconds(static_cast<int64_t>(ns)); }

}  // namespace

class Runtime::Impl {
 public:
  Impl(const model::Graph& graph, Plan plan, DevicePort& port, const RuntimeOptions& options)
      : graph_(graph),
        plan_(std::move(plan)),
        port_(port),
        options_(options),
        cost_(options.board),
        arm_ops_(graph.ops.size()) {
    if (plan_.programs.empty()) return;
    device_.emplace(port_, plan_.engine, options_.watchdog_cycles);
    size_t commands = 0;
    uint32_t arena_bytes = 0;
    for (const Program& program : plan_.programs) {
      commands = std::max(commands, program.commands.size());
      arena_bytes = std::max(arena_bytes, program.arena_bytes);
    }
    device_->AllocateRing(commands);
    arena_ = port_.Allocate(std::max<size_t>(arena_bytes, 1), kDmaAlignment);
    for (const Program& program : plan_.programs) LoadProgram(program);
  }

  /// An engine that may still be writing must not outlive the memory it writes to.
  ~Impl() {
    if (!unfinished_) return;
    try {
      device_->Reset();
    } catch (...) {  // nothing is left to tell it to
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const Plan& plan() const { return plan_; }

  RunReport Run(TensorStore& store) {
    RunReport report;
    const nanoseconds begin = port_.Now();
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      const PlanStep& step = plan_.steps[i];
      StepReport entry;
      entry.step = static_cast<int>(i);
      entry.place = step.place;
      if (step.place == Place::kArm) {
        entry.run = RunArm(step.op, store, report);
      } else {
        RunProgram(static_cast<size_t>(step.program), store, entry, report);
      }
      report.transfer += entry.prepare + entry.collect;
      report.steps.push_back(entry);
    }
    report.total = port_.Now() - begin;
    return report;
  }

  void Reset() {
    if (!device_) return;
    device_->Reset();
    unfinished_ = false;
  }

 private:
  /// Uploads the weights and fills in the bus addresses of the commands.
  void LoadProgram(const Program& program) {
    DmaBuffer weights;
    if (!program.weights.empty()) {
      weights = port_.Allocate(program.weights.size(), kDmaAlignment);
      std::memcpy(weights.host.data(), program.weights.data(), program.weights.size());
      port_.SyncForDevice(weights, 0, program.weights.size());
    }
    std::vector<regs::Command> commands = program.commands;
    for (size_t i = 0; i < commands.size(); ++i) {
      if (program.regions[i] == Region::kNone) continue;
      const DmaBuffer& base = program.regions[i] == Region::kWeights ? weights : arena_;
      // LOAD and STORE keep their address in the same place.
      commands[i].Set(regs::load::kDdrAddr,
                      commands[i].Get(regs::load::kDdrAddr) + base.bus_address);
    }
    commands_.push_back(std::move(commands));
  }

  nanoseconds RunArm(int op, TensorStore& store, RunReport& report) {
    const nanoseconds begin = port_.Now();
    std::unique_ptr<ArmOperator>& prepared = arm_ops_[static_cast<size_t>(op)];
    if (!prepared) prepared = PrepareArmOp(graph_, op);
    prepared->Run(store);
    port_.ConsumeCpu(Nanoseconds(cost_.OpNs(graph_, op)));
    const nanoseconds time = port_.Now() - begin;
    report.ops.push_back({op, Place::kArm, time, {}});
    report.arm += time;
    return time;
  }

  void RunProgram(size_t index, TensorStore& store, StepReport& entry, RunReport& report) {
    const Program& program = plan_.programs[index];
    for (int attempt = 0;; ++attempt) {
      const nanoseconds begin = port_.Now();
      std::string left = "an earlier submission was given up";
      if (unfinished_ && !TryReset(left)) {
        return GiveUp(program, left, attempt, store, report);
      }
      PrepareInputs(program, store);
      unfinished_ = true;
      device_->Submit(commands_[index]);
      const nanoseconds rung = port_.Now();
      const EngineDevice::Outcome outcome = device_->Wait(TimeoutOf(program));
      const nanoseconds answered = port_.Now();
      entry.prepare += rung - begin;
      entry.run += answered - rung;
      report.fabric += answered - rung;
      if (outcome.ok) {
        unfinished_ = false;
        entry.counters = Difference(outcome.after, outcome.before);
        Collect(program, outcome, store, report);
        entry.collect = port_.Now() - answered;
        return;
      }
      std::string problem = outcome.problem + Blame(outcome.error_tag);
      const bool last = attempt >= options_.retries;
      const bool clean = !(last && !options_.arm_fallback) && TryReset(problem);
      entry.prepare += port_.Now() - answered;
      if (!last && clean) {
        report.events.push_back(fmt::format("{}; reset, trying again", problem));
        continue;
      }
      GiveUp(program, problem, attempt + 1, store, report);
      return;
    }
  }

  /// A failed reset is one sentence more of the problem.
  bool TryReset(std::string& problem) {
    try {
      Reset();
      return true;
    } catch (const Error& error) {
      problem += fmt::format("; {}", error.what());
      return false;
    }
  }

  void GiveUp(const Program& program, const std::string& problem, int attempts, TensorStore& store,
              RunReport& report) {
    if (!options_.arm_fallback) {
      throw Error(ErrorKind::kDevice,
                  fmt::format("{}; given up after {} attempts", problem, attempts));
    }
    report.events.push_back(
        fmt::format("{}; its {} layers run on the processor instead", problem, program.ops.size()));
    for (const int op : program.ops) RunArm(op, store, report);
  }

  nanoseconds TimeoutOf(const Program& program) const {
    // A watchdog that fires in the last cycle has more to say than a timeout.
    const double cycles = static_cast<double>(program.estimated_cycles) * options_.timeout_factor +
                          options_.watchdog_cycles;
    const double ns = cycles * 1000.0 / plan_.engine.clock_mhz;
    return options_.timeout_floor + Nanoseconds(ns + options_.board.processor.interrupt_ns);
  }

  void PrepareInputs(const Program& program, const TensorStore& store) {
    double ns = options_.board.processor.submit_ns;
    for (const Transfer& input : program.inputs) {
      Pack(input, store, arena_.host.subspan(input.offset, input.bytes));
      port_.SyncForDevice(arena_, input.offset, input.bytes);
      ns += cost_.ConversionNs(input.bytes) + cost_.CleanNs(input.bytes);
    }
    const auto ring_bytes = static_cast<int64_t>(program.commands.size() * regs::Command::kBytes);
    ns += cost_.ConversionNs(ring_bytes) + cost_.CleanNs(ring_bytes);
    port_.ConsumeCpu(Nanoseconds(ns));
  }

  void Collect(const Program& program, const EngineDevice::Outcome& outcome, TensorStore& store,
               RunReport& report) {
    double ns = 0;
    for (const Transfer& output : program.outputs) {
      port_.SyncForCpu(arena_, output.offset, output.bytes);
      const std::span<const uint8_t> memory = arena_.host.subspan(output.offset, output.bytes);
      ns += cost_.InvalidateNs(output.bytes) + cost_.ConversionNs(output.bytes);
      if (output.kind == Transfer::Kind::kSums) {
        RunMeanFromSums(graph_, output.op, ReadSums(output, memory), store);
        ns += cost_.WorkNs({ArmKernel::kRescale, output.layout.channels(), 0});
      } else {
        Unpack(output, memory, store);
      }
    }
    port_.ConsumeCpu(Nanoseconds(ns));
    ReportOps(program, outcome, report);
  }

  /// Cycles of every operator, from the differences between successive stamps.
  void ReportOps(const Program& program, const EngineDevice::Outcome& outcome, RunReport& report) {
    std::map<int, EngineCounters> counters;
    if (!program.stamps.empty()) {
      const uint32_t base = program.stamps.front().offset;
      const size_t bytes = program.stamps.size() * regs::stamp::kBytes;
      port_.SyncForCpu(arena_, base, bytes);
      port_.ConsumeCpu(Nanoseconds(cost_.InvalidateNs(static_cast<int64_t>(bytes))));
      EngineCounters before = outcome.before;
      for (const StampSlot& slot : program.stamps) {
        const EngineCounters at =
            ReadStamp(arena_.host.subspan(slot.offset, regs::stamp::kBytes), slot.tag);
        counters[slot.op] += Difference(at, before);
        before = at;
      }
      // What follows the last stamp is the way of the last results to DDR.
      counters[program.stamps.back().op] += Difference(outcome.after, before);
    }
    for (const int op : program.ops) {
      const EngineCounters& own = counters[op];
      const double ns = static_cast<double>(own.cycles) * 1000.0 / plan_.engine.clock_mhz;
      report.ops.push_back({op, Place::kFabric, Nanoseconds(ns), own});
    }
  }

  /// " (in layer 'x', rows a..b, ...)" for the command that failed.
  std::string Blame(uint32_t tag) const {
    const Plan::CommandId id = plan_.FindTag(tag);
    if (id.program < 0) return "";
    const Program& program = plan_.programs[static_cast<size_t>(id.program)];
    const auto command = static_cast<size_t>(id.command);
    std::string text = fmt::format(" (command {}", id.command);
    if (const int op = program.op_of_command[command]; op >= 0) {
      text += fmt::format(", layer '{}'", graph_.ops[static_cast<size_t>(op)].name);
    }
    if (const int index = program.tile_of_command[command]; index >= 0) {
      const Tile& tile = program.tiles[static_cast<size_t>(index)];
      text += fmt::format(", rows {}..{}, channel blocks {}..{}", tile.first_row,
                          tile.first_row + tile.rows - 1, tile.conv_block,
                          tile.conv_block + tile.blocks - 1);
    }
    return text + ")";
  }

  const model::Graph& graph_;
  Plan plan_;
  DevicePort& port_;
  RuntimeOptions options_;
  ArmCostModel cost_;
  std::optional<EngineDevice> device_;
  bool unfinished_ = false;  ///< a submission has not ended well, and no reset came since
  DmaBuffer arena_;
  std::vector<std::vector<regs::Command>> commands_;  ///< per program, with bus addresses
  std::vector<std::unique_ptr<ArmOperator>> arm_ops_;
};

Runtime::Runtime(const model::Graph& graph, Plan plan, DevicePort& port,
                 const RuntimeOptions& options)
    : impl_(std::make_unique<Impl>(graph, std::move(plan), port, options)) {}
Runtime::~Runtime() = default;
const Plan& Runtime::plan() const { return impl_->plan(); }
RunReport Runtime::Run(TensorStore& store) { return impl_->Run(store); }
void Runtime::Reset() { impl_->Reset(); }

}  // namespace fragua::driver

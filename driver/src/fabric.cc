#include "fabric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "counters.h"
#include "fragua/driver/arm_kernels.h"
#include "transfer.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kDmaAlignment = 4096;

nanoseconds Nanoseconds(double ns) { return nanoseconds(static_cast<int64_t>(ns)); }

}  // namespace

Fabric::Fabric(const model::Graph& graph, const Plan& plan, DevicePort& port,
               const RuntimeOptions& options)
    : graph_(graph), plan_(plan), port_(port), options_(options), cost_(options.board) {
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
  for (const Program& program : plan_.programs) Upload(program);
}

// Uploads the weights and fills in the bus addresses of the commands.
void Fabric::Upload(const Program& program) {
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
    commands[i].Set(regs::load::kDdrAddr, commands[i].Get(regs::load::kDdrAddr) + base.bus_address);
  }
  commands_.push_back(std::move(commands));
}

void Fabric::Submit(size_t program) { device_->Submit(commands_[program]); }

EngineDevice::Outcome Fabric::Wait(const Program& program) {
  return device_->Wait(TimeoutOf(program));
}

void Fabric::Reset() {
  if (device_) device_->Reset();
}

nanoseconds Fabric::TimeoutOf(const Program& program) const {
  // A watchdog that fires in the last cycle has more to say than a timeout.
  const double cycles = static_cast<double>(program.estimated_cycles) * options_.timeout_factor +
                        options_.watchdog_cycles;
  const double ns = cycles * 1000.0 / plan_.engine.clock_mhz;
  return options_.timeout_floor + Nanoseconds(ns + options_.board.processor.interrupt_ns);
}

void Fabric::Prepare(const Program& program, const TensorStore& store) {
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

void Fabric::Collect(const Program& program, const EngineDevice::Outcome& outcome,
                     TensorStore& store, RunReport& report) {
  double ns = 0;
  for (const Transfer& output : program.outputs) {
    port_.SyncForCpu(arena_, output.offset, output.bytes);
    const std::span<const uint8_t> memory = arena_.host.subspan(output.offset, output.bytes);
    ns += cost_.InvalidateNs(output.bytes) + cost_.ConversionNs(output.bytes);
    if (output.kind == Transfer::Kind::kSums) {
      FinishSums(graph_, output.op, ReadSums(output, memory), store);
      ns += cost_.WorkNs({ArmKernel::kRescale, output.layout.channels(), 0});
    } else {
      Unpack(output, memory, store);
    }
  }
  port_.ConsumeCpu(Nanoseconds(ns));
  ReportOps(program, outcome, report);
}

// Cycles of every operator, from the differences between successive stamps.
void Fabric::ReportOps(const Program& program, const EngineDevice::Outcome& outcome,
                       RunReport& report) {
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

std::string Fabric::Blame(uint32_t tag) const {
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

}  // namespace fragua::driver

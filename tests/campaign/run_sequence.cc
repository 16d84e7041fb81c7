#include "run_sequence.h"

#include <fmt/format.h>

#include <bit>
#include <optional>
#include <utility>

#include "busy_port.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/compare.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/sim/platform.h"
#include "memory_mode.h"
#include "observe.h"
#include "random_net.h"
#include "support/tensor_assembler.h"

namespace fragua::campaign {
namespace {

/// The memory behaves as each operator's number says, from the moment its first result comes out.
class MovingMemory {
 public:
  MovingMemory(sim::Platform& platform, const driver::BoardConfig::Ddr& board,
               const Sequence& sequence, const SequenceId& id)
      : platform_(platform), board_(board), sequence_(sequence), id_(id) {}

  void StartInference(int number) {
    number_ = number;
    Enter(0);
  }

  /// Operators are numbered within their net, so that a net alone meets what it met among others.
  void Enter(int op) {
    const int net = sequence_.net_of_op[static_cast<size_t>(op)];
    int first = op;
    while (first > 0 && sequence_.net_of_op[static_cast<size_t>(first - 1)] == net) --first;
    mode_ = RandomMemory(
        board_, Seed({id_.seed, static_cast<uint64_t>(id_.index), static_cast<uint64_t>(net),
                      static_cast<uint64_t>(op - first), static_cast<uint64_t>(number_), 2}));
    platform_.SetMemory(mode_.ddr, mode_.stalls);
    names_.insert(names_.end(), mode_.names.begin(), mode_.names.end());
  }

  uint32_t stalled() const { return mode_.stalled; }
  std::vector<const char*> TakeNames() { return std::exchange(names_, {}); }

 private:
  sim::Platform& platform_;
  const driver::BoardConfig::Ddr board_;
  const Sequence& sequence_;
  const SequenceId& id_;
  int number_ = 0;
  MemoryMode mode_;
  std::vector<const char*> names_;
};

class Runner {
 public:
  Runner(const driver::EngineConfig& engine, const SequenceId& id, const std::atomic<bool>& stop,
         Coverage& coverage, const Spoil& spoil)
      : id_(id), sequence_(MakeSequence(engine, id)), coverage_(coverage), spoil_(spoil) {
    options_.engine = engine;
    options_.stop = &stop;
  }

  SequenceResult Run() {
    const driver::Plan plan = driver::Compile(sequence_.graph, sequence_.places, sequence_.compile);
    sim::Platform platform(options_);
    MovingMemory memory(platform, options_.board.ddr, sequence_, id_);
    try {
      platform.Run([&](driver::DevicePort& port) {
        BusyPort busy(port, Seed({id_.seed, static_cast<uint64_t>(id_.index), 3}));
        driver::RuntimeOptions options;
        options.retries = 0;
        options.timeout_factor = 200;  // the memory may be very slow
        driver::Runtime runtime(sequence_.graph, plan, busy, options);
        for (int i = 0; i < sequence_.inferences && result_.failures.empty(); ++i) {
          Infer(plan, i, runtime, busy, memory, platform);
        }
      });
    } catch (const Error& error) {
      if (options_.stop->load()) {
        result_.stopped = true;
      } else {
        result_.failures.emplace_back(error.what());
      }
    }
    result_.cycles = platform.simulated_cycles();
    return std::move(result_);
  }

 private:
  void Infer(const driver::Plan& plan, int number, driver::Runtime& runtime, BusyPort& busy,
             MovingMemory& memory, sim::Platform& platform) {
    const auto inputs = RandomInputs(
        sequence_.graph,
        Seed({id_.seed, static_cast<uint64_t>(id_.index), static_cast<uint64_t>(number), 4}));
    golden::Values expected = golden::Run(sequence_.graph, inputs);
    if (spoil_) spoil_(sequence_, expected);
    test::TensorAssembler assembler(sequence_.graph, plan);
    Inference inference{sequence_.graph, plan, expected, {}, number};
    inference.stalled.resize(plan.programs.empty() ? 0
                                                   : plan.programs.back().first_tag +
                                                         plan.programs.back().commands.size());
    std::optional<uint32_t> tag;
    int op = -1;
    memory.StartInference(number);
    platform.SetTap([&](const sim::TapWord& word) {
      const bool before = word.stage == sim::TapWord::Stage::kRequantised;
      before ? assembler.Requantised(word.tag, word.data) : assembler.Written(word.tag, word.data);
      if (!before || word.tag == tag) return;
      tag = word.tag;
      const driver::Plan::CommandId at = plan.FindTag(word.tag);
      const driver::Program& program = plan.programs.at(static_cast<size_t>(at.program));
      const int of = program.op_of_command.at(static_cast<size_t>(at.command));
      if (of >= 0 && of != op) memory.Enter(op = of);
      inference.stalled.at(word.tag) = memory.stalled();
    });
    driver::TensorStore store(sequence_.graph);
    for (size_t i = 0; i < inputs.size(); ++i) store.Set(sequence_.graph.inputs[i], inputs[i]);
    const driver::RunReport report = runtime.Run(store);
    platform.SetTap({});
    Compare(plan, expected, store, assembler);
    for (const driver::StepReport& step : report.steps) {
      if (step.place == driver::Place::kArm) continue;
      if (step.counters.CauseSum() != step.counters.cycles) {
        result_.failures.push_back(fmt::format("the causes of cycles add up to {} of {}",
                                               step.counters.CauseSum(), step.counters.cycles));
      }
    }
    if (!result_.failures.empty()) return;
    Count(inference, report, busy, memory);
  }

  /// Every tensor that the processor has seen or that left the engine's output path.
  void Compare(const driver::Plan& plan, const golden::Values& expected,
               const driver::TensorStore& store, const test::TensorAssembler& assembler) {
    const model::Graph& graph = sequence_.graph;
    std::vector<bool> on_engine(graph.ops.size());
    for (const driver::Program& program : plan.programs) {
      for (const int op : program.ops) on_engine[static_cast<size_t>(op)] = true;
    }
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      const model::Op& op = graph.ops[i];
      const int tensor = op.outputs[0];
      std::vector<uint8_t> got;
      if (store.Has(tensor)) {
        const auto bytes = store.Bytes(tensor);
        got.assign(bytes.begin(), bytes.end());
      } else if (on_engine[i] && op.type != model::OpType::kMean) {
        got = assembler.Tensor(tensor);
        const bool address_only = op.type == model::OpType::kPad ||
                                  op.type == model::OpType::kReshape ||
                                  op.type == model::OpType::kConcatenation;
        if (got.empty() && address_only) continue;
      }
      const auto& want = expected[static_cast<size_t>(tensor)];
      if (got == want) continue;
      std::string text =
          fmt::format("{}: {} of {} bytes were seen", op.name, assembler.Seen(tensor), want.size());
      if (got.size() == want.size()) {
        text = golden::Describe(*golden::Compare(op.name, graph.tensor(tensor), want, got));
      }
      result_.failures.push_back(std::move(text));
      result_.failed_net = sequence_.net_of_op[i];
      return;  // what follows is wrong for this reason
    }
  }

  void Count(const Inference& inference, const driver::RunReport& report, BusyPort& busy,
             MovingMemory& memory) {
    for (const char* name : memory.TakeNames()) coverage_.Hit("memory", name, 0);
    size_t most = 2;
    for (const driver::Program& program : inference.plan.programs) {
      result_.layers += EngineLayers(sequence_.graph, program);
      most = std::max(most, program.commands.size());
    }
    for (const driver::Program& program : inference.plan.programs) {
      const size_t places = std::bit_ceil(most);
      const size_t first = commands_ % places;
      commands_ += program.commands.size();
      if (first + program.commands.size() > places) {
        coverage_.Hit("processor", "command ring wraps", 0);
      }
    }
    using Habit = BusyPort::Habit;
    for (const BusyPort::Doorbell& bell : busy.TakeDoorbells()) {
      coverage_.Hit("processor",
                    bell.habit == Habit::kInterrupt ? "interrupt"
                    : bell.habit == Habit::kPoll    ? "polls"
                                                    : "reads registers meanwhile",
                    0);
      if (bell.late) coverage_.Hit("processor", "late doorbell", 0);
    }
    for (const driver::StepReport& step : report.steps) {
      if (step.place == driver::Place::kFabric) ObserveCauses(step.counters, coverage_);
    }
    Observe(inference, coverage_);
  }

  const SequenceId id_;
  const Sequence sequence_;
  Coverage& coverage_;
  const Spoil& spoil_;
  sim::PlatformOptions options_;
  SequenceResult result_;
  size_t commands_ = 0;  ///< submitted so far
};

}  // namespace

SequenceResult RunSequence(const driver::EngineConfig& engine, const SequenceId& id,
                           const std::atomic<bool>& stop, Coverage& coverage, const Spoil& spoil) {
  return Runner(engine, id, stop, coverage, spoil).Run();
}

}  // namespace fragua::campaign

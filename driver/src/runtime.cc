#include "fragua/driver/runtime.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "counters.h"
#include "fabric.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/cost_model.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

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
        fabric_(graph_, plan_, port_, options_),
        arm_ops_(graph.ops.size()) {}

  /// An engine that may still be writing must not outlive the memory it writes to.
  ~Impl() {
    if (!unfinished_) return;
    try {
      fabric_.Reset();
    } catch (...) {  // nothing is left to tell it to
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const Plan& plan() const { return plan_; }

  bool Start(TensorStore& store) {
    run_ = {};
    run_.store = &store;
    run_.begin = port_.Now();
    return Proceed();
  }

  bool Advance() {
    FRAGUA_CHECK(run_.store != nullptr && run_.attempt.has_value(), "no submission to wait for");
    if (!FinishSubmission()) return true;
    ++run_.step;
    return Proceed();
  }

  RunReport TakeReport() { return std::move(run_.report); }

  void Reset() {
    fabric_.Reset();
    unfinished_ = false;
  }

 private:
  /// An inference, from Start() until its last step has ended.
  struct Inference {
    TensorStore* store = nullptr;
    RunReport report;
    nanoseconds begin{0};
    size_t step = 0;
    StepReport entry;            ///< of this step
    std::optional<int> attempt;  ///< number of the submission that is under way, from 0
  };

  /// Steps from run_.step on, until a submission is under way (true) or none is left (false).
  bool Proceed() {
    for (; run_.step < plan_.steps.size(); ++run_.step) {
      const PlanStep& step = plan_.steps[run_.step];
      run_.entry = {};
      run_.entry.step = static_cast<int>(run_.step);
      run_.entry.place = step.place;
      if (step.place == Place::kArm) {
        run_.entry.run = RunArm(step.op);
        EndStep();
      } else if (Submit(static_cast<size_t>(step.program), 0)) {
        return true;
      }
    }
    run_.report.total = port_.Now() - run_.begin;
    run_.store = nullptr;
    return false;
  }

  void EndStep() {
    run_.attempt.reset();
    run_.report.transfer += run_.entry.prepare + run_.entry.collect;
    run_.report.steps.push_back(run_.entry);
  }

  nanoseconds RunArm(int op) {
    const nanoseconds begin = port_.Now();
    std::unique_ptr<ArmOperator>& prepared = arm_ops_[static_cast<size_t>(op)];
    if (!prepared) prepared = PrepareArmOp(graph_, op);
    prepared->Run(*run_.store);
    port_.ConsumeCpu(Nanoseconds(cost_.OpNs(graph_, op)));
    const nanoseconds time = port_.Now() - begin;
    run_.report.ops.push_back({op, Place::kArm, time, {}});
    run_.report.arm += time;
    return time;
  }

  /// Rings a program in: true. False when the step has ended on the processor instead, because the
  /// engine cannot be brought into a state to begin in.
  bool Submit(size_t index, int attempt) {
    const Program& program = plan_.programs[index];
    const nanoseconds begin = port_.Now();
    std::string left = "an earlier submission was given up";
    if (unfinished_ && !TryReset(left)) {
      run_.entry.prepare += port_.Now() - begin;
      GiveUp(program, left, attempt);
      return false;
    }
    fabric_.Prepare(program, *run_.store);
    unfinished_ = true;
    fabric_.Submit(index);
    run_.attempt = attempt;
    run_.entry.doorbell = port_.Now();
    run_.entry.prepare += run_.entry.doorbell - begin;
    return true;
  }

  /// Waits for the submission that is under way. True when the step has ended, false when it was
  /// rung in again.
  bool FinishSubmission() {
    const auto index = static_cast<size_t>(plan_.steps[run_.step].program);
    const Program& program = plan_.programs[index];
    StepReport& entry = run_.entry;
    const int attempt = *run_.attempt;
    const EngineDevice::Outcome outcome = fabric_.Wait(program);
    const nanoseconds answered = port_.Now();
    entry.run += answered - entry.doorbell;
    run_.report.fabric += answered - entry.doorbell;
    if (outcome.ok) {
      unfinished_ = false;
      entry.counters = Difference(outcome.after, outcome.before);
      fabric_.Collect(program, outcome, *run_.store, run_.report);
      entry.collect = port_.Now() - answered;
      EndStep();
      return true;
    }
    std::string problem = outcome.problem + fabric_.Blame(outcome.error_tag);
    const bool last = attempt >= options_.retries;
    const bool clean = !(last && !options_.arm_fallback) && TryReset(problem);
    entry.prepare += port_.Now() - answered;
    if (!last && clean) {
      run_.report.events.push_back(fmt::format("{}; reset, trying again", problem));
      return !Submit(index, attempt + 1);
    }
    GiveUp(program, problem, attempt + 1);
    return true;
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

  /// Ends the step without the engine.
  void GiveUp(const Program& program, const std::string& problem, int attempts) {
    run_.attempt.reset();
    if (!options_.arm_fallback) {
      throw Error(ErrorKind::kDevice,
                  fmt::format("{}; given up after {} attempts", problem, attempts));
    }
    run_.report.events.push_back(
        fmt::format("{}; its {} layers run on the processor instead", problem, program.ops.size()));
    for (const int op : program.ops) RunArm(op);
    EndStep();
  }

  const model::Graph& graph_;
  const Plan plan_;
  DevicePort& port_;
  const RuntimeOptions options_;
  ArmCostModel cost_;
  Fabric fabric_;
  bool unfinished_ = false;  ///< a submission has not ended well, and no reset came since
  Inference run_;
  std::vector<std::unique_ptr<ArmOperator>> arm_ops_;
};

Runtime::Runtime(const model::Graph& graph, Plan plan, DevicePort& port,
                 const RuntimeOptions& options)
    : impl_(std::make_unique<Impl>(graph, std::move(plan), port, options)) {}
Runtime::~Runtime() = default;
const Plan& Runtime::plan() const { return impl_->plan(); }

RunReport Runtime::Run(TensorStore& store) {
  for (bool more = impl_->Start(store); more;) more = impl_->Advance();
  return impl_->TakeReport();
}

bool Runtime::Start(TensorStore& store) { return impl_->Start(store); }
bool Runtime::Advance() { return impl_->Advance(); }
RunReport Runtime::TakeReport() { return impl_->TakeReport(); }
void Runtime::Reset() { impl_->Reset(); }

}  // namespace fragua::driver

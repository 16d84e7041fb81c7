#include "microscope.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "engine_log.h"
#include "fragua/model/error.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

struct LoggedRun {
  Watch watch;
  RunReport report;
  std::string stopped;
};

/// A run whose engine fails is a finding; one that cannot begin is not.
LoggedRun RunLogged(const model::Graph& graph, const Inference& inputs, RunOptions options,
                    const std::string& backend, EngineLog& log) {
  options.backend = backend;
  LoggedRun run;
  run.watch.observer = &log;
  try {
    run.report = ExecuteOnDevice(graph, {inputs}, options, &run.watch).report;
  } catch (const Error& error) {
    ThrowIfInterrupted();
    if (error.kind() == ErrorKind::kInput) throw;
    run.stopped = error.what();
  }
  return run;
}

/// The first wrong byte that is a channel of the network; one of a slot without a channel only
/// where there is no other.
void FindByte(const Divergence& divergence, const WordPlace& place, Finding& finding) {
  int at = -1;
  for (int i = 7; i >= 0; --i) {
    const bool differs = ((divergence.got ^ divergence.expected) >> (8 * i) & 0xFF) != 0;
    const bool known = place.channels[static_cast<size_t>(i)] >= 0;
    const bool better = at < 0 || known || place.channels[static_cast<size_t>(at)] < 0;
    if ((differs || divergence.missing) && better) at = i;
  }
  if (at < 0) at = 0;  // the word is right, its place is not
  finding.slot = place.first_slot + at;
  finding.channel = place.channels[static_cast<size_t>(at)];
  finding.expected = static_cast<int8_t>(divergence.expected >> (8 * at));
  finding.got = static_cast<int8_t>(divergence.got >> (8 * at));
}

void FindSum(const Divergence& divergence, const WordPlace& place, Finding& finding) {
  for (int i = 1; i >= 0; --i) {
    const auto got = static_cast<int32_t>(divergence.got >> (32 * i));
    const auto expected = static_cast<int32_t>(divergence.expected >> (32 * i));
    if (got == expected) continue;
    finding.channel = place.channels[static_cast<size_t>(i)];
    finding.expected = expected;
    finding.got = got;
  }
}

/// Runs both engines again and keeps the steps of the pixel that is wrong.
void LookAtPixel(const model::Graph& graph, const Inference& inputs, const RunOptions& options,
                 const driver::Plan& plan, Finding& finding) {
  const sim::PixelId pixel = finding.place->pixel;
  EngineLog engine(pixel);
  EngineLog specification(pixel);
  RunLogged(graph, inputs, options, "functional", specification);
  RunLogged(graph, inputs, options, "rtl", engine);
  finding.engine = engine.pixel();
  finding.specification = specification.pixel();
  finding.pair = sim::ShapeOf(*CommandOf(plan, pixel.tag), plan.engine).pair;
  if (finding.engine && finding.specification) {
    const int slot = finding.pair ? finding.slot % 8 : finding.slot;
    finding.diagnosis = DiagnosePixel(*finding.engine, *finding.specification, slot, finding.pair);
    const bool weights = finding.diagnosis.cause == Cause::kWeightData;
    if (weights || finding.diagnosis.cause == Cause::kActivationData) {
      const auto& step = finding.engine->steps[static_cast<size_t>(finding.diagnosis.step)];
      finding.diagnosis.sentence += "; " + LastWriter(engine, step, weights);
    }
  }
}

}  // namespace

uint64_t Finding::cycle() const {
  const auto step = static_cast<size_t>(diagnosis.step);
  if (engine && diagnosis.step >= 0 && step < engine->steps.size())
    return engine->steps[step].cycle;
  return divergence.cycle;
}

Examination Examine(const model::Graph& graph, const Inference& inputs, const RunOptions& options) {
  EngineLog engine;
  EngineLog specification;
  LoggedRun of_engine = RunLogged(graph, inputs, options, "rtl", engine);
  const LoggedRun of_commands = RunLogged(graph, inputs, options, "functional", specification);
  Examination examination;
  examination.plan = std::move(of_engine.watch.plan);
  examination.report = std::move(of_engine.report);
  examination.stopped = std::move(of_engine.stopped);
  examination.command_mismatch = of_commands.report.mismatches;
  if (!of_commands.stopped.empty()) examination.command_mismatch.push_back(of_commands.stopped);
  const auto divergence = FirstDivergence(engine, specification);
  if (!divergence) return examination;
  Finding finding;
  finding.divergence = *divergence;
  // What never came is looked for where the engine stood still.
  if (divergence->missing) finding.divergence.cycle = engine.last_cycle();
  finding.place = Locate(graph, examination.plan, specification, *divergence);
  finding.diagnosis = DiagnoseWord(*divergence);
  if (finding.place) {
    if (finding.place->sums) {
      FindSum(*divergence, *finding.place, finding);
    } else {
      FindByte(*divergence, *finding.place, finding);
    }
    if (divergence->boundary == Boundary::kRequantised && !divergence->missing &&
        !divergence->surplus) {
      LookAtPixel(graph, inputs, options, examination.plan, finding);
    }
  }
  examination.finding = std::move(finding);
  return examination;
}

bool Differs(const model::Graph& graph, const Inference& inputs, const RunOptions& options) {
  try {
    return !ExecuteOnDevice(graph, {inputs}, options).report.AllMatch();
  } catch (const Error& error) {
    ThrowIfInterrupted();
    if (error.kind() == ErrorKind::kInput) throw;
    return true;
  }
}

}  // namespace fragua::app

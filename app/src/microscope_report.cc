// The microscope's report in words and tables.

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "microscope.h"

namespace fragua::app {
namespace {

constexpr int kAround = 3;  ///< steps shown before and behind the wrong one

namespace c = driver::regs::compute;

std::string BoundaryName(const Divergence& divergence) {
  switch (divergence.boundary) {
    case Boundary::kLoad:
      return "the word was loaded";
    case Boundary::kRequantised:
      return "the word left the requantisation";
    case Boundary::kWritten:
      return "the word left the pool stage";
    case Boundary::kPlaced:
      return "the word was put into the buffer";
    case Boundary::kStored:
      return "the word's burst went to DDR";
  }
  return "?";
}

std::string Line(const std::string& key, const std::string& text) {
  return fmt::format("{:<10} {}\n", key, text);
}

std::string Element(const model::Graph& graph, const Finding& f) {
  const std::string channel =
      f.channel < 0 ? "no channel of the network" : fmt::format("channel {}", f.channel);
  const std::string& tensor = graph.tensor(f.place->tensor).name;
  const std::string where = f.place->sums ? fmt::format("sum over '{}', {}", tensor, channel)
                                          : fmt::format("'{}' row {}, column {}, {}", tensor,
                                                        f.place->row, f.place->column, channel);
  if (f.divergence.missing) return fmt::format("{}: expected {}, got nothing", where, f.expected);
  if (f.expected == f.got) return fmt::format("{}: {}, as expected", where, f.got);
  return fmt::format("{}: expected {}, got {}", where, f.expected, f.got);
}

std::string WhereLines(const model::Graph& graph, const Examination& e) {
  const Finding& f = *e.finding;
  const Divergence& d = f.divergence;
  std::string text;
  const int op = f.place ? f.place->op : OpOf(e.plan, d.tag);
  if (op >= 0) {
    const model::Op& layer = graph.ops[static_cast<size_t>(op)];
    text += Line("layer", fmt::format("{} ({}), engine {}", layer.name, model::Name(layer.type),
                                      e.plan.engine.name));
  }
  if (!f.place) {
    text += Line("command",
                 fmt::format("{} ({})", d.tag, d.boundary == Boundary::kLoad ? "LOAD" : "STORE"));
  } else {
    text += Line("tile", fmt::format("command {}: {}", d.tag, f.place->tile));
    text += Line("element", Element(graph, f));
  }
  return text;
}

std::string StepName(const Examination& e, int n) {
  const Finding& f = *e.finding;
  const sim::PixelId& pixel = f.place->pixel;
  const auto place = sim::PlaceOf(*CommandOf(e.plan, pixel.tag), e.plan.engine, pixel.kblock,
                                  pixel.row, pixel.column, n);
  return fmt::format("kernel {},{} word {}.{}", place.ky, place.kx, place.word, place.sub);
}

std::vector<int> Slots(const Finding& f) {
  return f.pair ? std::vector<int>{f.slot % 8, f.slot % 8 + 8} : std::vector<int>{f.slot};
}

std::string StepLine(const char* who, const sim::ArrayStep& step, const std::vector<int>& slots) {
  const std::string source =
      step.padding ? "padding"
                   : fmt::format("{} {}", step.squeeze ? "squeeze" : "act", step.address);
  std::string weights;
  std::string sums;
  const size_t pc = step.activations.size();
  for (const int slot : slots) {
    const auto at = static_cast<size_t>(slot);
    const auto first = step.weights.begin() + static_cast<std::ptrdiff_t>(at * pc);
    weights += fmt::format("[{}]", fmt::join(first, first + static_cast<std::ptrdiff_t>(pc), " "));
    sums += fmt::format(" {}", at < step.sums.size() ? std::to_string(step.sums[at]) : "-");
  }
  return fmt::format("    {:<5} {:<12} [{}]  x  weight {} {}  ->{}\n", who, source,
                     fmt::join(step.activations, " "), step.weight_address, weights, sums);
}

std::string Streams(const Examination& e) {
  const Finding& f = *e.finding;
  const auto& got = f.engine->steps;
  const auto& want = f.specification->steps;
  const int last = static_cast<int>(std::max(got.size(), want.size())) - 1;
  const int middle = f.diagnosis.step >= 0 ? f.diagnosis.step : last;
  std::string text = fmt::format(
      "operands of K-block {}, pixel row {}, column {} of the command (source, activations, "
      "weights of output slot {}, accumulator behind the step):\n",
      f.place->pixel.kblock, f.place->pixel.row, f.place->pixel.column, fmt::join(Slots(f), "+"));
  for (int n = std::max(0, middle - kAround); n <= std::min(last, middle + kAround); ++n) {
    const auto at = static_cast<size_t>(n);
    text += fmt::format("{} step {} ({}){}\n", n == f.diagnosis.step ? ">" : " ", n,
                        at < want.size() ? StepName(e, n) : "beyond the last",
                        at < got.size() ? fmt::format(", cycle {}", got[at].cycle) : "");
    if (at < want.size()) text += StepLine("spec", want[at], Slots(f));
    if (at < got.size()) text += StepLine("rtl", got[at], Slots(f));
  }
  return text;
}

std::string Requantisation(const Examination& e) {
  const Finding& f = *e.finding;
  const driver::regs::Command& command = *CommandOf(e.plan, f.place->pixel.tag);
  std::string text;
  for (const int slot : Slots(f)) {
    const auto at = static_cast<size_t>(slot);
    const auto sum = [&](const sim::PixelObservation& pixel) {
      return pixel.steps.empty() || pixel.steps.back().sums.size() <= at
                 ? std::string("-")
                 : std::to_string(pixel.steps.back().sums[at]);
    };
    const auto parameters = [&](const char* who, const sim::PixelObservation& pixel) {
      const Parameters p = DecodeParameters(pixel.parameters.at(at));
      return fmt::format("  {:<5} accumulator {}, bias {}, multiplier {}, shift {}\n", who,
                         sum(pixel), p.bias, p.multiplier, p.shift);
    };
    text += parameters("spec", *f.specification) + parameters("rtl", *f.engine);
  }
  return fmt::format("requantisation: zero point {}, limits {}..{}: expected {}, got {}\n",
                     command.Get(c::kZpOut), command.Get(c::kActMin), command.Get(c::kActMax),
                     f.expected, f.got) +
         text;
}

}  // namespace

std::string Describe(const model::Graph& graph, const Examination& e) {
  std::string text;
  if (!e.stopped.empty()) text += Line("stopped", e.stopped);
  for (const std::string& each : e.command_mismatch) {
    text +=
        Line("commands",
             "the specification of the engine, given the same commands, differs from the golden "
             "model too: the driver's commands, weights image or kernels are wrong: " +
                 each);
  }
  if (!e.finding) {
    for (const std::string& each : e.report.mismatches) text += Line("mismatch", each);
    if (e.command_mismatch.empty() && e.stopped.empty()) {
      text +=
          Line("cause",
               "every word that the engine moved is as specified; the difference arises between "
               "DDR and the tensor, or on the processor");
    }
    return text;
  }
  const Finding& f = *e.finding;
  text += WhereLines(graph, e);
  if (f.engine && f.diagnosis.step >= 0) {
    text +=
        Line("step", fmt::format("{} of {}: {}", f.diagnosis.step, f.specification->steps.size(),
                                 f.diagnosis.step < static_cast<int>(f.specification->steps.size())
                                     ? StepName(e, f.diagnosis.step)
                                     : "beyond the last"));
    text += Line("cycle", fmt::format("{}: the step's operands entered the array; {} in cycle {}",
                                      f.cycle(), BoundaryName(f.divergence), f.divergence.cycle));
  } else if (!f.divergence.missing) {
    text += Line("cycle", fmt::format("{}: {}", f.divergence.cycle, BoundaryName(f.divergence)));
  }
  text += Line("cause", Name(f.diagnosis.cause));
  text += Line("", f.diagnosis.sentence);
  if (f.engine && f.specification) text += Requantisation(e) + Streams(e);
  return text;
}

}  // namespace fragua::app

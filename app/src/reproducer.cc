#include "reproducer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <numeric>
#include <system_error>
#include <utility>
#include <vector>

#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "fragua/model/tflite_reader.h"
#include "fragua/model/tflite_writer.h"
#include "fragua/sim/trace_file.h"
#include "gtkw.h"
#include "interrupt.h"
#include "progress.h"
#include "subgraph.h"

namespace fragua::app {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBefore = 40;  ///< cycles of the waveform before the wrong one
constexpr uint64_t kBehind = 60;

uint64_t FirstCycle(const Finding& finding) {
  return finding.cycle() > kBefore ? finding.cycle() - kBefore : 0;
}

/// The reproducer's own run: everything on the engine, and quiet.
RunOptions OptionsOf(const RunOptions& options) {
  RunOptions small = options;
  small.placement = "fabric";
  small.layer.clear();
  small.trace.clear();
  small.quiet = true;
  return small;
}

/// As a file says it: a padding may become an operator of its own there.
Case ThroughFile(const Case& each) {
  return {model::ReadTfliteBytes(model::WriteTfliteBytes(each.graph), "the cut-out network"),
          each.inputs};
}

/// Only a mismatch for the same reason counts: another mistake may show in a part.
bool Persists(const Case& each, const RunOptions& options, Cause cause) {
  ThrowIfInterrupted();
  try {
    const Case candidate = ThroughFile(each);
    if (!Differs(candidate.graph, candidate.inputs, options)) return false;
    const Examination examined = Examine(candidate.graph, candidate.inputs, options);
    return examined.finding && examined.finding->diagnosis.cause == cause;
  } catch (const Error&) {
    return false;  // not a network for this engine, or not for a file
  }
}

/// Rows of operators that may show the mismatch by themselves, the shortest first.
std::vector<std::vector<int>> Suspects(const Examination& examination, int op, int count) {
  const auto range = [](int first, int last) {
    std::vector<int> ops(static_cast<size_t>(last - first + 1));
    std::iota(ops.begin(), ops.end(), first);
    return ops;
  };
  std::vector<std::vector<int>> suspects = {{op}};
  for (int before = 1; before <= 3 && before <= op; ++before)
    suspects.push_back(range(op - before, op));
  const auto& layers = examination.report.layers;
  if (static_cast<size_t>(op) < layers.size() && layers[static_cast<size_t>(op)].group >= 0) {
    std::vector<int> group;
    for (int i = 0; i < count; ++i) {
      if (layers[static_cast<size_t>(i)].group == layers[static_cast<size_t>(op)].group)
        group.push_back(i);
    }
    suspects.push_back(group);
  }
  suspects.push_back(range(0, op));
  suspects.push_back(range(0, count - 1));
  return suspects;
}

std::optional<Case> CutSuspect(const Case& whole, const Examination& examination,
                               const RunOptions& options) {
  const Finding& finding = *examination.finding;
  const int op = finding.place ? finding.place->op : OpOf(examination.plan, finding.divergence.tag);
  const int count = static_cast<int>(whole.graph.ops.size());
  golden::RunOptions run;
  run.progress = [](int, int) { ThrowIfInterrupted(); };
  const golden::Values values = golden::Run(whole.graph, whole.inputs, run);
  for (const std::vector<int>& ops : Suspects(examination, std::max(op, 0), count)) {
    const Subgraph cut = CutOut(whole.graph, ops);
    Case candidate = {cut.graph, InputsOf(cut, whole.graph, whole.inputs, values)};
    if (Persists(candidate, options, finding.diagnosis.cause)) return candidate;
  }
  return std::nullopt;
}

std::vector<uint8_t> Joined(const Inference& inputs) {
  std::vector<uint8_t> bytes;
  for (const auto& input : inputs) bytes.insert(bytes.end(), input.begin(), input.end());
  return bytes;
}

void WriteText(const fs::path& path, const std::string& text) {
  model::WriteFileAtomically(path.string(),
                             {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Quoted(const std::string& word) {
  const bool plain = std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string("/._-+,:=@%").find(static_cast<char>(c)) != std::string::npos;
  });
  if (plain && !word.empty()) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string CommandLine(const RunOptions& options, const fs::path& folder) {
  std::string line = fmt::format(
      "fragua check --localise --engine {} --model {} --input {}", Quoted(options.engine),
      Quoted((folder / "network.tflite").string()), Quoted((folder / "input.bin").string()));
  if (options.board != RunOptions{}.board) line += " --board " + Quoted(options.board);
  if (options.stall_seed) line += fmt::format(" --stalls {}", *options.stall_seed);
  return line;
}

/// Runs the case once more with a waveform around the finding; gives the file, which has a name of
/// its own until all is written. Empty when there was nothing to trace.
fs::path TraceWindow(const Case& smallest, const Finding& finding, RunOptions options, int engines,
                     const fs::path& folder) {
  options.trace = (folder / "window.partial.fst").string();
  options.trace_from = FirstCycle(finding);
  options.trace_to = std::max(finding.cycle(), finding.divergence.cycle) + kBehind;
  // Of several engines the first is the one that works.
  const fs::path written = sim::TraceFileOf(options.trace, 0, engines);
  std::error_code ignored;
  try {
    Differs(smallest.graph, smallest.inputs, options);
  } catch (...) {
    for (int i = 0; i < engines; ++i)
      fs::remove(sim::TraceFileOf(options.trace, i, engines), ignored);
    throw;
  }
  for (int i = 1; i < engines; ++i)
    fs::remove(sim::TraceFileOf(options.trace, i, engines), ignored);
  return fs::exists(written, ignored) ? written : fs::path();
}

/// Nothing before this was written, and nothing in here takes long.
void WriteFolder(const Reproducer& made, const fs::path& traced, const fs::path& folder) {
  model::WriteTflite(made.smallest.graph, (folder / "network.tflite").string());
  model::WriteFileAtomically((folder / "input.bin").string(), Joined(made.smallest.inputs));
  WriteText(folder / "command.txt", made.command + "\n");
  WriteText(folder / "report.txt", Describe(made.smallest.graph, made.examination));
  if (traced.empty()) return;
  fs::rename(traced, folder / "window.fst");
  const Finding& finding = *made.examination.finding;
  WriteText(folder / "window.gtkw", GtkwText("window.fst", FirstCycle(finding), finding.cycle(),
                                             WavesFor(finding.diagnosis.cause,
                                                      made.examination.plan.engine, finding.slot)));
}

}  // namespace

void PrepareFolder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed || !fs::is_directory(folder)) {
    ThrowInput(fmt::format("--reproducer {}: cannot be made a folder: {}; choose another", folder,
                           failed ? failed.message() : "there is a file of this name"));
  }
  const fs::path probe = fs::path(folder) / "command.txt";
  WriteText(probe, "");  // says why where it cannot be written
  fs::remove(probe, failed);
}

std::optional<Reproducer> MakeReproducer(const Case& whole, const Examination& examination,
                                         const RunOptions& options, const std::string& folder) {
  if (!examination.finding) return std::nullopt;
  const RunOptions quiet = OptionsOf(options);
  auto suspect = CutSuspect(whole, examination, quiet);
  if (!suspect) return std::nullopt;
  Reproducer made;
  {
    Progress progress("shrinking", options.quiet);
    ShrinkOptions shrink;
    shrink.progress = [&](int tries, const Case& smallest) {
      progress.Update(static_cast<double>(tries) / shrink.tries,
                      fmt::format("{} tries, {} MACs", tries,
                                  model::MacCount(smallest.graph, smallest.graph.ops.front())));
    };
    const Cause cause = examination.finding->diagnosis.cause;
    made.smallest = Shrink(
        std::move(*suspect),
        [&](const Case& candidate) { return Persists(candidate, quiet, cause); }, shrink);
  }
  const fs::path place(folder);
  made.smallest = ThroughFile(made.smallest);
  made.examination = Examine(made.smallest.graph, made.smallest.inputs, quiet);
  made.command = CommandLine(options, place);
  fs::path traced;
  if (made.examination.finding) {
    traced = TraceWindow(made.smallest, *made.examination.finding, quiet,
                         made.examination.plan.engine.engines, place);
  }
  made.window = !traced.empty();
  WriteFolder(made, traced, place);
  return made;
}

}  // namespace fragua::app

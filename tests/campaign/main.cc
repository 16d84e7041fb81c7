// campaign: random layers on the Verilated engine, in long sequences without a reset, against the
// golden model, until so many have run. Exit code 0 = every byte right, 1 = not (or a hole where
// none may be), 2 = wrong usage, 130 = interrupted.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coverage.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "progress.h"
#include "run_sequence.h"

namespace fragua::campaign {
namespace {

struct Options {
  std::string engine = "tiny";
  int layers = 300;
  uint64_t seed = 1;
  std::string only;
  std::string report;
  bool require_coverage = false;
  bool quiet = false;
};

struct Totals {
  int layers = 0;
  int sequences = 0;
  uint64_t cycles = 0;
  std::vector<std::string> failures;
  bool partial = false;
};

constexpr int kMostFailures = 5;  ///< then the rest would say the same

SequenceId ParseOnly(const Options& options) {
  SequenceId id{options.seed, 0, -1};
  const size_t dot = options.only.find('.');
  try {
    size_t used = 0;
    id.index = std::stoi(options.only, &used);
    bool whole = used == std::min(dot, options.only.size());
    if (dot != std::string::npos) {
      const std::string net = options.only.substr(dot + 1);
      id.net = std::stoi(net, &used);
      whole = whole && used == net.size() && id.net >= 0;
    }
    if (whole && id.index >= 0) return id;
  } catch (const std::logic_error&) {  // said below
  }
  ThrowInput(
      fmt::format("--only: found '{}', expected SEQUENCE or SEQUENCE.NET, as a failure's "
                  "message names them",
                  options.only));
}

std::string Repeat(const Options& options, const SequenceId& id, int net) {
  return fmt::format("campaign --engine {} --seed {} --only {}{}", options.engine, id.seed,
                     id.index, net >= 0 ? fmt::format(".{}", net) : "");
}

/// One sequence into the totals.
void RunOne(const Options& options, const driver::EngineConfig& engine, const SequenceId& id,
            Coverage& coverage, Totals& totals) {
  SequenceResult result;
  try {
    result = RunSequence(engine, id, app::InterruptFlag(), coverage);
  } catch (const Error& error) {
    result.failures.emplace_back(error.what());
  }
  totals.layers += result.layers;
  totals.cycles += result.cycles;
  totals.sequences += result.stopped ? 0 : 1;
  totals.partial = totals.partial || result.stopped;
  for (const std::string& failure : result.failures) {
    std::string text =
        fmt::format("sequence {}: {}\n  again: {}", id.index, failure, Repeat(options, id, id.net));
    if (result.failed_net >= 0 && id.net < 0) {
      text += fmt::format("\n  that net alone (it may need those before it to fail): {}",
                          Repeat(options, id, result.failed_net));
    }
    fmt::print(stderr, "{}\n", text);
    totals.failures.push_back(std::move(text));
  }
}

Totals RunAll(const Options& options, const driver::EngineConfig& engine, Coverage& coverage) {
  Totals totals;
  if (!options.only.empty()) {
    RunOne(options, engine, ParseOnly(options), coverage, totals);
    return totals;
  }
  app::Progress progress("campaign", options.quiet);
  for (int index = 0; totals.layers < options.layers; ++index) {
    if (app::InterruptFlag().load()) totals.partial = true;
    if (totals.partial || static_cast<int>(totals.failures.size()) >= kMostFailures) break;
    progress.Update(static_cast<double>(totals.layers) / options.layers,
                    fmt::format("{} layers in {} sequences, {:.1f} Mcycles, {} failures",
                                totals.layers, totals.sequences,
                                static_cast<double>(totals.cycles) * 1e-6, totals.failures.size()));
    RunOne(options, engine, {options.seed, index, -1}, coverage, totals);
  }
  return totals;
}

void WriteReport(const Options& options, const Totals& totals, const Coverage& coverage) {
  const nlohmann::json report = {{"engine", options.engine},
                                 {"seed", options.seed},
                                 {"partial", totals.partial},
                                 {"layers", totals.layers},
                                 {"sequences", totals.sequences},
                                 {"cycles", totals.cycles},
                                 {"failures", totals.failures},
                                 {"holes", coverage.Holes()},
                                 {"contradictions", coverage.Contradictions()},
                                 {"coverage", coverage.Json()}};
  const std::string text = report.dump(1) + "\n";
  model::WriteFileAtomically(options.report,
                             {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

int Run(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const driver::EngineConfig engine = driver::LoadEngineConfig(
      std::string(FRAGUA_SOURCE_DIR) + "/configs/engines/" + options.engine + ".yaml");
  Coverage coverage(CoveragePlan(engine));
  const Totals totals = RunAll(options, engine, coverage);
  const std::vector<std::string> holes = coverage.Holes();
  const std::vector<std::string> contradictions = coverage.Contradictions();
  fmt::print("{}", coverage.Table());
  fmt::print("holes: {}{}\n", holes.size(), holes.empty() ? "" : ":");
  for (const std::string& hole : holes) fmt::print("  {}\n", hole);
  for (const std::string& hit : contradictions) fmt::print("hit all the same: {}\n", hit);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(
      "{}engine {}, seed {}: {} layers in {} sequences without a reset, {} cycles, {} "
      "failures, {:.0f} s\n",
      totals.partial ? "PARTIAL (interrupted): " : "", options.engine, options.seed, totals.layers,
      totals.sequences, totals.cycles, totals.failures.size(), seconds);
  if (!options.report.empty()) WriteReport(options, totals, coverage);
  if (!totals.failures.empty() || !contradictions.empty()) return 1;
  if (totals.partial) return 130;
  return options.require_coverage && !holes.empty() ? 1 : 0;
}

int Main(int argc, char** argv) {
  CLI::App app{"Random layers on the Verilated engine against the golden model"};
  Options options;
  app.add_option("--engine", options.engine, "configs/engines/NAME.yaml")->capture_default_str();
  app.add_option("--layers", options.layers, "layers to run, at least")
      ->check(CLI::Range(1, 100000000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "everything follows from it")->capture_default_str();
  app.add_option("--only", options.only, "SEQUENCE or SEQUENCE.NET: that one again");
  app.add_option("--report", options.report, "JSON file for figures, failures and coverage");
  app.add_flag("--require-coverage", options.require_coverage, "a hole is a failure");
  app.add_flag("--quiet", options.quiet, "no progress");
  try {
    app.parse(argc, argv);
    app::InstallInterruptHandler();
    return Run(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const Error& error) {
    fmt::print(stderr, "campaign: {}\n", error.what());
    return error.kind() == ErrorKind::kInput ? 2 : 1;
  }
}

}  // namespace
}  // namespace fragua::campaign

int main(int argc, char** argv) { return fragua::campaign::Main(argc, argv); }

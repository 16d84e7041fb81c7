#pragma once
// Runs a network on the Verilated engine and on the functional one, with the same commands, and
// follows the first difference to its cause.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis.h"
#include "divergence.h"
#include "execution.h"
#include "fragua/model/graph.h"
#include "options.h"
#include "word_place.h"

namespace fragua::app {

/// The first wrong word and why it is wrong.
struct Finding {
  Divergence divergence;
  std::optional<WordPlace> place;
  Diagnosis diagnosis;
  int slot = 0;     ///< output channel of the K-block (kRequantised)
  int channel = 0;  ///< of the tensor; -1 when no channel of the network is touched
  int expected = 0, got = 0;
  bool pair = false;
  /// kRequantised: the pixel's steps. `engine` is missing when it never came that far.
  std::optional<sim::PixelObservation> engine, specification;
  /// Cycle of the first wrong thing: the step where one is wrong, else the word's.
  uint64_t cycle() const;
};

struct Examination {
  driver::Plan plan;
  RunReport report;                           ///< of the Verilated engine against golden
  std::string stopped;                        ///< the error that ended its run, if one did
  std::vector<std::string> command_mismatch;  ///< the functional engine's against golden
  std::optional<Finding> finding;             ///< where the two engines part

  bool Matches() const {
    return stopped.empty() && !finding && report.AllMatch() && command_mismatch.empty();
  }
};

/// options.backend is rtl. Throws as the execution does where the input is at fault.
Examination Examine(const model::Graph& graph, const Inference& inputs, const RunOptions& options);

/// What `check` would say: the Verilated engine's bytes are not golden's, or it does not end.
bool Differs(const model::Graph& graph, const Inference& inputs, const RunOptions& options);

/// The report, many lines.
std::string Describe(const model::Graph& graph, const Examination& examination);

}  // namespace fragua::app

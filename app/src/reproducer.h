#pragma once
// A mismatch as a folder that anybody can take away: a small network, its input, a command line, a
// waveform and how to look at it.

#include <optional>
#include <string>

#include "microscope.h"
#include "options.h"
#include "shrink.h"

namespace fragua::app {

struct Reproducer {
  Case smallest;            ///< as read back from the folder
  Examination examination;  ///< of it
  std::string command;      ///< shows the mismatch again
  bool window = false;      ///< there is a waveform
};

/// Cuts the operator of the finding out of the network (with more of its neighbours where it is
/// right on its own), shrinks it, and writes into `folder`, which is made when it is not there:
/// network.tflite, input.bin, command.txt, report.txt, window.fst, window.gtkw. Nothing is left of
/// a file that could not be finished. Nothing at all when no part of the network shows the same.
std::optional<Reproducer> MakeReproducer(const Case& whole, const Examination& examination,
                                         const RunOptions& options, const std::string& folder);

/// Makes the folder; throws Error(kInput) when that fails or nothing can be written into it.
void PrepareFolder(const std::string& folder);

}  // namespace fragua::app

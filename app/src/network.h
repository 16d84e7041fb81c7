#pragma once
// From what the command line names to an int8 network, and from a picture to its input.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fragua/model/graph.h"
#include "options.h"

namespace fragua::app {

struct Network {
  model::Graph graph;  ///< full-integer int8 (or float, where asked for)
  std::vector<std::string>
      notes;           ///< what the user should know: synthetic weights, how it was quantised
  std::string labels;  ///< path of a labels.txt beside the model, empty when there is none
};

/// (done, of how many, what)
using ProgressFn = std::function<void(int, int, const std::string&)>;

/// Reads or builds the network as it is: float or int8.
Network LoadNetwork(const ModelOptions& options);
/// True when any activation is float.
bool IsFloat(const model::Graph& graph);
/// Makes a float network int8 by calibrating on pictures (options.calibration, or
/// `fallback_folder`); throws Error(kInput) when there are none, or when this build lacks the
/// golden model or the picture reader.
Network QuantizeNetwork(Network network, const ModelOptions& options,
                        const std::string& fallback_folder, const ProgressFn& progress);
/// LoadNetwork, and QuantizeNetwork where it is a float one.
Network LoadInt8Network(const ModelOptions& options, const std::string& fallback_folder,
                        const ProgressFn& progress);

/// Bytes of the first input tensor made from a picture file; an empty path gives the built-in test
/// picture.
std::vector<uint8_t> InputFromPicture(const model::Graph& graph, const ModelOptions& options,
                                      const std::string& path);

/// Raw inferences of a file: whole multiples of the input tensors' bytes; result[n][i] = input i of
/// inference n.
std::vector<std::vector<std::vector<uint8_t>>> ReadRawInputs(const model::Graph& graph,
                                                             const std::string& path);

/// What the command line gives to run on: options.input, or options.images, or the test picture.
std::vector<std::vector<std::vector<uint8_t>>> ReadInputs(const model::Graph& graph,
                                                          const RunOptions& options);

/// One label per line.
std::vector<std::string> ReadLabels(const std::string& path);

}  // namespace fragua::app

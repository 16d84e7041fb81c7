#include "subgraph.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "fragua/model/error.h"

namespace fragua::app {

Subgraph CutOut(const model::Graph& graph, const std::vector<int>& ops) {
  Subgraph cut;
  cut.graph.name = graph.name;
  cut.graph.synthetic_weights = graph.synthetic_weights;
  std::map<int, int> index_of;
  std::vector<bool> made;
  std::vector<bool> read;
  const auto take = [&](int tensor) {
    if (tensor < 0) return -1;
    const auto [at, fresh] =
        index_of.try_emplace(tensor, static_cast<int>(cut.graph.tensors.size()));
    if (fresh) {
      cut.graph.tensors.push_back(graph.tensor(tensor));
      cut.tensor_of.push_back(tensor);
      made.push_back(false);
      read.push_back(false);
    }
    return at->second;
  };
  for (const int index : ops) {
    model::Op op = graph.ops.at(static_cast<size_t>(index));
    for (int& input : op.inputs) {
      input = take(input);
      if (input < 0) continue;
      const auto at = static_cast<size_t>(input);
      read[at] = true;
      const bool known = std::find(cut.graph.inputs.begin(), cut.graph.inputs.end(), input) !=
                         cut.graph.inputs.end();
      if (!made[at] && !known && !cut.graph.tensors[at].is_constant())
        cut.graph.inputs.push_back(input);
    }
    for (int& output : op.outputs) {
      output = take(output);
      made[static_cast<size_t>(output)] = true;
    }
    cut.graph.ops.push_back(std::move(op));
  }
  for (size_t i = 0; i < made.size(); ++i) {
    if (made[i] && !read[i]) cut.graph.outputs.push_back(static_cast<int>(i));
  }
  return cut;
}

std::vector<std::vector<uint8_t>> InputsOf(const Subgraph& cut, const model::Graph& graph,
                                           const std::vector<std::vector<uint8_t>>& inputs,
                                           const std::vector<std::vector<uint8_t>>& values) {
  std::vector<std::vector<uint8_t>> of_cut;
  for (const int input : cut.graph.inputs) {
    const int original = cut.tensor_of[static_cast<size_t>(input)];
    const auto at = std::find(graph.inputs.begin(), graph.inputs.end(), original);
    of_cut.push_back(at != graph.inputs.end()
                         ? inputs[static_cast<size_t>(at - graph.inputs.begin())]
                         : values[static_cast<size_t>(original)]);
  }
  return of_cut;
}

std::vector<int> MatchOps(const model::Graph& graph, const std::string& glob) {
  std::vector<int> matches;
  std::string names;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    if (fnmatch(glob.c_str(), graph.ops[i].name.c_str(), 0) == 0)
      matches.push_back(static_cast<int>(i));
    names += (i == 0 ? "" : ", ") + graph.ops[i].name;
  }
  if (matches.empty())
    ThrowInput("--layer " + glob + ": no such operator; the network has " + names);
  return matches;
}

}  // namespace fragua::app

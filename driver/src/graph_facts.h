#pragma once
// What the compiler asks of a graph again and again.

#include <span>
#include <vector>

#include "fragua/driver/map_layout.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

class GraphFacts {
 public:
  GraphFacts(const model::Graph& graph, int pk);

  const model::Graph& graph() const { return graph_; }
  const model::Op& op(int index) const { return graph_.ops.at(static_cast<size_t>(index)); }
  /// Operator that makes the tensor; -1 for inputs and constants.
  int Producer(int tensor) const { return producer_.at(static_cast<size_t>(tensor)); }
  /// Operators that read the tensor, each once, in execution order.
  const std::vector<int>& Consumers(int tensor) const {
    return consumers_.at(static_cast<size_t>(tensor));
  }
  bool IsGraphOutput(int tensor) const { return output_.at(static_cast<size_t>(tensor)); }
  /// One int8 NHWC map of batch 1 with a per-tensor scale.
  bool IsMap(int tensor) const;
  /// One int8 vector of batch 1 with a per-tensor scale: to the engine a map of one pixel.
  bool IsVector(int tensor) const;
  /// LayoutOf has an answer.
  bool HasLayout(int tensor) const { return IsMap(tensor) || IsVector(tensor); }
  /// How the engine keeps the tensor; depends on the graph alone, so that every placement agrees.
  /// HasLayout(tensor) must hold.
  MapLayout LayoutOf(int tensor) const;
  int pk() const { return pk_; }
  /// The operator leaves the engine as int32 sums over the map, which the processor finishes: a
  /// MEAN, or an AVERAGE_POOL_2D over the whole map whose window is larger than the engine's
  /// kernels.
  bool MakesSums(int op) const;
  /// `op` reads sums of `run`. The engine makes sums only and the processor finishes them, so
  /// such an operator cannot be in the same submission.
  bool ReadsSumsOf(std::span<const int> run, int op) const;
  /// The RESHAPE turns a map (or a vector) into a vector of the same values.
  bool Flattens(int op) const;

 private:
  bool IsInt8(int tensor) const;
  /// The operator's results stand where its input's channels do, holes between them included.
  bool KeepsChannels(int op) const;

  const model::Graph& graph_;
  int pk_;
  std::vector<int> producer_;
  std::vector<std::vector<int>> consumers_;
  std::vector<bool> output_;
};

}  // namespace fragua::driver

#pragma once
// What every backend's execution needs.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "execution.h"
#include "fragua/driver/tensor_store.h"

namespace fragua::app {

using Clock = std::chrono::steady_clock;

inline double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

/// One line per operator, with what the graph alone can say.
RunReport NewReport(const model::Graph& graph, const std::string& place);
/// The store holds these inputs and nothing else.
void SetInputs(const model::Graph& graph, const Inference& inputs, driver::TensorStore& store);
Inference GetOutputs(const model::Graph& graph, const driver::TensorStore& store);
/// Empty when the store has not got the tensor.
std::span<const uint8_t> FromStore(const driver::TensorStore& store, int tensor);

}  // namespace fragua::app

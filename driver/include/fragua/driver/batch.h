#pragma once
// Many inferences of one network on several engines side by side: every engine has a port and a
// runtime of its own and works on one picture; the processor serves them in turn.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/device_port.h"
#include "fragua/driver/runtime.h"
#include "fragua/driver/tensor_store.h"

namespace fragua::driver {

struct BatchOptions {
  RuntimeOptions runtime;
  /// An engine that fails for good is left alone from then on, and the others do its pictures. When
  /// false, or when no engine is left, its error ends the batch.
  bool replace_failed = true;
};

struct BatchReport {
  struct Engine {
    size_t pictures = 0;  ///< completed
    uint64_t busy_cycles =
        0;  ///< between doorbell and the end of the last command, all submissions
  };
  std::vector<Engine> engines;
  /// Engine clock cycles from the first doorbell to the end of the last submission; the processor's
  /// work on a picture before its doorbell and after its end shows only as far as engines wait.
  uint64_t span_cycles = 0;
  std::vector<std::string> events;  ///< engines that were given up: one sentence each
};

class Batch {
 public:
  /// Fills a store with the graph's inputs; called when the engine is about to begin.
  using Source = std::function<void(size_t picture, int engine, TensorStore& store)>;
  /// Sees every completed picture, not in order.
  using Sink = std::function<void(size_t picture, int engine, const TensorStore& store,
                                  const RunReport& report)>;

  /// One engine behind each port (at least one), all as plan.engine says; errors as Runtime's.
  /// Keeps references to graph and ports.
  Batch(const model::Graph& graph, const Plan& plan, std::span<DevicePort* const> ports,
        const BatchOptions& options = {});
  ~Batch();
  Batch(Batch&&) = delete;

  /// Throws Error(kDevice) naming the engine when a picture cannot be done.
  BatchReport Run(size_t pictures, const Source& source, const Sink& sink);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::driver

#include "fragua/driver/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::driver {

class Batch::Impl {
 public:
  Impl(const model::Graph& graph, const Plan& plan, std::span<DevicePort* const> ports,
       const BatchOptions& options)
      : options_(options), clock_mhz_(plan.engine.clock_mhz) {
    FRAGUA_CHECK(!ports.empty(), "a batch needs an engine");
    for (size_t i = 0; i < ports.size(); ++i) {
      try {
        lanes_.push_back(
            std::make_unique<Lane>(static_cast<int>(i), graph, plan, *ports[i], options_.runtime));
      } catch (const Error& error) {
        throw Error(error.kind(), Named(ports.size(), i, error.what()));
      }
    }
  }

  BatchReport Run(size_t pictures, const Source& source, const Sink& sink) {
    report_ = {};
    report_.engines.resize(lanes_.size());
    first_ns_ = INFINITY;
    last_ns_ = 0;
    waiting_.clear();
    for (auto& lane : lanes_) lane->picture.reset();  // an earlier batch may have ended in an error
    for (size_t i = 0; i < pictures; ++i) waiting_.push_back(i);
    for (;;) {
      for (auto& lane : lanes_) Begin(*lane, source, sink);
      const auto busy = [](const auto& lane) { return lane->picture.has_value(); };
      if (std::ranges::none_of(lanes_, busy)) break;
      for (auto& lane : lanes_) {
        if (!lane->picture) continue;
        Try(*lane, [&] { Served(*lane, lane->runtime.Advance(), sink); });
        Begin(*lane, source, sink);  // at once: the others are still at work
      }
    }
    if (!waiting_.empty()) {
      throw Error(ErrorKind::kDevice, "every engine has been given up; open them anew");
    }
    if (last_ns_ > first_ns_) {
      report_.span_cycles =
          static_cast<uint64_t>(std::llround((last_ns_ - first_ns_) * clock_mhz_ / 1000));
    }
    return std::move(report_);
  }

 private:
  /// An engine and what it is doing.
  struct Lane {
    Lane(int index_in, const model::Graph& graph, const Plan& plan, DevicePort& port,
         const RuntimeOptions& options)
        : index(index_in), runtime(graph, plan, port, options), store(graph) {}
    const int index;
    Runtime runtime;
    TensorStore store;
    std::optional<size_t> picture;
    bool lost = false;
  };

  static std::string Named(size_t engines, size_t index, const std::string& text) {
    return engines == 1 ? text : fmt::format("engine {}: {}", index, text);
  }

  /// The lane takes the next pictures until one is under way on its engine.
  void Begin(Lane& lane, const Source& source, const Sink& sink) {
    while (!lane.lost && !lane.picture && !waiting_.empty()) {
      lane.picture = waiting_.front();
      waiting_.pop_front();
      source(*lane.picture, lane.index, lane.store);
      Try(lane, [&] { Served(lane, lane.runtime.Start(lane.store), sink); });
    }
  }

  /// After Start() or Advance(): passes a completed picture on.
  void Served(Lane& lane, bool under_way, const Sink& sink) {
    if (under_way) return;
    const RunReport done = lane.runtime.TakeReport();
    BatchReport::Engine& engine = report_.engines[static_cast<size_t>(lane.index)];
    ++engine.pictures;
    for (const StepReport& step : done.steps) {
      if (step.counters.cycles == 0) continue;
      engine.busy_cycles += step.counters.cycles;
      const auto rung = static_cast<double>(step.doorbell.count());
      first_ns_ = std::min(first_ns_, rung);
      last_ns_ = std::max(last_ns_,
                          rung + static_cast<double>(step.counters.cycles) * 1000.0 / clock_mhz_);
    }
    const size_t picture = *lane.picture;
    lane.picture.reset();
    sink(picture, lane.index, lane.store, done);
  }

  /// What a lane does; when its engine fails for good, the others take over.
  template <typename Work>
  void Try(Lane& lane, Work work) {
    try {
      work();
    } catch (const Error& error) {
      // Only what the engine did wrong while it had a picture: a sink's error is the caller's.
      if (error.kind() != ErrorKind::kDevice || !lane.picture) throw;
      const std::string problem =
          Named(lanes_.size(), static_cast<size_t>(lane.index), error.what());
      lane.lost = true;
      const bool any_left =
          std::ranges::any_of(lanes_, [](const auto& other) { return !other->lost; });
      if (!options_.replace_failed || !any_left) throw Error(ErrorKind::kDevice, problem);
      report_.events.push_back(
          fmt::format("{}; picture {} goes to another engine", problem, *lane.picture));
      waiting_.push_front(*std::exchange(lane.picture, std::nullopt));
    }
  }

  const BatchOptions options_;
  const double clock_mhz_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<size_t> waiting_;
  BatchReport report_;
  double first_ns_ = 0, last_ns_ = 0;  ///< first doorbell, end of the last submission
};

Batch::Batch(const model::Graph& graph, const Plan& plan, std::span<DevicePort* const> ports,
             const BatchOptions& options)
    : impl_(std::make_unique<Impl>(graph, plan, ports, options)) {}
Batch::~Batch() = default;

BatchReport Batch::Run(size_t pictures, const Source& source, const Sink& sink) {
  return impl_->Run(pictures, source, sink);
}

}  // namespace fragua::driver

#include "fragua/driver/compiler.h"

#include <fmt/format.h>

#include <algorithm>

#include "assemble.h"
#include "conv_unit.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

using model::OpType;

bool Computes(OpType type) {
  return IsConvolution(type) || type == OpType::kMaxPool2d || type == OpType::kMean ||
         type == OpType::kAdd || type == OpType::kAveragePool2d;
}

class Planner {
 public:
  Planner(const model::Graph& graph, std::span<const Place> places, const CompileOptions& options)
      : graph_(graph),
        facts_(graph, options.engine.pk),
        options_(options),
        places_(places.begin(), places.end()),
        reasons_(graph.ops.size()) {}

  Plan Make() {
    CheckPlaces();
    MoveAddressChanges();
    Plan plan;
    plan.engine = options_.engine;
    uint32_t tag = 0;
    for (const std::vector<int>& run : Runs()) {
      PlanStep step;
      if (PlaceOf(run[0]) == Place::kArm) {
        step.op = run[0];
      } else {
        step.place = Place::kFabric;
        step.program = static_cast<int>(plan.programs.size());
        plan.programs.push_back(CompileSegment(facts_, run, tag, options_));
        tag += static_cast<uint32_t>(plan.programs.back().commands.size());
      }
      plan.steps.push_back(step);
    }
    for (size_t i = 0; i < graph_.ops.size(); ++i) {
      plan.placement.push_back({places_[i], reasons_[i]});
    }
    FillLayouts(plan);
    return plan;
  }

 private:
  Place& PlaceOf(int op) { return places_[static_cast<size_t>(op)]; }
  std::string& ReasonOf(int op) { return reasons_[static_cast<size_t>(op)]; }

  void CheckPlaces() {
    FRAGUA_CHECK(places_.size() == graph_.ops.size(),
                 fmt::format("{} places for {} operators", places_.size(), graph_.ops.size()));
    for (int op = 0; op < static_cast<int>(graph_.ops.size()); ++op) {
      const std::string why = WhyNotPlaceable(facts_, op, options_.engine);
      if (PlaceOf(op) == Place::kFabric && !why.empty()) {
        const model::Op& refused = facts_.op(op);
        ThrowInput(
            fmt::format("layer {} '{}' ({}) cannot run on the engine: {}; place it on the "
                        "arm",
                        op, refused.name, model::Name(refused.type), why));
      }
      ReasonOf(op) = PlaceOf(op) == Place::kFabric ? "placed on the engine"
                     : why.empty()                 ? "placed on the processor"
                                                   : why;
    }
  }

  /// PAD, RESHAPE and CONCATENATION exist on the engine only as part of their neighbours.
  void MoveAddressChanges() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const std::vector<int>& run : Runs()) {
        if (PlaceOf(run[0]) == Place::kArm) continue;
        const bool busy = std::any_of(run.begin(), run.end(),
                                      [this](int op) { return Computes(facts_.op(op).type); });
        for (const int op : run) {
          std::string why = busy ? WhyNotWith(op, run) : "no neighbour of it runs on the engine";
          if (why.empty()) continue;
          PlaceOf(op) = Place::kArm;
          ReasonOf(op) = std::move(why);
          changed = true;
        }
      }
    }
  }

  std::string WhyNotWith(int op, const std::vector<int>& run) const {
    const OpType type = facts_.op(op).type;
    if (type != OpType::kPad && type != OpType::kReshape) return "";
    for (const int reader : facts_.Consumers(facts_.op(op).outputs[0])) {
      if (std::find(run.begin(), run.end(), reader) == run.end()) {
        return fmt::format("'{}' reads its result elsewhere", facts_.op(reader).name);
      }
    }
    return "";
  }

  /// Operators in execution order: each ARM operator alone, neighbours on the engine together
  /// unless the processor must finish something between them.
  std::vector<std::vector<int>> Runs() {
    std::vector<std::vector<int>> runs;
    for (int op = 0; op < static_cast<int>(graph_.ops.size()); ++op) {
      const bool joins = PlaceOf(op) == Place::kFabric && !runs.empty() &&
                         PlaceOf(runs.back().back()) == Place::kFabric &&
                         !facts_.ReadsSumsOf(runs.back(), op);
      if (joins) {
        runs.back().push_back(op);
      } else {
        runs.push_back({op});
      }
    }
    return runs;
  }

  void FillLayouts(Plan& plan) const {
    plan.tensor_layouts.resize(graph_.tensors.size());
    for (const Program& program : plan.programs) {
      for (const int op : program.ops) {
        const model::Op& own = facts_.op(op);
        std::vector<int> tensors{own.inputs[0], own.outputs[0]};
        if (own.type == OpType::kAdd) tensors.push_back(own.inputs[1]);
        for (const int tensor : tensors) {
          if (facts_.HasLayout(tensor)) {
            plan.tensor_layouts[static_cast<size_t>(tensor)] = facts_.LayoutOf(tensor);
          }
        }
      }
    }
  }

  const model::Graph& graph_;
  GraphFacts facts_;
  const CompileOptions& options_;
  std::vector<Place> places_;
  std::vector<std::string> reasons_;
};

}  // namespace

Plan::CommandId Plan::FindTag(uint32_t tag) const {
  for (size_t i = 0; i < programs.size(); ++i) {
    const uint32_t index = tag - programs[i].first_tag;
    if (tag >= programs[i].first_tag && index < programs[i].commands.size()) {
      return {static_cast<int>(i), static_cast<int>(index)};
    }
  }
  return {};
}

Plan Compile(const model::Graph& graph, std::span<const Place> places,
             const CompileOptions& options) {
  return Planner(graph, places, options).Make();
}

}  // namespace fragua::driver

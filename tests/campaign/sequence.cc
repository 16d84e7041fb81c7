#include "sequence.h"

#include <string>
#include <utility>

#include "random.h"
#include "random_net.h"
#include "unit/driver/net_builder.h"

namespace fragua::campaign {
namespace {

constexpr int kFewestNets = 3;
constexpr int kMostNets = 60;
/// Cycles of an average layer when no multiplier idles; most fill a small part of the array.
constexpr int kLayerCycles = 15000;

/// The smallest operator: on the processor it ends a submission.
model::Graph Separator() {
  test::NetBuilder net(1);
  net.Output(net.Mean(net.Input(1, 2, 2), "separator"));
  return std::move(net.graph());
}

void Append(model::Graph& all, model::Graph net, const std::string& prefix) {
  const auto offset = static_cast<int>(all.tensors.size());
  const auto move = [offset](std::vector<int>& tensors) {
    for (int& t : tensors) t += t >= 0 ? offset : 0;
  };
  for (model::Tensor& tensor : net.tensors) {
    tensor.name = prefix + tensor.name;
    all.tensors.push_back(std::move(tensor));
  }
  for (model::Op& op : net.ops) {
    op.name = prefix + op.name;
    move(op.inputs);
    move(op.outputs);
    all.ops.push_back(std::move(op));
  }
  move(net.inputs);
  move(net.outputs);
  all.inputs.insert(all.inputs.end(), net.inputs.begin(), net.inputs.end());
  all.outputs.insert(all.outputs.end(), net.outputs.begin(), net.outputs.end());
}

}  // namespace

Sequence MakeSequence(const driver::EngineConfig& engine, const SequenceId& id) {
  const auto index = static_cast<uint64_t>(id.index);
  Random random(Seed({id.seed, index}));
  Sequence sequence;
  sequence.graph.name = "sequence" + std::to_string(id.index);
  sequence.compile.engine = engine;
  sequence.compile.fuse = !random.Chance(20);
  sequence.compile.stamps = random.Chance(60);
  sequence.inferences = random.Chance(35) ? 2 : 1;
  const int nets = random.Pick(kFewestNets, kMostNets);
  const int64_t budget = int64_t{engine.pc} * engine.pk * kLayerCycles;
  std::vector<int> on_arm;
  for (int n = 0; n < nets; ++n) {
    if (id.net >= 0 && n != id.net) continue;
    const uint64_t seed = Seed({id.seed, index, static_cast<uint64_t>(n), 1});
    Random own(seed);
    const std::string prefix = "net" + std::to_string(n) + "/";
    if (own.Chance(35)) {
      on_arm.push_back(static_cast<int>(sequence.graph.ops.size()));
      Append(sequence.graph, Separator(), prefix);
    }
    Net net = RandomNet(own.Bits(), budget, int64_t{engine.activation_words} * 8);
    const auto ops = static_cast<int>(net.graph.ops.size());
    if (own.Chance(8)) {
      on_arm.push_back(static_cast<int>(sequence.graph.ops.size()) + own.Pick(0, ops - 1));
    }
    Append(sequence.graph, std::move(net.graph), prefix);
    sequence.net_of_op.resize(sequence.graph.ops.size(), n);
  }
  model::Validate(sequence.graph);
  sequence.places = driver::PlaceAllOnFabric(sequence.graph, engine);
  for (const int op : on_arm) sequence.places[static_cast<size_t>(op)] = driver::Place::kArm;
  return sequence;
}

}  // namespace fragua::campaign

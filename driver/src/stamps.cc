#include "stamps.h"

#include <utility>
#include <vector>

namespace fragua::driver {
namespace {

StoreNode StampStore(int op, int compute, size_t index) {
  StoreNode node;
  node.op = op;
  node.compute = compute;
  node.offset = static_cast<uint32_t>(index * regs::stamp::kBytes);
  node.words = regs::stamp::kBytes / 8;
  node.command = regs::MakeCommand(regs::Opcode::kStore);
  node.command.Set(regs::store::kRunWords, node.words).Set(regs::store::kRuns, 1);
  return node;
}

}  // namespace

void AddStamps(Schedule& schedule) {
  std::vector<StoreNode> stores;
  std::vector<int> new_index(schedule.stores.size());
  size_t stamps = 0;
  const auto append = [&stores](ComputeNode& node, StoreNode store) {
    node.stores.push_back(static_cast<int>(stores.size()));
    stores.push_back(std::move(store));
  };
  for (size_t i = 0; i < schedule.computes.size(); ++i) {
    ComputeNode& node = schedule.computes[i];
    for (const int store : std::exchange(node.stores, {})) {
      new_index[static_cast<size_t>(store)] = static_cast<int>(stores.size());
      append(node, std::move(schedule.stores[static_cast<size_t>(store)]));
    }
    const bool run_ends =
        i + 1 == schedule.computes.size() || schedule.computes[i + 1].op != node.op;
    if (!run_ends) continue;
    node.command.Set(regs::header::kFlags, regs::compute::kFlagStamp);
    append(node, StampStore(node.op, static_cast<int>(i), stamps++));
  }
  schedule.stores = std::move(stores);
  for (LoadNode& load : schedule.loads) {
    if (load.after_store >= 0) load.after_store = new_index[static_cast<size_t>(load.after_store)];
  }
}

}  // namespace fragua::driver

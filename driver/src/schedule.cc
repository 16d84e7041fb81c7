#include "schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

template <typename Buffer, typename Function>
void ForEachWord(Buffer& buffer, const RowSet& set, Function&& function) {
  for (int block = 0; block < set.blocks; ++block) {
    for (int row = set.rows.begin; row < set.rows.end; ++row) {
      const int first = set.base + block * set.block_pitch + (row % set.ring_rows) * set.row_pitch;
      FRAGUA_CHECK(first >= 0 && first + set.row_pitch <= static_cast<int>(buffer.size()),
                   fmt::format("word {} + {} of {}", first, set.row_pitch, buffer.size()));
      for (int i = 0; i < set.row_pitch; ++i) function(buffer[static_cast<size_t>(first + i)]);
    }
  }
}

}  // namespace

Schedule::Schedule(const EngineConfig& engine)
    : weight_words_(engine.weight_words),
      activation_(static_cast<size_t>(engine.activation_words)),
      squeeze_(static_cast<size_t>(engine.squeeze_words)),
      weight_(static_cast<size_t>(engine.weight_words)) {}

void Schedule::LoadRows(LoadNode node, const RowSet& destination) {
  const auto index = static_cast<int>(loads.size());
  ForEachWord(activation_, destination, [&](Word& word) {
    node.after_compute = std::max(node.after_compute, word.user);
    // A row that no tap reads has no user; still the load before must be over, which it is when
    // the command that waits for it has run.
    if (word.loaded_by >= 0) {
      const LoadNode& before = loads[static_cast<size_t>(word.loaded_by)];
      node.after_compute = std::max(node.after_compute, before.first_use);
    }
    word.written_by = -1;
    word.loaded_by = index;
  });
  AddLoad(std::move(node));
}

int Schedule::AddLoad(LoadNode node) {
  const auto index = static_cast<int>(loads.size());
  fresh_loads_.push_back(index);
  loads.push_back(std::move(node));
  return index;
}

int Schedule::LoadWeights(LoadNode node, int weight_words) {
  FRAGUA_CHECK(weight_words <= weight_words_, fmt::format("{} of {}", weight_words, weight_words_));
  const int base = weight_head_;
  for (int i = 0; i < weight_words; ++i) {
    Word& word = weight_[static_cast<size_t>((base + i) % weight_words_)];
    node.after_compute = std::max(node.after_compute, word.user);
    word.loaded_by = static_cast<int>(loads.size());
  }
  weight_head_ = (base + weight_words) % weight_words_;
  node.weights = true;
  AddLoad(std::move(node));
  return base;
}

void Schedule::NeedLoad(int load, ComputeNode& node, int index) {
  if (load < 0 || std::find(node.loads.begin(), node.loads.end(), load) != node.loads.end()) return;
  node.loads.push_back(load);
  LoadNode& source = loads[static_cast<size_t>(load)];
  if (source.first_use < 0) source.first_use = index;
}

int Schedule::Compute(ComputeNode node, const Access& read, const Access* write, int weight_base,
                      int weight_words) {
  const auto index = static_cast<int>(computes.size());
  for (const int load : fresh_loads_) NeedLoad(load, node, index);
  fresh_loads_.clear();
  ForEachWord(read.squeeze ? squeeze_ : activation_, read.rows, [&](Word& word) {
    NeedLoad(word.loaded_by, node, index);
    // Results of every command since the last drain may still be on their way.
    if (word.written_by >= last_drain_) node.drain = true;
    word.user = index;
  });
  for (int i = 0; i < weight_words; ++i) {
    Word& word = weight_[static_cast<size_t>((weight_base + i) % weight_words_)];
    NeedLoad(word.loaded_by, node, index);
    word.user = index;
  }
  if (write != nullptr) {
    ForEachWord(write->squeeze ? squeeze_ : activation_, write->rows, [&](Word& word) {
      NeedLoad(word.loaded_by, node, index);  // never overtake a load into the same space
      word.loaded_by = -1;
      word.written_by = index;
      word.user = index;
    });
  }
  if (node.drain) last_drain_ = index;
  computes.push_back(std::move(node));
  return index;
}

int Schedule::Store(StoreNode node) {
  const auto index = static_cast<int>(stores.size());
  node.compute = static_cast<int>(computes.size()) - 1;
  computes.back().stores.push_back(index);
  stores.push_back(std::move(node));
  return index;
}

}  // namespace fragua::driver

#include "map_table.h"

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::driver {

using model::OpType;

bool MapTable::Escapes(int tensor) const {
  const std::vector<int>& readers = facts_.Consumers(tensor);
  return facts_.IsGraphOutput(tensor) ||
         std::any_of(readers.begin(), readers.end(), [this](int op) { return !Inside(op); });
}

SegmentMap MapTable::MapFor(const ConvSource& source) const {
  SegmentMap map;
  map.tensor = source.tensor;
  map.layout = source.layout;
  map.pixel_pairs = source.pixel_pairs;
  map.pairs = source.pairs;
  map.fill = static_cast<int8_t>(facts_.graph().tensor(source.tensor).quant.zero_point[0]);
  return map;
}

View MapTable::Input(const ConvSource& source) {
  if (!source.pixel_pairs) return Input(source.tensor);
  segment_.maps.push_back(MapFor(source));
  const View view{static_cast<int>(segment_.maps.size()) - 1, 0, 1};
  segment_.host_in.push_back({source.tensor, view});
  return view;
}

View MapTable::Input(int tensor) {
  Require(tensor);
  return ViewOf(tensor);
}

View MapTable::Output(ConvUnit& unit) {
  if (unit.pool_op < 0 && unit.sum_op < 0) return ViewOf(Result(unit.op));
  const int op = unit.pool_op >= 0 ? unit.pool_op : unit.sum_op;
  const int joined = facts_.op(op).inputs[0];
  View view = unit.sum_op >= 0 ? SumsOf(op) : ViewOf(Result(op));
  // Behind a concatenation every convolution has its own blocks of the pooled map.
  if (unit.op >= 0 && Result(unit.op) != joined) {
    const int producer = facts_.Producer(joined);
    for (int input : facts_.op(producer).inputs) {
      if (input == Result(unit.op)) break;
      unit.pool_block += facts_.LayoutOf(input).blocks();
    }
    view.block += unit.pool_block;
    view.blocks = facts_.LayoutOf(Result(unit.op)).blocks();
  }
  return view;
}

View MapTable::SumsOf(int mean) {
  const auto [it, fresh] = sums_.try_emplace(mean, static_cast<int>(segment_.maps.size()));
  if (fresh) {
    SegmentMap map;
    map.tensor = Result(mean);
    map.layout = facts_.LayoutOf(facts_.op(mean).inputs[0]);
    map.layout.height = map.layout.width = 1;
    map.sums = true;
    map.mean_op = mean;
    segment_.maps.push_back(std::move(map));
  }
  return {it->second, 0, Map(it->second).layout.blocks()};
}

/// The blocks of a tensor; a joined tensor's inputs are parts of its map.
View MapTable::ViewOf(int tensor) {
  const int blocks = facts_.LayoutOf(tensor).blocks();
  for (int reader : facts_.Consumers(tensor)) {
    if (!Inside(reader) || facts_.op(reader).type != OpType::kConcatenation) continue;
    View view = ViewOf(Result(reader));
    for (int input : facts_.op(reader).inputs) {
      if (input == tensor) return {view.map, view.block, blocks};
      view.block += facts_.LayoutOf(input).blocks();
    }
  }
  const auto [it, fresh] = maps_.try_emplace(tensor, static_cast<int>(segment_.maps.size()));
  if (fresh) {
    SegmentMap map;
    map.tensor = tensor;
    map.layout = facts_.LayoutOf(tensor);
    segment_.maps.push_back(std::move(map));
  }
  return {it->second, 0, blocks};
}

/// Brings in what nobody in the segment makes.
void MapTable::Require(int tensor) {
  const int producer = facts_.Producer(tensor);
  FRAGUA_CHECK(!Inside(producer) || !facts_.MakesSums(producer),
               "sums of '" + facts_.op(producer).name + "' read as a map in one submission");
  if (!Inside(producer)) {
    if (required_.insert(tensor).second) segment_.host_in.push_back({tensor, ViewOf(tensor)});
  } else if (facts_.op(producer).type == OpType::kConcatenation) {
    for (int input : facts_.op(producer).inputs) Require(input);
  }
}

void MapTable::Finish() {
  for (int op : segment_.ops) {
    const int tensor = Result(op);
    if (!Escapes(tensor)) continue;
    if (facts_.MakesSums(op)) {
      segment_.host_out.push_back({tensor, SumsOf(op)});
    } else {
      Require(tensor);
      segment_.host_out.push_back({tensor, ViewOf(tensor)});
    }
  }
  for (const HostTensor& in : segment_.host_in) Map(in.view.map).from_host = true;
  for (const HostTensor& out : segment_.host_out) Map(out.view.map).to_host = true;
}

}  // namespace fragua::driver

#pragma once
// The maps of a segment while it is being built: which map, and which of its blocks, holds a
// tensor.

#include <map>
#include <set>

#include "conv_unit.h"
#include "stage.h"

namespace fragua::driver {

class MapTable {
 public:
  /// `in_segment`: the segment's operators. Both must outlive the table.
  MapTable(const GraphFacts& facts, const std::set<int>& in_segment, Segment& segment)
      : facts_(facts), in_segment_(in_segment), segment_(segment) {}

  bool Inside(int op) const { return op >= 0 && in_segment_.contains(op); }
  /// Somebody outside the segment needs the tensor.
  bool Escapes(int tensor) const;

  /// The map a convolution reads, were it made now.
  SegmentMap MapFor(const ConvSource& source) const;
  /// The blocks a stage reads; what nobody in the segment makes comes from the processor.
  View Input(const ConvSource& source);
  View Input(int tensor);
  /// Where a unit's results go: its own output or that of its pool or sum. Sets unit.pool_block.
  View Output(ConvUnit& unit);
  /// Lists the tensors that leave the segment and marks the maps that the processor shares. Last.
  void Finish();

 private:
  SegmentMap& Map(int index) { return segment_.maps[static_cast<size_t>(index)]; }
  int Result(int op) const { return facts_.op(op).outputs[0]; }
  View ViewOf(int tensor);
  View SumsOf(int mean);
  void Require(int tensor);

  const GraphFacts& facts_;
  const std::set<int>& in_segment_;
  Segment& segment_;
  std::map<int, int> maps_, sums_;  ///< tensor, MEAN operator -> map
  std::set<int> required_;
};

}  // namespace fragua::driver

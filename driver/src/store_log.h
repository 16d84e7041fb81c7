#pragma once
// Which STORE made what lies in DDR.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "stage.h"
#include "strips.h"

namespace fragua::driver {

/// The last STORE of every row of every block of a segment's maps; -1 = the processor made it.
class StoreLog {
 public:
  explicit StoreLog(const std::vector<SegmentMap>& maps) {
    for (const SegmentMap& map : maps) {
      const int blocks = map.sums ? 0 : map.layout.blocks();
      maps_.push_back({map.layout.height, {}});
      maps_.back().stores.resize(static_cast<size_t>(blocks) * map.layout.height, -1);
    }
  }

  /// Of these rows of block `block` of the view.
  int Last(const View& view, int block, RowRange rows) const {
    const auto begin = At(view, block, rows.begin);
    return rows.size() > 0 ? *std::max_element(begin, begin + rows.size()) : -1;
  }
  void Set(const View& view, int block, RowRange rows, int store) {
    Rows& map = maps_[static_cast<size_t>(view.map)];
    const auto offset = At(view, block, rows.begin) - map.stores.cbegin();
    std::fill_n(map.stores.begin() + offset, rows.size(), store);
  }

 private:
  struct Rows {
    int height = 0;
    std::vector<int> stores;  ///< [block][row]
  };
  std::vector<int>::const_iterator At(const View& view, int block, int row) const {
    const Rows& map = maps_[static_cast<size_t>(view.map)];
    return map.stores.begin() + (view.block + block) * map.height + row;
  }

  std::vector<Rows> maps_;
};

}  // namespace fragua::driver

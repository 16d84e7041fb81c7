#pragma once
// Shares of a kernel call for several threads. Every output byte is computed by one thread, from
// the inputs alone, so the result does not depend on how many there are.

#include <algorithm>

#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/worker_pool.h"

namespace fragua::driver::share {

/// [begin, end) of `total` for one of `parts`, in multiples of `unit` but for the end.
struct Range {
  int64_t begin;
  int64_t end;
  int64_t size() const { return end - begin; }
};
inline Range PartOf(int64_t total, int part, int parts, int64_t unit = 1) {
  const int64_t units = (total + unit - 1) / unit;
  return {std::min(total, units * part / parts * unit),
          std::min(total, units * (part + 1) / parts * unit)};
}

/// Output rows of a sliding window: the window's origin moves with the first row.
template <typename Args>
void TakeRows(Range rows, Args& args) {
  args.output += rows.begin * args.out.width * args.out.channels;
  args.window.pad_top -= static_cast<int>(rows.begin) * args.window.stride_h;
  args.out.height = static_cast<int>(rows.size());
}

/// False: nothing is left for this part.
inline bool Take(int part, int parts, PoolArgs& args) {
  const Range rows = PartOf(args.out.height, part, parts);
  TakeRows(rows, args);
  return rows.size() > 0;
}

/// Convolutions and, with their one channel group each, depthwise ones. A single row (a fully
/// connected layer) is shared by output channels.
inline bool Take(int part, int parts, ConvArgs& args, bool by_channel) {
  if (!by_channel) {
    const Range rows = PartOf(args.out.height, part, parts);
    TakeRows(rows, args);
    return rows.size() > 0;
  }
  const Range channels = PartOf(args.out.channels, part, parts, 4);
  args.channel_begin = static_cast<int>(channels.begin);
  args.channel_end = static_cast<int>(channels.end);
  return channels.size() > 0;
}

inline bool Take(int part, int parts, AddArgs& args) {
  const Range elements = PartOf(args.elements, part, parts, 32);
  args.elements = elements.size();
  args.a += elements.begin;
  args.b += elements.begin;
  args.output += elements.begin;
  return elements.size() > 0;
}

inline bool Take(int part, int parts, RescaleArgs& args) {
  const Range elements = PartOf(args.elements, part, parts, 32);
  args.elements = elements.size();
  args.input += elements.begin;
  args.output += elements.begin;
  return elements.size() > 0;
}

inline bool Take(int part, int parts, SoftmaxArgs& args) {
  const Range rows = PartOf(args.rows, part, parts);
  args.rows = rows.size();
  args.input += rows.begin * args.depth;
  args.output += rows.begin * args.depth;
  return rows.size() > 0;
}

/// Calls the kernel for every part of `args`; `how` is passed on to Take.
template <typename Args, typename... How>
void Run(WorkerPool* pool, void (*kernel)(const Args&), const Args& args, How... how) {
  if (pool == nullptr || pool->threads() == 1) {
    kernel(args);
    return;
  }
  pool->Run([&](int part) {
    Args own = args;
    if (Take(part, pool->threads(), own, how...)) kernel(own);
  });
}

}  // namespace fragua::driver::share

#pragma once
// Drives a recorded run into another engine and finds the first thing that is different.

#include <functional>
#include <optional>
#include <string>

#include "fragua/driver/device_port.h"
#include "fragua/driver/transaction_log.h"

namespace fragua::driver {

struct ReplayResult {
  size_t transactions = 0;      ///< replayed, the differing one included
  uint64_t bytes_compared = 0;  ///< of memory
  size_t registers_compared = 0;
  std::optional<std::string> difference;  ///< the first one, in a sentence
};

/// Compared are register values, interrupts and the memory that the processor took back. What tells
/// time is not: counters, HEAD, times in stamp records, the number of times that STATUS was polled
/// (its last value must appear within 10 ms of the port's time). An interrupt that came may come
/// later, by 10 s at most. `port`'s window begins where the recorded one did and holds
/// log.UsedLimit(); throws Error(kInput) otherwise. `progress` is called now and then with the
/// number of transactions done.
ReplayResult Replay(const TransactionLog& log, DevicePort& port,
                    const std::function<void(size_t)>& progress = {});

}  // namespace fragua::driver

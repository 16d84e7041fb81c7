#pragma once
// Stamp records in a schedule: the engine's counters at the end of every run of commands of one
// operator.

#include "schedule.h"

namespace fragua::driver {

/// Sets STAMP on the last COMPUTE of every run of commands with the same `op` and adds the STORE
/// that takes the record. Offsets of stamp STOREs count from the stamp area.
void AddStamps(Schedule& schedule);

}  // namespace fragua::driver

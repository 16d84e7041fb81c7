#pragma once
// What /proc/interrupts says of the lines that come from the programmable logic.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/driver_linux/system.h"

namespace fragua::driver {

struct InterruptLine {
  int number = -1;      ///< at the interrupt controller; -1: the kernel does not say
  uint64_t count = 0;   ///< over all processors
  std::string trigger;  ///< "Level" or "Edge"; empty: the kernel does not say
  std::string name;     ///< of who asked for it
};

/// Lines of the interrupt controller (GIC); empty when the file cannot be read.
std::vector<InterruptLine> ReadInterruptLines(System& system);

}  // namespace fragua::driver

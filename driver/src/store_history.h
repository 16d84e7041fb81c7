#pragma once
// Which STORE command wrote a byte, known from the registers and the ring alone.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/driver/device_port.h"
#include "fragua/driver/registers.h"

namespace fragua::driver {

class StoreHistory {
 public:
  /// A register is about to be written; `memory` holds the ring as the processor wrote it.
  void Write(uint32_t offset, uint32_t value, const DmaBuffer& memory);
  /// A clause that names the last STORE whose runs cover the address, and the COMPUTE before it.
  std::string WhoWrote(uint32_t address) const;

 private:
  struct Submitted {
    uint64_t index = 0;  ///< of all commands so far
    regs::Command command;
    int64_t compute = -1;  ///< last COMPUTE before it, as an index into commands_
  };
  uint32_t ring_base_ = 0, ring_log2_ = 0, tail_ = 0;
  std::vector<Submitted> commands_;
  int64_t last_compute_ = -1;
};

}  // namespace fragua::driver

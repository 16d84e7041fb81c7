#pragma once
// What a bus master sees of the memory behind the interconnect. One call is one burst.

#include <cstdint>
#include <span>

namespace fragua::sim {

/// AXI response codes.
enum class BusStatus : uint8_t { kOkay = 0, kSlaveError = 2, kDecodeError = 3 };

class BusMemory {
 public:
  virtual ~BusMemory() = default;
  /// Reads or writes data.size() bytes at bus address `address`; on failure `data` is unspecified.
  virtual BusStatus Read(uint32_t address, std::span<uint8_t> data) = 0;
  virtual BusStatus Write(uint32_t address, std::span<const uint8_t> data) = 0;
};

}  // namespace fragua::sim

#pragma once
// The engine's AXI4 master pins in one clock cycle. Bus widths as in docs/ENGINE.md.

#include <cstdint>

namespace fragua::sim {

struct AxiAddress {
  bool valid = false;
  uint8_t id = 0;
  uint32_t address = 0;
  uint8_t len = 0;    ///< beats - 1
  uint8_t size = 0;   ///< log2 bytes per beat
  uint8_t burst = 0;  ///< 1 = INCR
  bool operator==(const AxiAddress&) const = default;
};

/// What the engine drives.
struct AxiOut {
  AxiAddress ar, aw;
  struct Data {
    bool valid = false;
    uint64_t data = 0;
    uint8_t strb = 0;
    bool last = false;
    bool operator==(const Data&) const = default;
  } w;
  bool r_ready = false;
  bool b_ready = false;
};

/// What the memory port drives.
struct AxiIn {
  bool ar_ready = false, aw_ready = false, w_ready = false;
  struct Data {
    bool valid = false;
    uint8_t id = 0;
    uint64_t data = 0;
    uint8_t resp = 0;
    bool last = false;
    bool operator==(const Data&) const = default;
  } r;
  struct Response {
    bool valid = false;
    uint8_t id = 0;
    uint8_t resp = 0;
    bool operator==(const Response&) const = default;
  } b;
};

/// AXI4-Lite, driven by the interconnect.
struct LiteIn {
  bool aw_valid = false, w_valid = false, b_ready = false, ar_valid = false, r_ready = false;
  uint16_t aw_addr = 0, ar_addr = 0;
  uint32_t w_data = 0;
};

/// AXI4-Lite, driven by the engine.
struct LiteOut {
  bool aw_ready = false, w_ready = false, ar_ready = false;
  struct Response {
    bool valid = false;
    uint8_t resp = 0;
    uint32_t data = 0;  ///< reads only
    bool operator==(const Response&) const = default;
  } b, r;
};

}  // namespace fragua::sim

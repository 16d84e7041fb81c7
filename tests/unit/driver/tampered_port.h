#pragma once
// A device port between the driver and another port, for tests of devices that misbehave.

#include <chrono>
#include <cstdint>
#include <functional>

#include "../../support/forwarding_port.h"

namespace fragua::test {

/// Hands everything on, except what a test takes over.
class TamperedPort : public ForwardingPort {
 public:
  using ForwardingPort::ForwardingPort;

  std::function<uint32_t(uint32_t, uint32_t)> read;   ///< offset, true value -> value seen
  std::function<uint32_t(uint32_t, uint32_t)> write;  ///< offset, value -> value written
  int lost_interrupts = 0;
  int interrupts_awaited = 0;
  std::chrono::nanoseconds patience{0};  ///< of the last wait

  uint32_t Read32(uint32_t offset) override {
    const uint32_t value = inner_.Read32(offset);
    return read ? read(offset, value) : value;
  }
  void Write32(uint32_t offset, uint32_t value) override {
    inner_.Write32(offset, write ? write(offset, value) : value);
  }
  bool WaitIrq(std::chrono::nanoseconds timeout) override {
    ++interrupts_awaited;
    patience = timeout;
    if (lost_interrupts > 0) {
      --lost_interrupts;
      inner_.ConsumeCpu(timeout);
      return false;
    }
    return inner_.WaitIrq(timeout);
  }
};

}  // namespace fragua::test

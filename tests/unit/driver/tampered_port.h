#pragma once
// A device port between the driver and another port, for tests of devices that misbehave.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "fragua/driver/device_port.h"

namespace fragua::test {

/// Hands everything on, except what a test takes over.
class TamperedPort : public driver::DevicePort {
 public:
  explicit TamperedPort(driver::DevicePort& inner) : inner_(inner) {}

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
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override {
    return inner_.Allocate(bytes, alignment);
  }
  void ReleaseAll() override { inner_.ReleaseAll(); }
  uint32_t WindowBase() const override { return inner_.WindowBase(); }
  uint32_t WindowLimit() const override { return inner_.WindowLimit(); }
  void SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    inner_.SyncForDevice(buffer, offset, bytes);
  }
  void SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    inner_.SyncForCpu(buffer, offset, bytes);
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
  void ConsumeCpu(std::chrono::nanoseconds duration) override { inner_.ConsumeCpu(duration); }
  std::chrono::nanoseconds Now() override { return inner_.Now(); }

 private:
  driver::DevicePort& inner_;
};

}  // namespace fragua::test

#pragma once
// A device port in front of another one: hands everything on, except what a test's own class
// overrides.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "fragua/driver/device_port.h"

namespace fragua::test {

class ForwardingPort : public driver::DevicePort {
 public:
  /// Keeps a reference to `inner`.
  explicit ForwardingPort(driver::DevicePort& inner) : inner_(inner) {}

  uint32_t Read32(uint32_t offset) override { return inner_.Read32(offset); }
  void Write32(uint32_t offset, uint32_t value) override { inner_.Write32(offset, value); }
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
  bool WaitIrq(std::chrono::nanoseconds timeout) override { return inner_.WaitIrq(timeout); }
  void ConsumeCpu(std::chrono::nanoseconds duration) override { inner_.ConsumeCpu(duration); }
  std::chrono::nanoseconds Now() override { return inner_.Now(); }

 protected:
  driver::DevicePort& inner_;
};

}  // namespace fragua::test

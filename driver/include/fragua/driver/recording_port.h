#pragma once
// A device port that hands everything on to another one and keeps a log of it.

#include "fragua/driver/device_port.h"
#include "fragua/driver/transaction_log.h"

namespace fragua::driver {

class RecordingPort : public DevicePort {
 public:
  /// `port` is used until destruction.
  explicit RecordingPort(DevicePort& port);
  /// Of all that has happened; engine, backend and ending are the caller's to fill in.
  TransactionLog& log() { return log_; }

  uint32_t Read32(uint32_t offset) override;
  void Write32(uint32_t offset, uint32_t value) override;
  DmaBuffer Allocate(size_t bytes, size_t alignment) override;
  void ReleaseAll() override { port_.ReleaseAll(); }
  uint32_t WindowBase() const override { return port_.WindowBase(); }
  uint32_t WindowLimit() const override { return port_.WindowLimit(); }
  void SyncForDevice(const DmaBuffer& buffer, size_t offset, size_t bytes) override;
  void SyncForCpu(const DmaBuffer& buffer, size_t offset, size_t bytes) override;
  bool WaitIrq(std::chrono::nanoseconds timeout) override;
  void ConsumeCpu(std::chrono::nanoseconds duration) override { port_.ConsumeCpu(duration); }
  std::chrono::nanoseconds Now() override { return port_.Now(); }

 private:
  void AddMemory(Transaction::Kind kind, const DmaBuffer& buffer, size_t offset, size_t bytes);

  DevicePort& port_;
  TransactionLog log_;
};

}  // namespace fragua::driver

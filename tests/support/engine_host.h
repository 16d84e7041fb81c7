#pragma once
// A minimal host for engine tests: rings commands in through a device port and waits, with no
// compiler in between.

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <span>
#include <vector>

#include "fragua/driver/device_port.h"
#include "fragua/driver/registers.h"

namespace fragua::test {

class EngineHost {
 public:
  /// A ring of 2^ring_log2 commands.
  explicit EngineHost(driver::DevicePort& port, uint32_t ring_log2 = 8)
      : port_(port), ring_log2_(ring_log2), ring_(port.Allocate(size_t{64} << ring_log2, 4096)) {
    Configure();
  }

  void Configure() {
    namespace r = driver::regs;
    port_.Write32(r::kRegRingBase, ring_.bus_address);
    port_.Write32(r::kRegRingSize, ring_log2_);
    port_.Write32(r::kRegWindowBase, port_.WindowBase());
    port_.Write32(r::kRegWindowLimit, port_.WindowLimit());
    port_.Write32(r::kRegIrqEnable, r::kIrqEnableDone.mask() | r::kIrqEnableError.mask());
    port_.Write32(r::kRegControl, r::kControlEnable.mask());
    tail_ = 0;
  }

  void Submit(std::span<const driver::regs::Command> commands) {
    for (const auto& command : commands) {
      const size_t offset = (tail_++ % (1u << ring_log2_)) * 64;
      for (size_t i = 0; i < 64; ++i) {
        ring_.host[offset + i] = static_cast<uint8_t>(command.words()[i / 8] >> (8 * (i % 8)));
      }
      port_.SyncForDevice(ring_, offset, 64);
    }
    port_.Write32(driver::regs::kRegTail, tail_);
  }

  /// True when a SIGNAL came, false on error or timeout. Clears the interrupt.
  bool Wait(std::chrono::nanoseconds timeout = std::chrono::milliseconds(50)) {
    namespace r = driver::regs;
    if (!port_.WaitIrq(timeout)) return false;
    const uint32_t status = port_.Read32(r::kRegIrqStatus);
    port_.Write32(r::kRegIrqStatus, status);
    return status == r::kIrqStatusDone.mask();
  }

  bool SoftReset(int polls = 1000) {
    namespace r = driver::regs;
    port_.Write32(r::kRegControl, r::kControlSoftReset.mask());
    while ((port_.Read32(r::kRegStatus) & r::kStatusInReset.mask()) == 0) {
      if (--polls == 0) return false;
    }
    port_.Write32(r::kRegControl, 0);
    Configure();
    return true;
  }

  driver::regs::ErrorCode Error() {
    return static_cast<driver::regs::ErrorCode>(port_.Read32(driver::regs::kRegErrorCode));
  }

  /// A buffer with these bytes, visible to the engine.
  driver::DmaBuffer Upload(std::span<const uint8_t> bytes) {
    driver::DmaBuffer buffer = port_.Allocate(bytes.size(), 64);
    std::memcpy(buffer.host.data(), bytes.data(), bytes.size());
    port_.SyncForDevice(buffer, 0, bytes.size());
    return buffer;
  }

  std::vector<uint8_t> Download(const driver::DmaBuffer& buffer) {
    port_.SyncForCpu(buffer, 0, buffer.size());
    return {buffer.host.begin(), buffer.host.end()};
  }

  driver::DevicePort& port() { return port_; }

 private:
  driver::DevicePort& port_;
  uint32_t ring_log2_;
  driver::DmaBuffer ring_;
  uint32_t tail_ = 0;
};

/// SIGNAL with `value`.
inline driver::regs::Command MakeSignal(uint32_t value) {
  auto command = driver::regs::MakeCommand(driver::regs::Opcode::kSignal);
  command.Set(driver::regs::signal::kValue, value);
  return command;
}

/// `words` consecutive words from `bus_address` into a buffer.
inline driver::regs::Command MakeLoad(uint32_t bus_address, size_t words, bool weights, int place,
                                      uint32_t tag) {
  namespace l = driver::regs::load;
  auto command = driver::regs::MakeCommand(driver::regs::Opcode::kLoad);
  command.Set(driver::regs::header::kTag, tag);
  command.Set(l::kDdrAddr, bus_address).Set(l::kRunWords, static_cast<int64_t>(words));
  command.Set(l::kRuns, 1).Set(l::kDst, weights ? 1 : 0).Set(l::kDstAddr, place);
  return command;
}

inline driver::regs::Command MakeStore(uint32_t bus_address, size_t words, uint32_t tag) {
  namespace s = driver::regs::store;
  auto command = driver::regs::MakeCommand(driver::regs::Opcode::kStore);
  command.Set(driver::regs::header::kTag, tag);
  command.Set(s::kDdrAddr, bus_address).Set(s::kRunWords, static_cast<int64_t>(words));
  command.Set(s::kRuns, 1);
  return command;
}

}  // namespace fragua::test

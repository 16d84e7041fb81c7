#pragma once
// A device port between a driver and an engine that spoils one submission as asked, and is honest
// otherwise.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "fragua/driver/registers.h"
#include "support/forwarding_port.h"

namespace fragua::test {

class SaboteurPort : public ForwardingPort {
 public:
  using ForwardingPort::ForwardingPort;

  /// Changes command `index` of the next submission in the ring.
  void SpoilCommand(size_t index, std::function<void(driver::regs::Command&)> how) {
    spoil_ = {index, std::move(how)};
  }
  /// The next wait is given up after so long.
  void GiveUpAfter(std::chrono::nanoseconds time) { give_up_ = time; }

  void Write32(uint32_t offset, uint32_t value) override {
    if (offset == driver::regs::kRegRingBase) {
      ring_base_ = value;
      tail_ = 0;
    }
    if (offset == driver::regs::kRegTail) {
      if (spoil_) Spoil();
      tail_ = value;
    }
    inner_.Write32(offset, value);
  }
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override {
    buffers_.push_back(inner_.Allocate(bytes, alignment));
    return buffers_.back();
  }
  void ReleaseAll() override {
    buffers_.clear();
    inner_.ReleaseAll();
  }
  bool WaitIrq(std::chrono::nanoseconds timeout) override {
    if (!give_up_) return inner_.WaitIrq(timeout);
    inner_.WaitIrq(std::min(timeout, *std::exchange(give_up_, std::nullopt)));
    return false;
  }

 private:
  void Spoil() {
    using driver::regs::Command;
    const auto ring = std::ranges::find(buffers_, ring_base_, &driver::DmaBuffer::bus_address);
    const size_t places = ring->size() / Command::kBytes;
    const size_t at = (tail_ + spoil_->first) % places * Command::kBytes;
    Command command;
    std::memcpy(command.words().data(), ring->host.data() + at, Command::kBytes);
    spoil_->second(command);
    std::memcpy(ring->host.data() + at, command.words().data(), Command::kBytes);
    inner_.SyncForDevice(*ring, at, Command::kBytes);
    spoil_.reset();
  }

  std::vector<driver::DmaBuffer> buffers_;
  uint32_t ring_base_ = 0;
  uint32_t tail_ = 0;
  std::optional<std::pair<size_t, std::function<void(driver::regs::Command&)>>> spoil_;
  std::optional<std::chrono::nanoseconds> give_up_;
};

}  // namespace fragua::test

#pragma once
// A device port that passes everything on to another one and writes down what went over it, as a
// script for fr_fourstate_bench.sv.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "fragua/driver/device_port.h"
#include "fragua/driver/stamp_times.h"

namespace fragua::test {

class RecordingPort : public driver::DevicePort {
 public:
  explicit RecordingPort(driver::DevicePort& port) : port_(port) {}

  /// One line per step: operation, address, 64 bits of data; digits x are not compared.
  const std::vector<std::string>& lines() const { return lines_; }

  uint32_t Read32(uint32_t offset) override {
    const uint32_t value = port_.Read32(offset);
    // Counters tell time, which only the RTL has exactly; they must be known, not equal.
    Add('3', offset, driver::TellsTime(offset) ? std::string(16, 'x') : Hex(value, 16));
    return value;
  }
  void Write32(uint32_t offset, uint32_t value) override {
    Add('2', offset, Hex(value, 16));
    port_.Write32(offset, value);
  }
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override {
    return port_.Allocate(bytes, alignment);
  }
  void ReleaseAll() override { port_.ReleaseAll(); }
  uint32_t WindowBase() const override { return port_.WindowBase(); }
  uint32_t WindowLimit() const override { return port_.WindowLimit(); }
  void SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    port_.SyncForDevice(buffer, offset, bytes);
    AddMemory('1', buffer, offset, bytes);
  }
  void SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override {
    port_.SyncForCpu(buffer, offset, bytes);
    AddMemory('5', buffer, offset, bytes);
  }
  bool WaitIrq(std::chrono::nanoseconds timeout) override {
    const bool came = port_.WaitIrq(timeout);
    if (came) Add('4', 0, Hex(0, 16));
    return came;
  }
  void ConsumeCpu(std::chrono::nanoseconds duration) override { port_.ConsumeCpu(duration); }
  std::chrono::nanoseconds Now() override { return port_.Now(); }

 private:
  static std::string Hex(uint64_t value, int digits) {
    std::string text(static_cast<size_t>(digits), '0');
    for (int i = digits - 1; i >= 0; --i, value >>= 4) {
      text[static_cast<size_t>(i)] = "0123456789abcdef"[value & 15];
    }
    return text;
  }
  void Add(char operation, uint32_t address, const std::string& data) {
    lines_.push_back(std::string("0") + operation + Hex(address, 8) + data);
  }

  /// Words of [offset, offset + bytes); bytes of the first and last word outside it are x.
  void AddMemory(char operation, const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
    const std::set<size_t> times =
        operation == '5' ? StampTimes(buffer, offset, bytes) : std::set<size_t>();
    for (size_t word = offset / 8 * 8; word < offset + bytes; word += 8) {
      std::string data;
      for (size_t byte = word + 8; byte-- > word;) {
        const bool inside = byte >= offset && byte < offset + bytes && times.count(byte / 4) == 0;
        data += inside ? Hex(buffer.host[byte], 2) : "xx";
      }
      Add(operation, buffer.bus_address + static_cast<uint32_t>(word), data);
    }
  }
  /// 32-bit words of the range that are times in stamp records.
  static std::set<size_t> StampTimes(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
    const size_t first = (offset + 7) / 8 * 8;
    std::set<size_t> times;
    if (first >= offset + bytes) return times;
    for (const size_t at :
         driver::StampTimeWords(buffer.host.subspan(first, offset + bytes - first))) {
      times.insert((first + at) / 4);
    }
    return times;
  }

  driver::DevicePort& port_;
  std::vector<std::string> lines_;
};

}  // namespace fragua::test

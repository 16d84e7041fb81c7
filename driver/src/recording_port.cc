#include "fragua/driver/recording_port.h"

namespace fragua::driver {

RecordingPort::RecordingPort(DevicePort& port) : port_(port) {
  log_.window_base = port.WindowBase();
  log_.window_limit = port.WindowLimit();
}

uint32_t RecordingPort::Read32(uint32_t offset) {
  const uint32_t value = port_.Read32(offset);
  log_.transactions.push_back({Transaction::Kind::kRead, offset, value, 0, {}});
  return value;
}

void RecordingPort::Write32(uint32_t offset, uint32_t value) {
  log_.transactions.push_back({Transaction::Kind::kWrite, offset, value, 0, {}});
  port_.Write32(offset, value);
}

DmaBuffer RecordingPort::Allocate(size_t bytes, size_t alignment) {
  const DmaBuffer buffer = port_.Allocate(bytes, alignment);
  log_.transactions.push_back(
      {Transaction::Kind::kAllocate, buffer.bus_address, 0, buffer.size(), {}});
  return buffer;
}

void RecordingPort::SyncForDevice(const DmaBuffer& buffer, size_t offset, size_t bytes) {
  port_.SyncForDevice(buffer, offset, bytes);
  AddMemory(Transaction::Kind::kToDevice, buffer, offset, bytes);
}

void RecordingPort::SyncForCpu(const DmaBuffer& buffer, size_t offset, size_t bytes) {
  port_.SyncForCpu(buffer, offset, bytes);
  AddMemory(Transaction::Kind::kToCpu, buffer, offset, bytes);
}

bool RecordingPort::WaitIrq(std::chrono::nanoseconds timeout) {
  const bool came = port_.WaitIrq(timeout);
  log_.transactions.push_back(
      {Transaction::Kind::kWait, 0, came ? 1u : 0u, static_cast<uint64_t>(timeout.count()), {}});
  return came;
}

void RecordingPort::AddMemory(Transaction::Kind kind, const DmaBuffer& buffer, size_t offset,
                              size_t bytes) {
  const auto range = buffer.host.subspan(offset, bytes);
  log_.transactions.push_back({kind,
                               buffer.bus_address + static_cast<uint32_t>(offset),
                               0,
                               0,
                               {range.begin(), range.end()}});
}

}  // namespace fragua::driver

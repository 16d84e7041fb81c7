#include "fragua/driver/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "fragua/driver/registers.h"
#include "fragua/driver/stamp_times.h"
#include "fragua/model/error.h"
#include "store_history.h"

namespace fragua::driver {
namespace {

using Kind = Transaction::Kind;
using std::chrono::nanoseconds;

constexpr nanoseconds kStatusPatience = std::chrono::milliseconds(10);
constexpr int kMaxPolls = 100000;
constexpr nanoseconds kInterruptPatience = std::chrono::seconds(10);
constexpr size_t kAlignment = 4096;

class Replayer {
 public:
  Replayer(const TransactionLog& log, DevicePort& port) : log_(log), port_(port) {
    const auto bytes = static_cast<size_t>(log.UsedLimit() - log.window_base);
    if (bytes > 0) memory_ = port.Allocate(bytes, kAlignment);
    if (bytes > 0 && memory_.bus_address != log.window_base) {
      ThrowInput(fmt::format("the recording's memory begins at 0x{:08X}, this engine's at 0x{:08X}",
                             log.window_base, memory_.bus_address));
    }
  }

  ReplayResult Run(const std::function<void(size_t)>& progress) {
    ReplayResult result;
    for (size_t i = 0; i < log_.transactions.size() && !result.difference; ++i) {
      if (progress) progress(i);
      ++result.transactions;
      const Transaction& each = log_.transactions[i];
      std::optional<std::string> difference;
      switch (each.kind) {
        case Kind::kRead:
          difference = Read(i, result);
          break;
        case Kind::kWrite:
          history_.Write(each.address, each.value, memory_);
          port_.Write32(each.address, each.value);
          break;
        case Kind::kWait:
          difference = Wait(each);
          break;
        case Kind::kAllocate:
          break;
        case Kind::kToDevice:
          std::memcpy(Range(each).data(), each.data.data(), each.data.size());
          port_.SyncForDevice(memory_, each.address - memory_.bus_address, each.data.size());
          break;
        case Kind::kToCpu:
          difference = Compare(each, result);
          break;
      }
      if (difference) {
        result.difference =
            fmt::format("transaction {} of {}: {}", i + 1, log_.transactions.size(), *difference);
      }
    }
    return result;
  }

 private:
  std::optional<std::string> Read(size_t index, ReplayResult& result) {
    const Transaction& each = log_.transactions[index];
    if (each.address == regs::kRegStatus) {
      // Only the last of a row of polls says what the driver waited for.
      const bool more = index + 1 < log_.transactions.size() &&
                        log_.transactions[index + 1].kind == Kind::kRead &&
                        log_.transactions[index + 1].address == each.address;
      if (more) return std::nullopt;
    }
    uint32_t value = port_.Read32(each.address);
    if (TellsTime(each.address) || each.address == regs::kRegHead) return std::nullopt;
    if (each.address == regs::kRegStatus) {
      const nanoseconds deadline = port_.Now() + kStatusPatience;
      for (int i = 0; value != each.value && port_.Now() < deadline && i < kMaxPolls; ++i) {
        value = port_.Read32(each.address);
      }
    }
    ++result.registers_compared;
    if (value == each.value) return std::nullopt;
    return fmt::format("register 0x{:03X} reads 0x{:08X}, recorded was 0x{:08X}", each.address,
                       value, each.value);
  }

  std::optional<std::string> Wait(const Transaction& each) {
    const nanoseconds recorded(static_cast<int64_t>(each.ns));
    const bool came = port_.WaitIrq(each.value != 0 ? recorded + kInterruptPatience : recorded);
    if (came == (each.value != 0)) return std::nullopt;
    return came ? "an interrupt came where none had come within the recorded time"
                : "the recorded interrupt does not come";
  }

  std::span<uint8_t> Range(const Transaction& each) const {
    const uint64_t first = uint64_t{each.address} - memory_.bus_address;
    if (each.address < memory_.bus_address || first + each.data.size() > memory_.size()) {
      ThrowInput(
          fmt::format("the recording touches 0x{:08X}, which it never allocated", each.address));
    }
    return memory_.host.subspan(static_cast<size_t>(first), each.data.size());
  }

  std::optional<std::string> Compare(const Transaction& each, ReplayResult& result) {
    const std::span<uint8_t> now = Range(each);
    port_.SyncForCpu(memory_, each.address - memory_.bus_address, each.data.size());
    std::vector<uint8_t> expected = each.data;
    // Records lie on multiples of 8 of the bus.
    const size_t skip = std::min<size_t>((8 - each.address % 8) % 8, expected.size());
    for (const size_t at : StampTimeWords(std::span(expected).subspan(skip))) {
      std::memcpy(expected.data() + skip + at, now.data() + skip + at, 4);
    }
    const auto [left, right] = std::ranges::mismatch(expected, now);
    const auto at = static_cast<size_t>(left - expected.begin());
    result.bytes_compared += at;
    if (left == expected.end()) return std::nullopt;
    const uint32_t address = each.address + static_cast<uint32_t>(at);
    return fmt::format("byte 0x{:08X} is 0x{:02X}, recorded was 0x{:02X}; {}", address, *right,
                       *left, history_.WhoWrote(address));
  }

  const TransactionLog& log_;
  DevicePort& port_;
  DmaBuffer memory_;
  StoreHistory history_;
};

}  // namespace

ReplayResult Replay(const TransactionLog& log, DevicePort& port,
                    const std::function<void(size_t)>& progress) {
  return Replayer(log, port).Run(progress);
}

}  // namespace fragua::driver

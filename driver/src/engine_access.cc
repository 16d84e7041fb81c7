#include "fragua/driver/engine_access.h"

#include <fmt/format.h>

#include "fragua/driver/registers.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

// A reset ends as soon as the bursts on the bus have; longer means that the bus is dead.
constexpr nanoseconds kResetTimeout = std::chrono::milliseconds(10);
// Polls without time passing (a clock that stands still) must end too.
constexpr int kMaxPolls = 100000;

struct Capability {
  const char* name;
  uint32_t found, expected;
};

[[noreturn]] void ThrowDevice(const std::string& text) { throw Error(ErrorKind::kDevice, text); }

}  // namespace

std::optional<EngineMismatch> FindMismatch(DevicePort& port, const EngineConfig& expected) {
  const uint32_t id = port.Read32(regs::kRegId);
  if (id != regs::kRegIdReset) {
    return EngineMismatch{fmt::format("no Fragua engine answers: register ID reads 0x{:08X}", id),
                          fmt::format("0x{:08X}", regs::kRegIdReset),
                          "load the bitstream and check the register address"};
  }
  const uint32_t version = port.Read32(regs::kRegVersion);
  if (version >> 16 != regs::kVersionValue >> 16) {
    const auto text = [](uint32_t v) { return fmt::format("{}.{}", v >> 16, v & 0xFFFF); };
    return EngineMismatch{fmt::format("the engine has interface version {}", text(version)),
                          fmt::format("{}, this driver's", text(regs::kVersionValue)),
                          "use a bitstream and a driver of the same major version"};
  }
  const uint32_t hash = port.Read32(regs::kRegAbiHash);
  if (hash != regs::kAbiHashValue) {
    return EngineMismatch{fmt::format("the engine's register map has hash 0x{:08X}", hash),
                          fmt::format("0x{:08X}, this driver's", regs::kAbiHashValue),
                          "build both from the same configs/registers.yaml"};
  }
  const uint32_t array = port.Read32(regs::kRegCapsArray);
  const auto word = [](int value) { return static_cast<uint32_t>(value); };
  const Capability capabilities[] = {
      {"array.pc", regs::kCapsArrayPc.Get(array), word(expected.pc)},
      {"array.pk", regs::kCapsArrayPk.Get(array), word(expected.pk)},
      {"lanes", regs::kCapsArrayLanes.Get(array), word(expected.lanes)},
      {"acc_bits", regs::kCapsArrayAccBits.Get(array), word(expected.acc_bits)},
      {"activation_words", port.Read32(regs::kRegCapsAct), word(expected.activation_words)},
      {"squeeze_words", port.Read32(regs::kRegCapsSqueeze), word(expected.squeeze_words)},
      {"weight_words", port.Read32(regs::kRegCapsWeight), word(expected.weight_words)},
      {"pool_words", port.Read32(regs::kRegCapsPool), word(expected.pool_words)},
  };
  for (const Capability& c : capabilities) {
    if (c.found == c.expected) continue;
    return EngineMismatch{fmt::format("the engine has {} = {}", c.name, c.found),
                          fmt::format("{} as in the configuration '{}'", c.expected, expected.name),
                          "choose the configuration of the bitstream (--engine)"};
  }
  return std::nullopt;
}

void IdentifyEngine(DevicePort& port, const EngineConfig& expected) {
  const auto mismatch = FindMismatch(port, expected);
  if (!mismatch) return;
  ThrowDevice(
      fmt::format("{}, expected {}; {}", mismatch->found, mismatch->expected, mismatch->fix));
}

void SoftReset(DevicePort& port) {
  port.Write32(regs::kRegControl, regs::kControlSoftReset.mask());
  const nanoseconds deadline = port.Now() + kResetTimeout;
  int polls = 0;
  while (regs::kStatusInReset.Get(port.Read32(regs::kRegStatus)) == 0) {
    if (port.Now() > deadline || ++polls > kMaxPolls) {
      ThrowDevice(
          fmt::format("the engine did not reach reset within {} ms: a burst on its bus "
                      "never ends; reset the programmable logic",
                      kResetTimeout.count() / 1000000));
    }
  }
  port.Write32(regs::kRegControl, 0);
  port.Write32(regs::kRegIrqStatus, regs::kIrqStatusDone.mask() | regs::kIrqStatusError.mask());
}

bool IsDirty(DevicePort& port) {
  const uint32_t status = port.Read32(regs::kRegStatus);
  return regs::kStatusBusy.Get(status) != 0 || regs::kStatusError.Get(status) != 0 ||
         port.Read32(regs::kRegTail) != port.Read32(regs::kRegHead);
}

}  // namespace fragua::driver

#include "counters.h"

#include <fmt/format.h>

#include <cstring>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

struct CounterField {
  uint64_t EngineCounters::*member;
  int stamp_word;
};

constexpr CounterField kFields[] = {
    {&EngineCounters::cycles, regs::stamp::kCyclesWord},
    {&EngineCounters::compute, regs::stamp::kComputeWord},
    {&EngineCounters::wait_weights, regs::stamp::kWaitWeightsWord},
    {&EngineCounters::wait_activations, regs::stamp::kWaitActivationsWord},
    {&EngineCounters::wait_output, regs::stamp::kWaitOutputWord},
    {&EngineCounters::wait_requant, regs::stamp::kWaitRequantWord},
    {&EngineCounters::overhead, regs::stamp::kOverheadWord},
    {&EngineCounters::idle, regs::stamp::kIdleWord},
    {&EngineCounters::read_beats, regs::stamp::kReadBeatsWord},
    {&EngineCounters::write_beats, regs::stamp::kWriteBeatsWord},
};

uint32_t WordOf(std::span<const uint8_t> record, int word) {
  uint32_t value = 0;
  std::memcpy(&value, record.data() + static_cast<size_t>(word) * 4, sizeof value);
  return value;
}

}  // namespace

EngineCounters& EngineCounters::operator+=(const EngineCounters& other) {
  for (const CounterField& field : kFields) this->*field.member += other.*field.member;
  return *this;
}

EngineCounters Difference(const EngineCounters& later, const EngineCounters& earlier) {
  EngineCounters result;
  for (const CounterField& field : kFields) {
    result.*field.member =
        static_cast<uint32_t>(later.*field.member) - static_cast<uint32_t>(earlier.*field.member);
  }
  return result;
}

EngineCounters ReadStamp(std::span<const uint8_t> record, uint32_t tag) {
  const uint32_t magic = WordOf(record, regs::stamp::kMagicWord);
  const uint32_t found = WordOf(record, regs::stamp::kTagWord);
  if (magic != regs::stamp::kMagicValue || found != tag) {
    throw Error(
        ErrorKind::kDevice,
        fmt::format("a stamp record holds tag 0x{:X} and mark 0x{:08X}, expected tag 0x{:X} "
                    "and mark 0x{:08X}: results and commands are out of step; reset the "
                    "engine and report this",
                    found, magic, tag, regs::stamp::kMagicValue));
  }
  EngineCounters counters;
  for (const CounterField& field : kFields) {
    counters.*field.member = WordOf(record, field.stamp_word);
  }
  return counters;
}

}  // namespace fragua::driver

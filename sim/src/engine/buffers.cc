#include "engine/buffers.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::sim {

Buffer::Buffer(const char* name, int places, int words_per_place, HazardMonitor& monitor,
               bool in_order)
    : name_(name),
      places_(places),
      words_per_place_(words_per_place),
      in_order_(in_order),
      monitor_(monitor),
      words_(static_cast<size_t>(places) * static_cast<size_t>(words_per_place)),
      states_(static_cast<size_t>(places)) {
  Poison();
}

void Buffer::Poison() {
  // Neither zero nor constant, so that sums and maxima over forgotten words come out wrong.
  for (size_t i = 0; i < words_.size(); ++i) words_[i] = 0xA55A5BB5C33C9669u * (2 * i + 1);
  std::ranges::fill(states_, WordState{});
}

void Buffer::CheckAddress(Unit unit, int64_t address) const {
  if (address >= 0 && address < places_) return;
  monitor_.Fail(unit, fmt::format("addresses {} word {} of {}", name_, address, places_));
}

std::span<const uint64_t> Buffer::Read(Unit unit, int64_t address) {
  CheckAddress(unit, address);
  const auto place = static_cast<size_t>(address);
  monitor_.OnRead(unit, states_[place], {name_, place, true, in_order_});
  return std::span(words_).subspan(place * words_per_place_, words_per_place_);
}

void Buffer::Write(Unit unit, int64_t address, int slice, uint64_t value) {
  CheckAddress(unit, address);
  const auto place = static_cast<size_t>(address);
  monitor_.OnWrite(unit, states_[place], {name_, place});
  words_[place * words_per_place_ + slice] = value;
}

Buffers::Buffers(const driver::EngineConfig& config, HazardMonitor& monitor_in)
    : monitor(monitor_in),
      activation("activation", config.activation_words, 1, monitor),
      squeeze("squeeze", config.squeeze_words, 1, monitor),
      weight("weight", config.weight_words, config.macs_per_cycle() / 8, monitor),
      pool("pool", config.pool_words, 1, monitor, true) {}

void Buffers::Poison() {
  activation.Poison();
  squeeze.Poison();
  weight.Poison();
  pool.Poison();
}

}  // namespace fragua::sim

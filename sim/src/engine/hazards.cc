#include "engine/hazards.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::sim {

const char* Name(Unit unit) {
  switch (unit) {
    case Unit::kLoad:
      return "LOAD";
    case Unit::kCompute:
      return "COMPUTE";
    case Unit::kStore:
      return "STORE";
  }
  return "?";
}

void HazardMonitor::Start(Unit unit, uint32_t tag) {
  if (enabled_) tags_[At(unit)].push_back(tag);
}

void HazardMonitor::Join(Unit unit, const Clock& sender) {
  Clock& clock = clocks_[At(unit)];
  for (size_t u = 0; u < kUnits; ++u) clock[u] = std::max(clock[u], sender[u]);
}

Clock HazardMonitor::Completed(Unit unit) const {
  Clock clock = clocks_[At(unit)];
  clock[At(unit)] = Current(unit);
  return clock;
}

Clock HazardMonitor::Begun(Unit unit) const { return clocks_[At(unit)]; }

void HazardMonitor::Drain() { drained_ = std::max(drained_, Current(Unit::kCompute) - 1); }

void HazardMonitor::Barrier() {
  for (size_t u = 0; u < kUnits; ++u) {
    for (size_t other = 0; other < kUnits; ++other) {
      clocks_[u][other] = static_cast<uint32_t>(tags_[other].size());
    }
  }
  drained_ = Current(Unit::kCompute);
}

void HazardMonitor::Reset() {
  clocks_ = {};
  for (auto& tags : tags_) tags.clear();
  drained_ = 0;
  ddr_.clear();
}

bool HazardMonitor::Ordered(Unit unit, Unit other, uint32_t command) const {
  if (command == 0 || clocks_[At(unit)][At(other)] >= command) return true;
  if (unit != other) return false;
  // Within one unit commands run in order, except that COMPUTE reads ahead of its own pending
  // results.
  return unit != Unit::kCompute || command <= drained_;
}

void HazardMonitor::OnRead(Unit unit, WordState& word, WordPlace place) {
  if (!enabled_) return;
  if (place.initialised && word.written == 0) {
    Fail(unit,
         fmt::format("reads {} word {} that nobody has written", place.memory, place.address));
  }
  const bool own = unit == word.writer;
  if (!(own && place.in_order) && !Ordered(unit, word.writer, word.written)) {
    Fail(unit, fmt::format("reads {} word {} that {} wrote, with no {} between them", place.memory,
                           place.address, Who(word.writer, word.written), own ? "DRAIN" : "token"));
  }
  word.reader = unit;
  word.read = Current(unit);
}

void HazardMonitor::OnWrite(Unit unit, WordState& word, WordPlace place) {
  if (!enabled_) return;
  if (word.writer != unit && !Ordered(unit, word.writer, word.written)) {
    Fail(unit, fmt::format("overwrites {} word {} of {} with no token between them", place.memory,
                           place.address, Who(word.writer, word.written)));
  }
  if (word.reader != unit && !Ordered(unit, word.reader, word.read)) {
    Fail(unit, fmt::format("overwrites {} word {} that {} still reads, with no token between them",
                           place.memory, place.address, Who(word.reader, word.read)));
  }
  word.writer = unit;
  word.written = Current(unit);
}

WordState& HazardMonitor::DdrWord(uint64_t word) {
  std::vector<WordState>& page = ddr_[word / kPageWords];
  if (page.empty()) page.resize(kPageWords);
  return page[word % kPageWords];
}

void HazardMonitor::OnDdrRead(uint32_t address, size_t bytes) {
  if (!enabled_) return;
  for (size_t i = 0; i < bytes / 8; ++i) {
    OnRead(Unit::kLoad, DdrWord(address / 8 + i), {"DDR", address / 8 + i, false});
  }
}

void HazardMonitor::OnDdrWrite(uint32_t address, size_t bytes) {
  if (!enabled_) return;
  for (size_t i = 0; i < bytes / 8; ++i) {
    OnWrite(Unit::kStore, DdrWord(address / 8 + i), {"DDR", address / 8 + i});
  }
}

std::string HazardMonitor::Who(Unit unit, uint32_t command) const {
  const auto& tags = tags_[At(unit)];
  const uint32_t tag = command >= 1 && command <= tags.size() ? tags[command - 1] : 0;
  return fmt::format("{} #{} (tag {:#x})", Name(unit), command, tag);
}

void HazardMonitor::Fail(Unit unit, const std::string& text) const {
  throw Error(ErrorKind::kCheck,
              fmt::format("command stream: {} {}; the compiler that emitted it must order the two",
                          Who(unit, Current(unit)), text));
}

}  // namespace fragua::sim

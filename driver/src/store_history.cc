#include "store_history.h"

#include <fmt/format.h>

#include <cstring>

namespace fragua::driver {

void StoreHistory::Write(uint32_t offset, uint32_t value, const DmaBuffer& memory) {
  if (offset == regs::kRegRingBase) ring_base_ = value;
  if (offset == regs::kRegRingSize) ring_log2_ = value & 31;
  if (offset == regs::kRegControl && regs::kControlSoftReset.Get(value) != 0) tail_ = 0;
  if (offset != regs::kRegTail) return;
  const uint32_t places = 1u << ring_log2_;
  // A tail that jumps by more than the ring holds announces nothing that could be read.
  if (value - tail_ > places) tail_ = value;
  for (; tail_ != value; ++tail_) {
    const uint64_t at = uint64_t{ring_base_} - memory.bus_address +
                        uint64_t{tail_ & (places - 1)} * regs::Command::kBytes;
    if (ring_base_ < memory.bus_address || at + regs::Command::kBytes > memory.size()) continue;
    regs::Command command;
    std::memcpy(command.words().data(), memory.host.data() + at, regs::Command::kBytes);
    const auto opcode = static_cast<regs::Opcode>(command.Get(regs::header::kOpcode));
    const uint64_t index = commands_.size();
    commands_.push_back({index, command, last_compute_});
    if (opcode == regs::Opcode::kCompute) last_compute_ = static_cast<int64_t>(index);
  }
}

std::string StoreHistory::WhoWrote(uint32_t address) const {
  for (auto each = commands_.rbegin(); each != commands_.rend(); ++each) {
    const regs::Command& command = each->command;
    const auto opcode = static_cast<regs::Opcode>(command.Get(regs::header::kOpcode));
    if (opcode != regs::Opcode::kStore) continue;
    const int64_t base = command.Get(regs::store::kDdrAddr);
    const int64_t stride = command.Get(regs::store::kDdrStride);
    const int64_t bytes = command.Get(regs::store::kRunWords) * 8;
    const int64_t runs = command.Get(regs::store::kRuns);
    for (int64_t run = 0; run < runs; ++run) {
      const int64_t first = base + run * stride;
      if (address < first || address >= first + bytes) continue;
      std::string text =
          fmt::format("written by command {} (STORE, tag {}), run {} of {}, byte {}", each->index,
                      command.Get(regs::header::kTag), run + 1, runs, address - first);
      if (each->compute >= 0) {
        const Submitted& compute = commands_[static_cast<size_t>(each->compute)];
        text += fmt::format("; the COMPUTE before it is command {} (tag {})", compute.index,
                            compute.command.Get(regs::header::kTag));
      }
      return text;
    }
  }
  return "no STORE command has written there";
}

}  // namespace fragua::driver

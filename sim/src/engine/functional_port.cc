#include "fragua/sim/functional_port.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fragua::sim {
namespace {

FunctionalOptions WithDdr(FunctionalOptions options, const driver::BoardConfig& board) {
  options.ddr = board.ddr;
  return options;
}

driver::BoardConfig OneOf(driver::BoardConfig board, int engines, int index) {
  board.ddr = board.ddr.OneOf(engines, index);
  return board;
}

}  // namespace

FunctionalPort::FunctionalPort(const driver::EngineConfig& engine, const driver::BoardConfig& board,
                               FunctionalOptions options, std::span<uint8_t> ddr)
    : FunctionalPort(
          [&] {
            driver::EngineConfig one = engine;
            one.engines = 1;
            return one;
          }(),
          board, 0, std::make_shared<double>(0.0), options, ddr) {}

FunctionalPort::FunctionalPort(const driver::EngineConfig& engine, const driver::BoardConfig& board,
                               int index, Time time, FunctionalOptions options,
                               std::span<uint8_t> ddr)
    : clock_mhz_(engine.clock_mhz),
      board_(OneOf(board, engine.engines, index)),
      memory_(board_.ddr.window_base, board_.ddr.window_bytes, ddr),
      engine_(engine, memory_, WithDdr(options, board_)),
      now_ns_(std::move(time)) {}

void FunctionalPort::CatchUp() {
  engine_.AdvanceTo(static_cast<uint64_t>(std::floor(*now_ns_ / ns_per_cycle())));
}

void FunctionalPort::PassNs(double ns) {
  *now_ns_ += ns;
  CatchUp();
}

uint32_t FunctionalPort::Read32(uint32_t offset) {
  PassNs(board_.register_port.read_ns);
  return engine_.Read32(offset);
}

void FunctionalPort::Write32(uint32_t offset, uint32_t value) {
  PassNs(board_.register_port.write_ns);
  engine_.Write32(offset, value);
}

driver::DmaBuffer FunctionalPort::Allocate(size_t bytes, size_t alignment) {
  return memory_.Allocate(bytes, alignment);
}
void FunctionalPort::ReleaseAll() { memory_.ReleaseAll(); }
uint32_t FunctionalPort::WindowBase() const { return memory_.base(); }
uint32_t FunctionalPort::WindowLimit() const { return memory_.limit(); }

void FunctionalPort::SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  memory_.Clean(buffer, offset, bytes);
}

void FunctionalPort::SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) {
  memory_.Invalidate(buffer, offset, bytes);
}

bool FunctionalPort::WaitIrq(std::chrono::nanoseconds timeout) {
  CatchUp();
  const double deadline = *now_ns_ + static_cast<double>(timeout.count());
  while (!engine_.irq()) {
    const auto next = engine_.NextEvent();
    const double at = next ? static_cast<double>(*next) * ns_per_cycle() : deadline;
    if (!next || at > deadline) {
      PassNs(deadline - *now_ns_);
      return engine_.irq();
    }
    *now_ns_ = std::max(*now_ns_, at);
    engine_.AdvanceTo(*next);
  }
  PassNs(board_.processor.interrupt_ns);
  return true;
}

void FunctionalPort::ConsumeCpu(std::chrono::nanoseconds duration) {
  PassNs(static_cast<double>(duration.count()));
}

std::chrono::nanoseconds FunctionalPort::Now() {
  return std::chrono::nanoseconds(std::llround(*now_ns_));
}

}  // namespace fragua::sim

#pragma once
// The Verilated engine in the SystemC platform.

#include <memory>

#include "device.h"

namespace fragua::app {

std::unique_ptr<Device> MakeRtlDevice(const RunOptions& options, const driver::EngineConfig& engine,
                                      const driver::BoardConfig& board, std::span<uint8_t> ddr);

}  // namespace fragua::app

#include "fragua/driver/board_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "fragua/model/yaml_reader.h"

namespace fragua::driver {
namespace {

using model::YamlNode;

BoardConfig::Processor ReadProcessor(const YamlNode& node) {
  constexpr double kMaxNs = 1e9;
  BoardConfig::Processor p;
  p.clock_mhz = node.GetNumber("clock_mhz", 1, 10000);
  const YamlNode kernels = node.Get("kernels");
  for (int i = 0; i < kArmKernels; ++i) {
    const YamlNode kernel = kernels.Get(Name(static_cast<ArmKernel>(i)));
    p.kernels[static_cast<size_t>(i)] = {kernel.GetNumber("instructions_per_unit", 1e-3, 1e4),
                                         kernel.GetNumber("instructions_per_output", 0, 1e4),
                                         kernel.GetNumber("cycles_per_instruction", 1e-3, 1e3)};
    kernel.RejectUnknownKeys();
  }
  kernels.RejectUnknownKeys();
  p.copy_bytes_per_ns = node.GetNumber("copy_bytes_per_ns", 1e-3, 1000);
  p.clean_ns_per_line = node.GetNumber("clean_ns_per_line", 0, 1e6);
  p.invalidate_ns_per_line = node.GetNumber("invalidate_ns_per_line", 0, 1e6);
  p.submit_ns = node.GetNumber("submit_ns", 0, kMaxNs);
  p.interrupt_ns = node.GetNumber("interrupt_ns", 0, kMaxNs);
  const YamlNode line = node.Get("cache_line_bytes");
  p.cache_line_bytes = line.AsInt(8, 1024);
  if (!std::has_single_bit(static_cast<unsigned>(p.cache_line_bytes))) {
    line.Fail("a cache line is a power of two bytes long");
  }
  node.RejectUnknownKeys();
  return p;
}

BoardConfig::RegisterPort ReadRegisterPort(const YamlNode& node) {
  BoardConfig::RegisterPort port;
  port.read_ns = node.GetNumber("read_ns", 0, 1e6);
  port.write_ns = node.GetNumber("write_ns", 0, 1e6);
  constexpr uint32_t kRegisters = 0x1000;  // the engine decodes 12 address bits
  const YamlNode base = node.Get("base");
  const YamlNode bytes = node.Get("window_bytes");
  port.base = base.AsInt<uint32_t>(0, UINT32_MAX - kRegisters + 1);
  port.window_bytes = bytes.AsInt<uint32_t>(kRegisters, 1u << 28);
  if (port.base % kRegisters != 0) base.Fail("expected a multiple of 4096");
  if (port.window_bytes % kRegisters != 0) bytes.Fail("expected a multiple of 4096");
  if (port.base + uint64_t{port.window_bytes} * EngineConfig::kMaxEngines > uint64_t{1} << 32) {
    bytes.Fail("the windows of four engines would pass the end of the 32-bit address space");
  }
  node.RejectUnknownKeys();
  return port;
}

BoardConfig::Ddr ReadDdr(const YamlNode& node) {
  BoardConfig::Ddr ddr;
  const YamlNode width = node.Get("width_bits");
  ddr.width_bits = width.AsInt(32, 64);
  if (ddr.width_bits != 32 && ddr.width_bits != 64) width.Fail("expected 32 or 64");
  ddr.read_latency = node.GetInt("read_latency", 1, 10000);
  ddr.write_latency = node.GetInt("write_latency", 1, 10000);
  ddr.max_reads = node.GetInt("max_reads", 1, 64);
  ddr.max_writes = node.GetInt("max_writes", 1, 64);
  ddr.efficiency = node.GetNumber("efficiency", 0.01, 1);
  ddr.shared_efficiency = node.GetNumber("shared_efficiency", 0.01, 2);
  ddr.ports = node.GetInt("ports", 1, EngineConfig::kMaxEngines);
  ddr.total_beats_per_cycle = node.GetNumber("total_beats_per_cycle", 0.01, 100);
  // The engine's window registers count in pages of 4096 bytes.
  constexpr uint32_t kPage = 4096;
  const YamlNode base = node.Get("window_base");
  const YamlNode bytes = node.Get("window_bytes");
  ddr.window_base = base.AsInt<uint32_t>(0, UINT32_MAX - kPage + 1);
  ddr.window_bytes = bytes.AsInt<uint32_t>(kPage, UINT32_MAX - kPage + 1);
  if (ddr.window_base % kPage != 0) base.Fail("expected a multiple of 4096");
  if (ddr.window_bytes % kPage != 0) bytes.Fail("expected a multiple of 4096");
  if (ddr.window_bytes > UINT32_MAX - ddr.window_base) {
    bytes.Fail("the window would pass the end of the 32-bit address space");
  }
  node.RejectUnknownKeys();
  return ddr;
}

}  // namespace

BoardConfig::Ddr BoardConfig::Ddr::OneOf(int engines, int index) const {
  constexpr uint32_t kPage = 4096;
  FRAGUA_CHECK(index >= 0 && index < engines, fmt::format("engine {} of {}", index, engines));
  if (engines > ports) {
    ThrowInput(fmt::format(
        "{} engines need a high-performance port each, and the board has {} (ddr.ports); "
        "choose a configuration with fewer engines",
        engines, ports));
  }
  Ddr one = *this;
  const double share = total_beats_per_cycle / engines;
  one.efficiency = std::min(efficiency, share);
  one.shared_efficiency = std::min(shared_efficiency, share);
  one.window_bytes = window_bytes / static_cast<uint32_t>(engines) / kPage * kPage;
  one.window_base = window_base + static_cast<uint32_t>(index) * one.window_bytes;
  return one;
}

const char* Name(ArmKernel kernel) {
  constexpr const char* kNames[] = {"conv",     "fully_connected", "depthwise",
                                    "max_pool", "average_pool",    "mean",
                                    "add",      "rescale",         "softmax"};
  static_assert(std::size(kNames) == kArmKernels);
  return kNames[static_cast<size_t>(kernel)];
}

namespace {

BoardConfig ReadBoard(const YamlNode& root) {
  BoardConfig board;
  board.name = root.GetText("name");
  board.part = root.GetText("part");
  board.processor = ReadProcessor(root.Get("processor"));
  board.register_port = ReadRegisterPort(root.Get("register_port"));
  board.ddr = ReadDdr(root.Get("ddr"));
  root.RejectUnknownKeys();
  return board;
}

}  // namespace

BoardConfig LoadBoardConfig(const std::string& path) { return ReadBoard(model::ReadYaml(path)); }

BoardConfig ParseBoardConfig(const std::string& text, const std::string& origin) {
  return ReadBoard(model::ParseYaml(text, origin));
}

}  // namespace fragua::driver

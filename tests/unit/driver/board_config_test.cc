#include "fragua/driver/board_config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

const std::string kZybo = std::string(FRAGUA_SOURCE_DIR) + "/configs/boards/zybo.yaml";

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The Zybo's file with one piece of text replaced, loaded.
BoardConfig LoadChanged(const std::string& from, const std::string& to) {
  std::string text = ReadAll(kZybo);
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no '" + from + "' in the board file");
  text.replace(at, from.size(), to);
  const std::string path = testing::TempDir() + "fragua_board_config_test.yaml";
  std::ofstream(path) << text;
  struct Remove {
    const std::string& path;
    ~Remove() { std::remove(path.c_str()); }
  } remove{path};
  return LoadBoardConfig(path);
}

void ExpectRefused(const std::string& from, const std::string& to, const std::string& named) {
  try {
    LoadChanged(from, to);
    FAIL() << "accepted '" << to << "'";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    const std::string text = error.what();
    EXPECT_NE(text.find(named), std::string::npos) << text;
    EXPECT_NE(text.find("fragua_board_config_test.yaml:"), std::string::npos) << text;
  }
}

TEST(BoardConfig, TheZyboIsTheDefault) {
  const BoardConfig read = LoadBoardConfig(kZybo);
  const BoardConfig def;
  EXPECT_EQ(read.name, def.name);
  EXPECT_EQ(read.part, def.part);
  EXPECT_EQ(read.processor.clock_mhz, def.processor.clock_mhz);
  for (int i = 0; i < kArmKernels; ++i) {
    const auto kind = static_cast<ArmKernel>(i);
    SCOPED_TRACE(Name(kind));
    EXPECT_EQ(read.processor.kernel(kind).instructions_per_unit,
              def.processor.kernel(kind).instructions_per_unit);
    EXPECT_EQ(read.processor.kernel(kind).instructions_per_output,
              def.processor.kernel(kind).instructions_per_output);
    EXPECT_EQ(read.processor.kernel(kind).cycles_per_instruction,
              def.processor.kernel(kind).cycles_per_instruction);
  }
  EXPECT_EQ(read.processor.copy_bytes_per_ns, def.processor.copy_bytes_per_ns);
  EXPECT_EQ(read.processor.clean_ns_per_line, def.processor.clean_ns_per_line);
  EXPECT_EQ(read.processor.invalidate_ns_per_line, def.processor.invalidate_ns_per_line);
  EXPECT_EQ(read.processor.submit_ns, def.processor.submit_ns);
  EXPECT_EQ(read.processor.interrupt_ns, def.processor.interrupt_ns);
  EXPECT_EQ(read.processor.cache_line_bytes, def.processor.cache_line_bytes);
  EXPECT_EQ(read.register_port.read_ns, def.register_port.read_ns);
  EXPECT_EQ(read.register_port.write_ns, def.register_port.write_ns);
  EXPECT_EQ(read.ddr.width_bits, def.ddr.width_bits);
  EXPECT_EQ(read.ddr.read_latency, def.ddr.read_latency);
  EXPECT_EQ(read.ddr.write_latency, def.ddr.write_latency);
  EXPECT_EQ(read.ddr.max_reads, def.ddr.max_reads);
  EXPECT_EQ(read.ddr.max_writes, def.ddr.max_writes);
  EXPECT_EQ(read.ddr.efficiency, def.ddr.efficiency);
  EXPECT_EQ(read.ddr.shared_efficiency, def.ddr.shared_efficiency);
  EXPECT_EQ(read.register_port.base, def.register_port.base);
  EXPECT_EQ(read.register_port.window_bytes, def.register_port.window_bytes);
  EXPECT_EQ(read.ddr.ports, def.ddr.ports);
  EXPECT_EQ(read.ddr.total_beats_per_cycle, def.ddr.total_beats_per_cycle);
  EXPECT_EQ(read.ddr.window_base, def.ddr.window_base);
  EXPECT_EQ(read.ddr.window_bytes, def.ddr.window_bytes);
}

TEST(BoardConfig, ValuesComeFromTheFile) {
  EXPECT_EQ(LoadChanged("read_latency: 30", "read_latency: 45").ddr.read_latency, 45);
  EXPECT_EQ(
      LoadChanged("copy_bytes_per_ns: 0.4", "copy_bytes_per_ns: 1.5").processor.copy_bytes_per_ns,
      1.5);
  EXPECT_EQ(LoadChanged("conv: {instructions_per_unit: ", "conv: {instructions_per_unit: 1")
                .processor.kernel(ArmKernel::kConv)
                .instructions_per_unit,
            10 + BoardConfig{}.processor.kernel(ArmKernel::kConv).instructions_per_unit);
  EXPECT_EQ(LoadChanged("0x10000000", "0x18000000").ddr.window_base, 0x18000000u);
}

TEST(BoardConfig, EveryMistakeIsNamedWithItsPlace) {
  ExpectRefused("read_latency: 30", "read_latncy: 30", "read_latency");  // the key it misses
  ExpectRefused("  width_bits", "  read_ltency: 5\n  width_bits", "read_ltency");
  ExpectRefused("efficiency: 0.85", "efficiency: 1.5", "efficiency");
  ExpectRefused("read_latency: 30", "read_latency: soon", "read_latency");
  ExpectRefused("width_bits: 64", "width_bits: 48", "width_bits");
  ExpectRefused("cache_line_bytes: 32", "cache_line_bytes: 40", "cache_line_bytes");
  ExpectRefused("window_base: 0x10000000", "window_base: 0x10000800", "window_base");
  ExpectRefused("window_base: 0x10000000", "window_base: 0xFFFF0000", "window_bytes");
  ExpectRefused("ports: 4", "ports: 5", "ports");
  ExpectRefused("total_beats_per_cycle: 3.94", "total_beats_per_cycle: 0", "total_beats_per_cycle");
  ExpectRefused("base: 0x43C00000", "base: 0x43C00100", "base");
  ExpectRefused("base: 0x43C00000", "base: 0xFFFFF000", "window_bytes");
  ExpectRefused("window_bytes: 0x1000 ", "window_bytes: 0x800 ", "window_bytes");
  ExpectRefused("copy_bytes_per_ns: 0.4", "copy_bytes_per_ns: 0", "copy_bytes_per_ns");
  ExpectRefused("    conv: {instr", "    conv: {instrs", "instructions_per_unit");
  ExpectRefused("    softmax:", "    soft_max:", "softmax");
}

TEST(BoardConfig, EnginesDivideTheWindowAndTheBandwidth) {
  BoardConfig::Ddr ddr;
  ddr.window_base = 0x10000000;
  ddr.window_bytes = 0x10000;  // 16 pages
  ddr.total_beats_per_cycle = 2.1;
  const BoardConfig::Ddr first = ddr.OneOf(3, 0);
  const BoardConfig::Ddr last = ddr.OneOf(3, 2);
  EXPECT_EQ(first.window_base, 0x10000000u);
  EXPECT_EQ(first.window_bytes, 0x5000u);
  EXPECT_EQ(last.window_base, 0x1000A000u);
  EXPECT_EQ(last.window_bytes, 0x5000u);
  EXPECT_DOUBLE_EQ(first.efficiency, 0.7);
  EXPECT_DOUBLE_EQ(first.shared_efficiency, 0.7);
  const BoardConfig::Ddr alone = ddr.OneOf(1, 0);
  EXPECT_EQ(alone.window_bytes, ddr.window_bytes);
  EXPECT_EQ(alone.efficiency, ddr.efficiency);
  EXPECT_EQ(alone.shared_efficiency, ddr.shared_efficiency);
}

TEST(BoardConfig, AMissingFileIsNamed) {
  try {
    LoadBoardConfig("/nowhere/board.yaml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/board.yaml"), std::string::npos);
  }
}

}  // namespace
}  // namespace fragua::driver

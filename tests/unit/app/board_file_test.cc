#include "board_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "fragua/driver/board_config.h"
#include "fragua/model/error.h"

namespace fragua::app {
namespace {

constexpr const char* kText =
    "# top: 1\n"
    "name: x\n"
    "\n"
    "processor:\n"
    "  clock: 650    # manual\n"
    "  kernels:      # all of them\n"
    "    conv: {a: 0.5, cpi: 1.5}  # assumed\n"
    "    pool: {cpi: 2, a: 1e-3}\n"
    "  copy: 0.4     # assumed: a guess\n"
    "                # of two lines\n"
    "port:\n"
    "  copy: 7\n";

TEST(BoardFile, FiguresChangeAndEveryOtherByteStays) {
  const std::string changed = ReplaceFigures(
      kText,
      {{"processor.kernels.conv.cpi", 1.25}, {"processor.copy", 3}, {"port.copy", 0.00012345}},
      "measured", "board.yaml");
  EXPECT_EQ(changed,
            "# top: 1\n"
            "name: x\n"
            "\n"
            "processor:\n"
            "  clock: 650    # manual\n"
            "  kernels:      # all of them\n"
            "    conv: {a: 0.5, cpi: 1.25}  # measured\n"
            "    pool: {cpi: 2, a: 1e-3}\n"
            "  copy: 3  # measured\n"
            "                # of two lines\n"
            "port:\n"
            "  copy: 0.0001234  # measured\n");
}

TEST(BoardFile, TheFirstKeyInBracesAndNegativeExponentsAreFound) {
  const std::string changed = ReplaceFigures(
      kText, {{"processor.kernels.pool.cpi", 9}, {"processor.kernels.pool.a", 2}}, "m", "x");
  EXPECT_NE(changed.find("    pool: {cpi: 9, a: 2}  # m\n"), std::string::npos) << changed;
}

TEST(BoardFile, AKeyThatIsNotThereIsNamed) {
  for (const char* key : {"processor.kernels.conv.b", "processor.speed", "copy", "name"}) {
    try {
      ReplaceFigures(kText, {{key, 1}}, "m", "board.yaml");
      FAIL() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_NE(std::string(error.what()).find("board.yaml"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos);
    }
  }
}

TEST(BoardFile, TheProjectsBoardCanBeChangedAndStillLoads) {
  std::ifstream in(FRAGUA_SOURCE_DIR "/configs/boards/zybo.yaml");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<Figure> figures = {{"processor.copy_bytes_per_ns", 1.5},
                                 {"processor.clean_ns_per_line", 11},
                                 {"processor.invalidate_ns_per_line", 12},
                                 {"register_port.read_ns", 13},
                                 {"register_port.write_ns", 14}};
  for (int i = 0; i < driver::kArmKernels; ++i) {
    const std::string kernel = driver::Name(static_cast<driver::ArmKernel>(i));
    figures.push_back({"processor.kernels." + kernel + ".cycles_per_instruction", 1.0 + i});
  }
  const driver::BoardConfig board =
      driver::ParseBoardConfig(ReplaceFigures(text, figures, "measured", "zybo"), "zybo");
  EXPECT_EQ(board.processor.copy_bytes_per_ns, 1.5);
  EXPECT_EQ(board.processor.clean_ns_per_line, 11);
  EXPECT_EQ(board.processor.invalidate_ns_per_line, 12);
  EXPECT_EQ(board.register_port.read_ns, 13);
  EXPECT_EQ(board.register_port.write_ns, 14);
  for (int i = 0; i < driver::kArmKernels; ++i) {
    EXPECT_EQ(board.processor.kernel(static_cast<driver::ArmKernel>(i)).cycles_per_instruction,
              1.0 + i);
  }
}

}  // namespace
}  // namespace fragua::app

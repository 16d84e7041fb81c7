#include <fmt/core.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "board_file.h"
#include "commands.h"
#include "configs.h"
#include "device.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/board_config.h"
#include "fragua/driver/calibrate.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "progress.h"

namespace fragua::app {
namespace {

std::vector<Figure> FiguresOf(const driver::Calibration& measured) {
  std::vector<Figure> figures;
  for (int i = 0; i < driver::kArmKernels; ++i) {
    figures.push_back({fmt::format("processor.kernels.{}.cycles_per_instruction",
                                   driver::Name(static_cast<driver::ArmKernel>(i))),
                       measured.cycles_per_instruction[static_cast<size_t>(i)]});
  }
  figures.push_back({"processor.copy_bytes_per_ns", measured.copy_bytes_per_ns});
  if (measured.device) {
    figures.push_back({"processor.clean_ns_per_line", measured.device->clean_ns_per_line});
    figures.push_back(
        {"processor.invalidate_ns_per_line", measured.device->invalidate_ns_per_line});
    figures.push_back({"register_port.read_ns", measured.device->register_read_ns});
    figures.push_back({"register_port.write_ns", measured.device->register_write_ns});
  }
  return figures;
}

}  // namespace

int CalibrateCommand(const CalibrateOptions& options) {
  const std::filesystem::path folder = std::filesystem::path(options.output).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    ThrowInput(fmt::format("{}: cannot be written, there is no folder {}", options.output,
                           folder.string()));
  }
  const std::string path = ConfigPath("boards", options.board);
  const driver::BoardConfig board = driver::LoadBoardConfig(path);
  const std::vector<uint8_t> bytes = model::ReadFile(path);

  Progress progress("calibrating", options.quiet);
  driver::CalibrateOptions calibrate;
  calibrate.seconds = options.seconds;
  calibrate.progress = [&](double fraction, const std::string& what) {
    ThrowIfInterrupted();
    progress.Update(fraction, what);
  };
  driver::Calibration measured;
  if (options.backend == "none") {
    measured = driver::Calibrate(board, calibrate);
  } else {
    RunOptions run;
    run.backend = options.backend;
    run.device = options.device;
    const driver::EngineConfig engine =
        driver::LoadEngineConfig(ConfigPath("engines", options.engine));
    const auto device = MakeDevice(run, engine, board);
    device->Run([&](std::span<driver::DevicePort* const> ports) {
      measured = driver::Calibrate(board, calibrate, ports.front());
    });
  }
  progress.Finish();

  const std::vector<Figure> figures = FiguresOf(measured);
  std::string text = ReplaceFigures(std::string(bytes.begin(), bytes.end()), figures,
                                    "measured by fragua calibrate", path);
  const std::string note =
      "# Where a line says \"measured by fragua calibrate\", its figure was measured on the "
      "machine\n"
      "# that wrote this file; what comments further up say of such a figure's origin is older.\n";
  if (!text.starts_with(note)) text = note + text;
  // What is written is read as every other command will read it, before it is there.
  driver::ParseBoardConfig(text, options.output);
  model::WriteFileAtomically(options.output,
                             std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));

  fmt::print("kernels: {}, one thread; cycles are of the board file's {} MHz\n",
             driver::BestKernels().name, board.processor.clock_mhz);
  for (const Figure& figure : figures) fmt::print("{:<52} {:.4g}\n", figure.key, figure.value);
  if (!measured.device) {
    fmt::print("no device was opened: cache maintenance and registers keep their figures\n");
  }
  fmt::print("submission and interrupt keep their figures\nwritten to {}\n", options.output);
  return 0;
}

}  // namespace fragua::app

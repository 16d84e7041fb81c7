#include <fmt/core.h>

#include <algorithm>

#include "commands.h"
#include "configs.h"
#include "device.h"
#include "fragua/driver/replay.h"
#include "fragua/driver/transaction_log.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "progress.h"

namespace fragua::app {

int ReplayCommand(const ReplayOptions& options) {
  const driver::TransactionLog log = driver::DecodeLog(model::ReadFile(options.log), options.log);
  const std::string name = options.engine.empty() ? log.engine : options.engine;
  driver::EngineConfig engine = driver::LoadEngineConfig(ConfigPath("engines", name));
  engine.engines = 1;  // as recorded
  driver::BoardConfig board = driver::LoadBoardConfig(ConfigPath("boards", options.board));
  // The recorded addresses are those of the machine that was recorded.
  constexpr uint64_t kPage = 4096;
  board.ddr.window_base = log.window_base;
  board.ddr.window_bytes = static_cast<uint32_t>(
      std::max((log.UsedLimit() - log.window_base + kPage - 1) / kPage * kPage, kPage));

  RunOptions run;
  run.backend = options.backend;
  run.trace = options.trace;
  const auto device = MakeDevice(run, engine, board);
  Progress progress("replay", options.quiet);
  const auto count = static_cast<double>(std::max<size_t>(log.transactions.size(), 1));
  driver::ReplayResult result;
  device->Run([&](std::span<driver::DevicePort* const> ports) {
    result = driver::Replay(log, *ports.front(), [&](size_t done) {
      ThrowIfInterrupted();
      progress.Update(static_cast<double>(done) / count, fmt::format("{} transactions", done));
    });
  });
  progress.Finish();
  fmt::print("recording of {} on backend {}{}\n", log.engine, log.backend,
             log.ending.empty() ? "" : ", which ended with: " + log.ending);
  fmt::print("replayed on {} ({}): {} of {} transactions, {} registers and {} bytes compared\n",
             engine.name, options.backend, result.transactions, log.transactions.size(),
             result.registers_compared, result.bytes_compared);
  fmt::print("{}\n", result.difference ? "first difference: " + *result.difference
                                       : std::string("no difference"));
  return result.difference ? 1 : 0;
}

}  // namespace fragua::app

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "commands.h"
#include "configs.h"
#include "device.h"
#include "engine_server.h"
#include "fragua/model/error.h"
#include "interrupt.h"
#ifdef FRAGUA_HAVE_ENGINE_MODEL
#include "fragua/sim/bus_fault.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_ENGINE_MODEL
namespace {

struct Faults {
  int lost_doorbells = 0;
  std::vector<sim::BusFault> bus;
};

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
  return parts;
}

/// Negative when it is no number.
int64_t Number(const std::string& text) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return -1;
  return value;
}

/// KIND:NUMBER[:CYCLES], as the help text says.
Faults ReadFaults(const std::vector<std::string>& texts) {
  using Kind = sim::BusFault::Kind;
  const std::map<std::string, Kind> kinds = {{"reads-hang", Kind::kReadsHang},
                                             {"writes-hang", Kind::kWritesHang},
                                             {"read-error", Kind::kReadResponse},
                                             {"write-error", Kind::kWriteResponse}};
  Faults faults;
  for (const std::string& text : texts) {
    const std::vector<std::string> parts = Split(text);
    const int64_t number = parts.size() > 1 ? Number(parts[1]) : -1;
    const int64_t cycles = parts.size() > 2 ? Number(parts[2]) : -1;
    const auto kind = parts.empty() ? kinds.end() : kinds.find(parts[0]);
    const bool hangs = kind != kinds.end() && kind->first.ends_with("-hang");
    const bool complete =
        number >= 0 && (parts.size() == 2 || (parts.size() == 3 && hangs && cycles >= 0));
    if (complete && parts.size() == 2 && parts[0] == "lost-doorbells" && number <= 1000000) {
      faults.lost_doorbells = static_cast<int>(number);
    } else if (complete && kind != kinds.end()) {
      sim::BusFault fault;
      fault.kind = kind->second;
      fault.burst = static_cast<uint64_t>(number);
      if (cycles >= 0) fault.cycles = static_cast<uint64_t>(cycles);
      faults.bus.push_back(fault);
    } else {
      ThrowInput("--fault " + text +
                 ": expected lost-doorbells:COUNT, reads-hang:BURST[:CYCLES], "
                 "writes-hang:BURST[:CYCLES], read-error:BURST or write-error:BURST");
    }
  }
  return faults;
}

}  // namespace

int ServeCommand(const ServeOptions& options) {
  driver::EngineConfig engine = driver::LoadEngineConfig(ConfigPath("engines", options.engine));
  engine.engines = 1;  // the protocol has one register window and one interrupt
  const driver::BoardConfig board = driver::LoadBoardConfig(ConfigPath("boards", options.board));
  const Faults faults = ReadFaults(options.faults);
  const std::string memory =
      std::filesystem::absolute(options.memory.empty() ? options.socket + ".ddr" : options.memory)
          .string();
  const SharedMemory shared(memory, options.memory_offset, board.ddr.window_bytes);

  RunOptions run;
  run.backend = options.backend;
  const auto device = MakeDevice(run, engine, board, shared.bytes());
  if (!faults.bus.empty()) device->SetFaults(faults.bus);
  EngineServerOptions server_options;
  server_options.socket = options.socket;
  server_options.memory = memory;
  server_options.file_offset = options.memory_offset;
  server_options.lost_doorbells = faults.lost_doorbells;
  server_options.clients = options.clients;
  server_options.stop = &InterruptFlag();
  server_options.log = [&](const std::string& line) {
    if (!options.quiet) fmt::print(stderr, "serve: {}\n", line);
  };
  EngineServer server(server_options);
  server_options.log(fmt::format("engine {} ({}) at unix:{}, memory {} ({} KiB at 0x{:08X})",
                                 engine.name, options.backend, options.socket, memory,
                                 board.ddr.window_bytes / 1024, board.ddr.window_base));
  device->Run([&](std::span<driver::DevicePort* const> ports) { server.Serve(*ports.front()); });
  ThrowIfInterrupted();
  return 0;
}
#else
int ServeCommand(const ServeOptions&) {
  ThrowInput("serve: this build has no engine to serve; configure with FRAGUA_RTL=ON");
}
#endif

}  // namespace fragua::app

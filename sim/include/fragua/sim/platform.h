#pragma once
// The board in SystemC/TLM-2.0: processor, cache, interconnect, DDR and the engines (Verilated, or
// their functional twins) on one timeline. The processor runs any program written against the
// device port.
//
// engine.engines of them stand side by side, numbered from 0. Each has its own registers (a window
// each), memory port, interrupt and piece of the DMA window; the ports share the DDR controller.
//
// Several Run() calls on one platform continue where the last one ended (memory, registers, time).
// Several platforms may live in one process, one Run() at a time (SystemC's kernel is not
// reentrant). Callers need no sc_main.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/driver/engine_config.h"
#include "fragua/sim/bus_fault.h"
#include "fragua/sim/functional_engine.h"
#include "fragua/sim/memory_stalls.h"
#include "fragua/sim/observation.h"
#include "fragua/sim/tap.h"

namespace fragua::sim {

enum class EngineKind {
  kRtl,         ///< the Verilated engine, clocked cycle by cycle
  kFunctional,  ///< the functional engine with estimated time, behind the same sockets
};

struct PlatformOptions {
  driver::EngineConfig engine;
  driver::BoardConfig board;
  EngineKind kind = EngineKind::kRtl;
  FunctionalOptions functional;  ///< kFunctional only; its ddr comes from the board

  /// The board's window of DDR, window_bytes long, that another process maps too; empty = own.
  std::span<uint8_t> ddr;

  std::string trace_file;  ///< FST; empty = none; of several engines see TraceFileOf(). RTL only.
  uint64_t trace_from = 0, trace_to = UINT64_MAX;  ///< engine cycles, first and last

  /// Random back-pressure on every channel of the memory ports in this percentage of cycles; engine
  /// i has seed + i. RTL only.
  std::optional<uint64_t> stall_seed;
  int stall_percent = 30;

  /// Looked at every few thousand engine cycles; when it becomes true, Run() ends with
  /// Error(kDevice, "interrupted").
  const std::atomic<bool>* stop = nullptr;
};

class Platform {
 public:
  /// Throws Error(kInput) when the engine was not built for simulation, a figure is out of range,
  /// or the board has not got a memory port for each engine.
  explicit Platform(const PlatformOptions& options);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// Runs `program` with the port of engine 0 on the processor until it returns; its exceptions
  /// come out here. A broken bus rule (Error(kCheck) with rule and cycle) or a stop request ends it
  /// likewise: it is thrown out of the program's current call of the port.
  void Run(const std::function<void(driver::DevicePort&)>& program);
  /// The same with the ports of all engines, by number.
  void RunAll(const std::function<void(std::span<driver::DevicePort* const>)>& program);

  int engines() const;
  /// Engine clock cycles since construction, idle ones included.
  uint64_t cycles() const;
  /// Of these, the ones that were clocked through the RTL (idle cycles are skipped), summed over
  /// the engines.
  uint64_t simulated_cycles() const;

  /// Words on the engine's output path; called from Run(). Must not use the port.
  void SetTap(std::function<void(const TapWord&)> tap, int engine = 0);
  /// Somebody who looks inside an engine; nullptr = nobody. Must outlive the runs.
  void SetObserver(EngineObserver* observer, int engine = 0);
  /// Called about every 20000 engine cycles while an engine is busy, with cycles(). RTL only: the
  /// functional engine is done before it could be shown.
  void SetProgress(std::function<void(uint64_t)> progress);
  /// Plans faults of an engine's memory port, replacing earlier plans (RTL: all kinds; functional:
  /// responses only). May be called from the program.
  void SetFaults(std::vector<BusFault> faults, int engine = 0);

  /// Other DDR figures of every port (latencies, efficiencies, bursts in flight; not the window,
  /// not the controller's total) and stalls from the next cycle on. May be called from the program
  /// and from the tap. RTL only.
  void SetMemory(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls);

  /// Configurations whose RTL is in this build.
  static std::vector<std::string> RtlEngines();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fragua::sim

#pragma once
// The processor: one thread that runs a program against the device ports, one per engine, on
// SystemC's time.

#include <tlm_utils/simple_initiator_socket.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <systemc>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/sim/dma_memory.h"
#include "platform/engine_module.h"

namespace fragua::sim {

class Processor : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Processor);
  /// What runs on it: gets a port per engine.
  using Program = std::function<void(std::span<driver::DevicePort* const>)>;
  tlm_utils::simple_initiator_socket<Processor> bus;

  Processor(const sc_core::sc_module_name& name, const driver::BoardConfig& board);
  /// One more engine, whose buffers are in `memory` and whose registers are in the next window.
  void Connect(EngineModule& engine, DmaMemory& memory);

  /// The next program; it starts when SystemC runs, and SystemC pauses when it ends.
  void Start(const Program& program);
  /// Rethrows what ended the program; true when it has ended.
  bool Finished();
  /// Something else has failed: the program gets this exception out of its current call.
  void Abort(std::exception_ptr failure);

 private:
  class Port;

  void Thread();
  void Pass(const sc_core::sc_time& duration);
  void PassNs(double ns) { Pass(sc_core::sc_time(ns, sc_core::SC_NS)); }
  void Access(tlm::tlm_command command, uint32_t address, uint32_t& value);
  bool WaitIrq(EngineModule& engine, std::chrono::nanoseconds timeout);

  const driver::BoardConfig board_;
  EngineModule* any_engine_ = nullptr;  ///< they share their clock, and so what it may run ahead
  std::vector<std::unique_ptr<driver::DevicePort>> owned_;
  std::vector<driver::DevicePort*> ports_;
  const Program* program_ = nullptr;
  bool finished_ = false;
  std::exception_ptr result_;   ///< what the program threw
  std::exception_ptr failure_;  ///< what ended it from outside
  sc_core::sc_event start_event_, abort_event_;
};

}  // namespace fragua::sim

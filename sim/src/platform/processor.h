#pragma once
// The processor: one thread that runs a program against the device port, on SystemC's time.

#include <tlm_utils/simple_initiator_socket.h>

#include <exception>
#include <functional>
#include <systemc>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/sim/dma_memory.h"
#include "platform/engine_module.h"

namespace fragua::sim {

class Processor : public sc_core::sc_module, public driver::DevicePort {
 public:
  SC_HAS_PROCESS(Processor);
  tlm_utils::simple_initiator_socket<Processor> bus;

  Processor(const sc_core::sc_module_name& name, const driver::BoardConfig& board,
            DmaMemory& memory);
  void Connect(EngineModule& engine) { engine_ = &engine; }

  /// The next program; it starts when SystemC runs, and SystemC pauses when it ends.
  void Start(const std::function<void(driver::DevicePort&)>& program);
  /// Rethrows what ended the program; true when it has ended.
  bool Finished();
  /// Something else has failed: the program gets this exception out of its current call.
  void Abort(std::exception_ptr failure);

  uint32_t Read32(uint32_t offset) override;
  void Write32(uint32_t offset, uint32_t value) override;
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override;
  void ReleaseAll() override;
  uint32_t WindowBase() const override;
  uint32_t WindowLimit() const override;
  void SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override;
  void SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override;
  bool WaitIrq(std::chrono::nanoseconds timeout) override;
  void ConsumeCpu(std::chrono::nanoseconds duration) override;
  std::chrono::nanoseconds Now() override;

 private:
  void Thread();
  void Pass(const sc_core::sc_time& duration);
  void PassNs(double ns) { Pass(sc_core::sc_time(ns, sc_core::SC_NS)); }
  void Access(tlm::tlm_command command, uint32_t offset, uint32_t& value);

  const driver::BoardConfig board_;
  DmaMemory& memory_;
  EngineModule* engine_ = nullptr;
  const std::function<void(driver::DevicePort&)>* program_ = nullptr;
  bool finished_ = false;
  std::exception_ptr result_;   ///< what the program threw
  std::exception_ptr failure_;  ///< what ended it from outside
  sc_core::sc_event start_event_, abort_event_;
};

}  // namespace fragua::sim

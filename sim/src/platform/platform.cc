#include "fragua/sim/platform.h"

#include <utility>

#include "fragua/model/error.h"
#include "fragua/sim/dma_memory.h"
#include "platform/board_modules.h"
#include "platform/engine_rtl.h"
#include "platform/engine_twin.h"
#include "platform/processor.h"

// The SystemC library wants this entry; programs here have their own main.
int sc_main(int, char**) { return 0; }

namespace fragua::sim {
namespace {

/// Makes a simulation context current, and the one before it again at the end.
class ContextScope {
 public:
  explicit ContextScope(sc_core::sc_simcontext* context)
      : previous_(std::exchange(sc_core::sc_curr_simcontext, context)) {}
  ~ContextScope() { sc_core::sc_curr_simcontext = previous_; }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  sc_core::sc_simcontext* previous_;
};

/// The modules, built and torn down inside their own context.
struct Board {
  explicit Board(const PlatformOptions& options)
      : memory(options.board.ddr.window_base, options.board.ddr.window_bytes, options.ddr),
        processor("processor", options.board, memory),
        interconnect("interconnect", memory.base(), memory.limit()),
        ddr("ddr", memory) {
    if (options.kind == EngineKind::kRtl) {
      auto rtl_engine = std::make_unique<EngineRtl>(
          "engine", options, [this](std::exception_ptr failure) { processor.Abort(failure); });
      rtl = rtl_engine.get();
      engine = std::move(rtl_engine);
    } else {
      engine = std::make_unique<EngineTwin>("engine", options);
    }
    processor.Connect(*engine);
    processor.bus.bind(interconnect.from_processor);
    interconnect.to_registers.bind(engine->registers);
    engine->memory.bind(interconnect.from_engine);
    interconnect.to_ddr.bind(ddr.socket);
  }

  DmaMemory memory;
  Processor processor;
  Interconnect interconnect;
  DdrModule ddr;
  std::unique_ptr<EngineModule> engine;
  EngineRtl* rtl = nullptr;  ///< engine, when it is the RTL
};

}  // namespace

class Platform::Impl {
 public:
  explicit Impl(const PlatformOptions& options)
      : context_(std::make_unique<sc_core::sc_simcontext>()) {
    driver::ValidateEngineConfig(options.engine, "engine " + options.engine.name);
    const ContextScope scope(context_.get());
    board_ = std::make_unique<Board>(options);
  }
  ~Impl() {
    const ContextScope scope(context_.get());
    board_.reset();
    context_.reset();
  }

  void Run(const std::function<void(driver::DevicePort&)>& program) {
    const ContextScope scope(context_.get());
    board_->processor.Start(program);
    sc_core::sc_start();
    if (!board_->processor.Finished()) {
      throw Error(ErrorKind::kDevice, "the simulation ended before the program on the processor");
    }
  }

  Board& board() { return *board_; }

 private:
  std::unique_ptr<sc_core::sc_simcontext> context_;
  std::unique_ptr<Board> board_;
};

Platform::Platform(const PlatformOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Platform::~Platform() = default;

void Platform::Run(const std::function<void(driver::DevicePort&)>& program) { impl_->Run(program); }
uint64_t Platform::cycles() const { return impl_->board().engine->cycles(); }
uint64_t Platform::simulated_cycles() const { return impl_->board().engine->simulated_cycles(); }

void Platform::SetTap(std::function<void(const TapWord&)> tap) {
  impl_->board().engine->SetTap(std::move(tap));
}

void Platform::SetProgress(std::function<void(uint64_t)> progress) {
  if (impl_->board().rtl != nullptr) impl_->board().rtl->SetProgress(std::move(progress));
}

void Platform::SetFaults(std::vector<BusFault> faults) {
  impl_->board().engine->SetFaults(std::move(faults));
}

void Platform::SetMemory(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls) {
  if (impl_->board().rtl != nullptr) impl_->board().rtl->SetMemory(ddr, stalls);
}

std::vector<std::string> Platform::RtlEngines() {
  std::vector<std::string> names;
  for (const RtlVariant& variant : RtlVariants()) names.push_back(variant.config.name);
  return names;
}

}  // namespace fragua::sim

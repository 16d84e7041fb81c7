#include "fragua/sim/platform.h"

#include <algorithm>
#include <utility>

#include "fragua/model/error.h"
#include "fragua/sim/dma_memory.h"
#include "platform/board_modules.h"
#include "platform/engine_rtl.h"
#include "platform/engine_twin.h"
#include "platform/processor.h"
#include "platform/rtl_clock.h"

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
      : memories(Pieces(options)),
        processor("processor", options.board),
        interconnect("interconnect", options.board, options.engine.engines),
        ddr("ddr", memories) {
    if (options.kind == EngineKind::kRtl) {
      clock = std::make_unique<RtlClock>(
          "clock", options, [this](std::exception_ptr failure) { processor.Abort(failure); });
    }
    for (int i = 0; i < options.engine.engines; ++i) AddEngine(options, i);
    processor.bus.bind(interconnect.from_processor);
    interconnect.to_ddr.bind(ddr.socket);
  }

  void AddEngine(const PlatformOptions& options, int index) {
    const std::string name = "engine" + std::to_string(index);
    const auto at = static_cast<size_t>(index);
    if (clock) {
      auto engine = std::make_unique<EngineRtl>(name.c_str(), options, index, *clock);
      rtl.push_back(engine.get());
      engines.push_back(std::move(engine));
    } else {
      engines.push_back(std::make_unique<EngineTwin>(name.c_str(), options, index));
    }
    EngineModule& engine = *engines.back();
    interconnect.to_registers[at].bind(engine.registers);
    engine.memory.bind(interconnect.from_engines[at]);
    processor.Connect(engine, *memories[at]);
  }

  /// A piece of the board's window for each engine.
  static std::vector<std::unique_ptr<DmaMemory>> Pieces(const PlatformOptions& options) {
    std::vector<std::unique_ptr<DmaMemory>> pieces;
    for (int i = 0; i < options.engine.engines; ++i) {
      const auto window = options.board.ddr.OneOf(options.engine.engines, i);
      const size_t offset = window.window_base - options.board.ddr.window_base;
      pieces.push_back(std::make_unique<DmaMemory>(
          window.window_base, window.window_bytes,
          options.ddr.empty() ? options.ddr : options.ddr.subspan(offset, window.window_bytes)));
    }
    return pieces;
  }

  EngineModule& Engine(int index) {
    FRAGUA_CHECK(index >= 0 && static_cast<size_t>(index) < engines.size(),
                 "engine " + std::to_string(index) + " of " + std::to_string(engines.size()));
    return *engines[static_cast<size_t>(index)];
  }

  std::vector<std::unique_ptr<DmaMemory>> memories;
  Processor processor;
  Interconnect interconnect;
  DdrModule ddr;
  std::unique_ptr<RtlClock> clock;  ///< of Verilated engines; functional ones need none
  std::vector<std::unique_ptr<EngineModule>> engines;
  std::vector<EngineRtl*> rtl;  ///< the same, where they are Verilated
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

  void Run(const Processor::Program& program) {
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

void Platform::Run(const std::function<void(driver::DevicePort&)>& program) {
  impl_->Run([&](std::span<driver::DevicePort* const> ports) { program(*ports.front()); });
}
void Platform::RunAll(const std::function<void(std::span<driver::DevicePort* const>)>& program) {
  impl_->Run(program);
}

int Platform::engines() const { return static_cast<int>(impl_->board().engines.size()); }
uint64_t Platform::cycles() const {
  uint64_t most = 0;  // functional engines fall behind when nobody asks them
  for (const auto& engine : impl_->board().engines) most = std::max(most, engine->cycles());
  return most;
}
uint64_t Platform::simulated_cycles() const {
  uint64_t sum = 0;
  for (const auto& engine : impl_->board().engines) sum += engine->simulated_cycles();
  return sum;
}

void Platform::SetTap(std::function<void(const TapWord&)> tap, int engine) {
  impl_->board().Engine(engine).SetTap(std::move(tap));
}

void Platform::SetObserver(EngineObserver* observer, int engine) {
  impl_->board().Engine(engine).SetObserver(observer);
}

void Platform::SetProgress(std::function<void(uint64_t)> progress) {
  if (impl_->board().clock) impl_->board().clock->SetProgress(std::move(progress));
}

void Platform::SetFaults(std::vector<BusFault> faults, int engine) {
  impl_->board().Engine(engine).SetFaults(std::move(faults));
}

void Platform::SetMemory(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls) {
  for (EngineRtl* engine : impl_->board().rtl) engine->SetMemory(ddr, stalls);
}

std::vector<std::string> Platform::RtlEngines() {
  std::vector<std::string> names;
  for (const RtlVariant& variant : RtlVariants()) names.push_back(variant.config.name);
  return names;
}

}  // namespace fragua::sim

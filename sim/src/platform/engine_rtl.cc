#include "platform/engine_rtl.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <utility>

#include "fragua/driver/registers.h"
#include "fragua/model/error.h"
#include "fragua/sim/trace_file.h"

namespace fragua::sim {
namespace {

constexpr uint64_t kResetCycles = 16;
constexpr size_t kWritesInFlight = 8;   ///< docs/ENGINE.md, "Buses"
constexpr uint64_t kSettleCycles = 64;  ///< quiet cycles before an idle engine is left alone
constexpr int kHandshakeLimit = 1000;   ///< cycles; the register block answers in a handful

}  // namespace

EngineRtl::EngineRtl(const sc_core::sc_module_name& name, const PlatformOptions& options, int index,
                     RtlClock& clock)
    : EngineModule(name, options.engine.clock_mhz),
      trace_file_(TraceFileOf(options.trace_file, index, options.engine.engines)),
      trace_from_(options.trace_from),
      trace_to_(options.trace_to),
      pace_(clock),
      model_(MakeRtlModel(options.engine)),
      port_(options.board.ddr, *this,
            options.stall_seed
                ? std::optional(MemoryStalls::Uniform(
                      *options.stall_seed + static_cast<uint64_t>(index), options.stall_percent))
                : std::nullopt),
      config_(options.engine) {
  checker_.SetLimits(static_cast<size_t>(options.engine.read_outstanding), kWritesInFlight);
  port_.Share(pace_.ddr(), index);
  pace_.Add(*this);
  for (uint64_t i = 0; i < kResetCycles; ++i) {
    out_ = &model_->Settle({}, lite_, true, 0);
    model_->Edge();
  }
  model_->ForgetCoverage();
  reset_ = false;
}

void EngineRtl::Grant(const sc_core::sc_time& until, bool or_irq) {
  pace_.Grant(until, or_irq ? this : nullptr);
}

bool EngineRtl::Sleeping() const {
  return !out_->busy && quiet_ >= kSettleCycles && port_.idle() && !Addressed();
}

void EngineRtl::Drive() {
  if (Sleeping()) {
    in_ = nullptr;
    Skip(1);
  } else {
    in_ = &port_.Drive();
  }
}

void EngineRtl::Step() {
  if (in_ == nullptr) return;
  const uint64_t cycle = pace_.cycle();
  if (!trace_file_.empty()) UpdateTrace();
  out_ = &model_->Settle(*in_, lite_, reset_, cycle);
  checker_.Observe(cycle, *in_, out_->axi);
  lite_checker_.Observe(cycle, lite_, out_->lite);
  const bool moved =
      port_.Clock(out_->axi) || Addressed() || out_->axi.ar.valid || out_->axi.aw.valid;
  quiet_ = moved ? 0 : quiet_ + 1;
  if (out_->requantised.valid) Tap(out_->requantised, TapWord::Stage::kRequantised, cycle);
  if (out_->written.valid) Tap(out_->written, TapWord::Stage::kWritten, cycle);
  if (recorder_) recorder_->Observe(*model_, cycle);
  irq_ = out_->irq;
  model_->Edge();
  if (model_->AssertionFailed()) {
    throw Error(
        ErrorKind::kCheck,
        fmt::format("an assertion of the RTL failed in engine cycle {} (named above); trace "
                    "the cycles before it with --trace",
                    cycle));
  }
  ++simulated_;
}

void EngineRtl::Tap(const EngineOut::Tap& word, TapWord::Stage stage, uint64_t cycle) const {
  if (tap_) tap_({word.tag, stage, word.data, cycle});
  if (observer_ != nullptr) observer_->OnWord({word.tag, stage, word.data, cycle});
}

void EngineRtl::SetObserver(EngineObserver* observer) {
  observer_ = observer;
  recorder_.reset();
  if (observer != nullptr) recorder_.emplace(config_, *observer);
}

BusStatus EngineRtl::Write(uint32_t address, std::span<const uint8_t> data) {
  for (size_t i = 0; observer_ != nullptr && i + 8 <= data.size(); i += 8) {
    StoredWord word;
    word.address = address + static_cast<uint32_t>(i);
    std::memcpy(&word.data, data.data() + i, 8);
    word.cycle = pace_.cycle();
    observer_->OnStore(word);
  }
  return EngineModule::Write(address, data);
}

void EngineRtl::UpdateTrace() {
  const bool wanted = pace_.cycle() >= trace_from_ && pace_.cycle() <= trace_to_;
  if (wanted == tracing_) return;
  tracing_ = wanted;
  if (wanted) {
    model_->StartTrace(trace_file_);
  } else {
    model_->StopTrace();
  }
}

template <typename Done>
void EngineRtl::Handshake(const char* what, sc_core::sc_time& delay, Done done) {
  const uint64_t before = pace_.cycle();
  for (int i = 0; i < kHandshakeLimit; ++i) {
    pace_.Tick();
    if (!done()) continue;
    delay += clock_.At(pace_.cycle()) - clock_.At(before);
    return;
  }
  throw Error(ErrorKind::kDevice,
              fmt::format("engine does not answer a register {} within {} cycles (cycle {})", what,
                          kHandshakeLimit, pace_.cycle()));
}

uint32_t EngineRtl::ReadRegister(uint32_t offset, sc_core::sc_time& delay) {
  pace_.CatchUp();
  lite_.ar_valid = true;
  lite_.ar_addr = static_cast<uint16_t>(offset);
  lite_.r_ready = true;
  uint32_t value = 0;
  Handshake("read", delay, [&] {
    if (lite_.ar_valid && out_->lite.ar_ready) lite_.ar_valid = false;
    value = out_->lite.r.data;
    return out_->lite.r.valid;
  });
  lite_.r_ready = false;
  return value;
}

void EngineRtl::WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) {
  pace_.CatchUp();
  namespace r = driver::regs;
  if (offset == r::kRegWindowBase) window_base_ = value & ~0xFFFu;
  if (offset == r::kRegWindowLimit) window_limit_ = value & ~0xFFFu;
  checker_.SetWindow(window_base_, window_limit_);
  lite_.aw_valid = lite_.w_valid = true;
  lite_.aw_addr = static_cast<uint16_t>(offset);
  lite_.w_data = value;
  lite_.b_ready = true;
  Handshake("write", delay, [&] {
    if (lite_.aw_valid && out_->lite.aw_ready) lite_.aw_valid = false;
    if (lite_.w_valid && out_->lite.w_ready) lite_.w_valid = false;
    return out_->lite.b.valid;
  });
  lite_.b_ready = false;
}

}  // namespace fragua::sim

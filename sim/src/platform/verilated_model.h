#pragma once
// RtlModel over a Verilated fr_engine class.

#include <verilated.h>
#include <verilated_fst_c.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fragua/model/error.h"
#include "platform/compute_probe.h"
#include "platform/rtl_coverage.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

template <typename Top>
class VerilatedModel : public RtlModel {
 public:
  VerilatedModel() : top_(Prepare(context_)) {}
  ~VerilatedModel() override {
    // The model signs off from the thread's current context, which may be another engine's, gone.
    Verilated::threadContextp(&context_);
    StopTrace();
    top_.final();
    WriteRtlCoverage(context_);
  }

  const EngineOut& Settle(const AxiIn& memory, const LiteIn& host, bool reset,
                          uint64_t cycle) override {
    cycle_ = cycle;
    Verilated::threadContextp(&context_);  // another platform may have run in between
    context_.time(kTicks * cycle_);
    top_.rst_ni = !reset;
    top_.m_axi_arready = memory.ar_ready;
    top_.m_axi_awready = memory.aw_ready;
    top_.m_axi_wready = memory.w_ready;
    top_.m_axi_rvalid = memory.r.valid;
    top_.m_axi_rid = memory.r.id;
    top_.m_axi_rdata = memory.r.data;
    top_.m_axi_rresp = memory.r.resp;
    top_.m_axi_rlast = memory.r.last;
    top_.m_axi_bvalid = memory.b.valid;
    top_.m_axi_bid = memory.b.id;
    top_.m_axi_bresp = memory.b.resp;
    top_.s_axi_awvalid = host.aw_valid;
    top_.s_axi_awaddr = host.aw_addr;
    top_.s_axi_wvalid = host.w_valid;
    top_.s_axi_wdata = host.w_data;
    top_.s_axi_wstrb = 0xF;
    top_.s_axi_bready = host.b_ready;
    top_.s_axi_arvalid = host.ar_valid;
    top_.s_axi_araddr = host.ar_addr;
    top_.s_axi_rready = host.r_ready;
    top_.clk_i = 0;
    top_.eval();
    if (trace_) trace_->dump(kTicks * cycle_);
    Read();
    return out_;
  }

  void Edge() override {
    top_.clk_i = 1;
    top_.eval();
    if (trace_) trace_->dump(kTicks * cycle_ + kTicks / 2);
  }

  void ForgetCoverage() override { ForgetRtlCoverage(context_); }

  bool AssertionFailed() const override { return context_.gotError(); }

  ComputeProbe Probe() const override { return ProbeCompute(*top_.rootp); }
  driver::regs::Command NextCommand() const override { return ReadNextCommand(*top_.rootp); }
  uint64_t Activations() const override { return ReadActivations(*top_.rootp); }
  std::vector<uint64_t> Weights() const override { return ReadWeights(*top_.rootp); }
  std::vector<uint32_t> Accumulators() const override { return ReadAccumulators(*top_.rootp); }

  void StartTrace(const std::string& path) override {
    FRAGUA_CHECK(!trace_ && !traced_, "a model traces once");
    // The FST writer reports nothing when it cannot open its file.
    if (!std::ofstream(path)) {
      ThrowInput("cannot write the trace file '" + path +
                 "'; check the folder and its permissions");
    }
    traced_ = true;
    trace_ = std::make_unique<VerilatedFstC>();
    trace_->set_time_unit("1ns");
    top_.trace(trace_.get(), 99);
    trace_->open(path.c_str());
  }

  void StopTrace() override {
    if (!trace_) return;
    trace_->close();
    trace_.reset();
  }

 private:
  /// Time units of the trace per cycle: cycle n is at 10 n.
  static constexpr uint64_t kTicks = 10;

  /// Registers without reset start with noise that is the same in every run.
  static VerilatedContext* Prepare(VerilatedContext& context) {
    context.traceEverOn(true);
    context.fatalOnError(
        false);  // a failed assertion is reported by AssertionFailed(), not by abort()
    context.randReset(2);
    context.randSeed(1);
    ChooseRtlState(context);
    return &context;
  }

  void Read() {
    AxiOut& m = out_.axi;
    m.ar = {top_.m_axi_arvalid != 0, top_.m_axi_arid,   top_.m_axi_araddr,
            top_.m_axi_arlen,        top_.m_axi_arsize, top_.m_axi_arburst};
    m.aw = {top_.m_axi_awvalid != 0, top_.m_axi_awid,   top_.m_axi_awaddr,
            top_.m_axi_awlen,        top_.m_axi_awsize, top_.m_axi_awburst};
    m.w = {top_.m_axi_wvalid != 0, top_.m_axi_wdata, top_.m_axi_wstrb, top_.m_axi_wlast != 0};
    m.r_ready = top_.m_axi_rready;
    m.b_ready = top_.m_axi_bready;
    LiteOut& s = out_.lite;
    s.aw_ready = top_.s_axi_awready;
    s.w_ready = top_.s_axi_wready;
    s.ar_ready = top_.s_axi_arready;
    s.b = {top_.s_axi_bvalid != 0, top_.s_axi_bresp, 0};
    s.r = {top_.s_axi_rvalid != 0, top_.s_axi_rresp, top_.s_axi_rdata};
    out_.requantised = {top_.tap_requant_valid_o != 0, top_.tap_requant_data_o,
                        top_.tap_requant_tag_o};
    out_.written = {top_.tap_written_valid_o != 0, top_.tap_written_data_o, top_.tap_written_tag_o};
    out_.irq = top_.irq_o;
    out_.busy = top_.tap_busy_o;
  }

  VerilatedContext context_;
  Top top_;
  std::unique_ptr<VerilatedFstC> trace_;
  bool traced_ = false;
  uint64_t cycle_ = 0;
  EngineOut out_;
};

}  // namespace fragua::sim

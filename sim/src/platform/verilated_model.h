#pragma once
// RtlModel over a Verilated fr_engine class.

#include <verilated.h>
#include <verilated_fst_c.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fragua/model/error.h"
#include "platform/rtl_model.h"

namespace fragua::sim {

// A signal that observe.vlt keeps by its name.
#define FRAGUA_COMPUTE(root, signal) (root).fr_engine__DOT__u_compute__DOT__##signal

template <typename Top>
class VerilatedModel : public RtlModel {
 public:
  VerilatedModel() : top_(Prepare(context_)) {}
  ~VerilatedModel() override {
    // The model signs off from the thread's current context, which may be another engine's, gone.
    Verilated::threadContextp(&context_);
    StopTrace();
    top_.final();
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

  bool AssertionFailed() const override { return context_.gotError(); }

  ComputeProbe Probe() const override {
    const auto& r = *top_.rootp;
    ComputeProbe p;
    p.start = FRAGUA_COMPUTE(r, start);
    p.request_step = FRAGUA_COMPUTE(r, request_step);
    p.padding = FRAGUA_COMPUTE(r, request_pad);
    p.squeeze = FRAGUA_COMPUTE(r, request_squeeze);
    p.read_address = FRAGUA_COMPUTE(r, read_addr);
    p.weight_address = FRAGUA_COMPUTE(r, weight_addr);
    p.operand_step = FRAGUA_COMPUTE(r, operand_step);
    p.operand_last = FRAGUA_COMPUTE(r, operand_last);
    p.parameters = FRAGUA_COMPUTE(r, operand_param);
    p.parameter_index = FRAGUA_COMPUTE(r, operand_index);
    p.pixel_complete = FRAGUA_COMPUTE(r, pixel_valid);
    p.write_activation = FRAGUA_COMPUTE(r, write_act);
    p.write_squeeze = FRAGUA_COMPUTE(r, write_squeeze);
    p.write_address = FRAGUA_COMPUTE(r, write_addr);
    p.write_data = FRAGUA_COMPUTE(r, write_data);
    p.load_activation = FRAGUA_COMPUTE(r, load_act_valid_i) && FRAGUA_COMPUTE(r, load_act_ready_o);
    p.load_address = FRAGUA_COMPUTE(r, load_act_addr_i);
    p.load_data = FRAGUA_COMPUTE(r, load_act_data_i);
    p.load_weight = FRAGUA_COMPUTE(r, load_weight_valid_i);
    p.load_weight_address = FRAGUA_COMPUTE(r, load_weight_addr_i);
    p.load_weight_slice = FRAGUA_COMPUTE(r, load_weight_slice_i);
    p.load_weight_data = FRAGUA_COMPUTE(r, load_weight_data_i);
    return p;
  }
  driver::regs::Command NextCommand() const override {
    const std::vector<uint8_t> bytes = Bytes(FRAGUA_COMPUTE(*top_.rootp, next));
    driver::regs::Command command;
    for (size_t i = 0; i < driver::regs::Command::kBytes; ++i) {
      command.words()[i / 8] |= uint64_t{bytes[i]} << (8 * (i % 8));
    }
    return command;
  }
  std::vector<uint8_t> Activations() const override {
    return Bytes(FRAGUA_COMPUTE(*top_.rootp, operand_act));
  }
  std::vector<uint8_t> Weights() const override {
    return Bytes(FRAGUA_COMPUTE(*top_.rootp, operand_weight));
  }
  std::vector<uint8_t> Accumulators() const override {
    return Bytes(FRAGUA_COMPUTE(*top_.rootp, acc));
  }

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

  /// Verilator keeps bits in integers of the host, little-endian, or in an array of them.
  template <typename Bits>
  static std::vector<uint8_t> Bytes(const Bits& bits) {
    std::vector<uint8_t> bytes(sizeof(bits));
    std::memcpy(bytes.data(), &bits, sizeof(bits));
    return bytes;
  }

  /// Registers without reset start with noise that is the same in every run.
  static VerilatedContext* Prepare(VerilatedContext& context) {
    context.traceEverOn(true);
    context.fatalOnError(
        false);  // a failed assertion is reported by AssertionFailed(), not by abort()
    context.randReset(2);
    context.randSeed(1);
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

#undef FRAGUA_COMPUTE

}  // namespace fragua::sim

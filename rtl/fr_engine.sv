// The engine: registers, command fetch, LOAD, COMPUTE and STORE units, tokens, counters, faults, two buses
// (docs/ENGINE.md). One clock; bus pins keep their bus names.
`default_nettype none

module fr_engine #(
  parameter int Pc = 8,                // input channels per cycle: 2, 4, 8
  parameter int Pk = 16,               // output channels per cycle: 8, 16, 32
  parameter int Lanes = 8,             // requantised outputs per cycle: 1, 2, 4, 8
  parameter int AccBits = 25,          // accumulator width: 20..32
  parameter int ActWords = 12800,      // activation buffer, 64-bit words
  parameter int SqueezeWords = 2048,   // squeeze buffer, 64-bit words
  parameter int WeightWords = 512,     // weight buffer, words of Pc*Pk bytes, a power of two
  parameter int PoolWords = 1024,      // pooling line buffer, 64-bit words
  parameter int StoreFifoWords = 1024, // results on their way to DDR, a power of two >= 32
  parameter int QueueCommands = 4,     // commands per queue, a power of two >= 2
  parameter int ReadOutstanding = 8    // read bursts in flight, 1..32
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        irq_o,

  input  logic [11:0] s_axi_awaddr,
  input  logic        s_axi_awvalid,
  output logic        s_axi_awready,
  input  logic [31:0] s_axi_wdata,
  input  logic [3:0]  s_axi_wstrb,
  input  logic        s_axi_wvalid,
  output logic        s_axi_wready,
  output logic [1:0]  s_axi_bresp,
  output logic        s_axi_bvalid,
  input  logic        s_axi_bready,
  input  logic [11:0] s_axi_araddr,
  input  logic        s_axi_arvalid,
  output logic        s_axi_arready,
  output logic [31:0] s_axi_rdata,
  output logic [1:0]  s_axi_rresp,
  output logic        s_axi_rvalid,
  input  logic        s_axi_rready,

  output logic        m_axi_arid,
  output logic [31:0] m_axi_araddr,
  output logic [7:0]  m_axi_arlen,
  output logic [2:0]  m_axi_arsize,
  output logic [1:0]  m_axi_arburst,
  output logic [3:0]  m_axi_arcache,
  output logic [2:0]  m_axi_arprot,
  output logic        m_axi_arvalid,
  input  logic        m_axi_arready,
  input  logic        m_axi_rid,
  input  logic [63:0] m_axi_rdata,
  input  logic [1:0]  m_axi_rresp,
  input  logic        m_axi_rlast,
  input  logic        m_axi_rvalid,
  output logic        m_axi_rready,
  output logic        m_axi_awid,
  output logic [31:0] m_axi_awaddr,
  output logic [7:0]  m_axi_awlen,
  output logic [2:0]  m_axi_awsize,
  output logic [1:0]  m_axi_awburst,
  output logic [3:0]  m_axi_awcache,
  output logic [2:0]  m_axi_awprot,
  output logic        m_axi_awvalid,
  input  logic        m_axi_awready,
  output logic [63:0] m_axi_wdata,
  output logic [7:0]  m_axi_wstrb,
  output logic        m_axi_wlast,
  output logic        m_axi_wvalid,
  input  logic        m_axi_wready,
  input  logic        m_axi_bid,
  input  logic [1:0]  m_axi_bresp,
  input  logic        m_axi_bvalid,
  output logic        m_axi_bready,

  // Results as they leave two stages, for comparison in simulation; open in hardware.
  output logic        tap_requant_valid_o,
  output logic [63:0] tap_requant_data_o,
  output logic [31:0] tap_requant_tag_o,
  output logic        tap_written_valid_o,
  output logic [63:0] tap_written_data_o,
  output logic [31:0] tap_written_tag_o,
  output logic        tap_busy_o          // low: a clock changes nothing unless a register is accessed
);
  // Constant bus attributes: 8-byte incrementing bursts, normal bufferable memory, whole words.
  assign m_axi_arsize  = 3'd3;
  assign m_axi_arburst = 2'b01;
  assign m_axi_arcache = 4'b0011;
  assign m_axi_arprot  = 3'b000;
  assign m_axi_awid    = 1'b0;
  assign m_axi_awsize  = 3'd3;
  assign m_axi_awburst = 2'b01;
  assign m_axi_awcache = 4'b0011;
  assign m_axi_awprot  = 3'b000;
  assign m_axi_wstrb   = 8'hFF;

  // State of the whole: `halt` lets nothing new begin, `core_rst_n` clears everything but the configuration registers.
  logic         enable, soft_reset, resetting, in_reset, core_rst_n, halt, busy, error, error_pulse;
  logic         reads_idle, writes_idle;
  logic         bite, overflow, progress, read_beat, write_beat;
  logic [31:0]  watchdog, ring_base, ring_size, head, tail, sequence_value, error_tag, error_addr;
  logic         sequence_valid;
  logic [19:0]  window_base, window_limit;
  logic [7:0]   error_code;
  logic [511:0] stamp;

  assign tap_busy_o = busy || !reads_idle || !writes_idle || resetting != in_reset;
  assign core_rst_n = rst_ni && !in_reset;
  assign halt       = error || resetting;
  assign read_beat  = m_axi_rvalid && m_axi_rready;
  assign write_beat = m_axi_wvalid && m_axi_wready;

  fr_regs #(
    .Pc(Pc), .Pk(Pk), .Lanes(Lanes), .AccBits(AccBits), .ActWords(ActWords), .SqueezeWords(SqueezeWords),
    .WeightWords(WeightWords), .PoolWords(PoolWords)
  ) u_regs (
    .clk_i, .rst_ni,
    .s_axi_awaddr, .s_axi_awvalid, .s_axi_awready, .s_axi_wdata, .s_axi_wstrb, .s_axi_wvalid, .s_axi_wready,
    .s_axi_bresp, .s_axi_bvalid, .s_axi_bready, .s_axi_araddr, .s_axi_arvalid, .s_axi_arready, .s_axi_rdata,
    .s_axi_rresp, .s_axi_rvalid, .s_axi_rready,
    .enable_o(enable), .soft_reset_o(soft_reset), .ring_base_o(ring_base), .ring_size_o(ring_size), .tail_o(tail),
    .window_base_o(window_base), .window_limit_o(window_limit), .watchdog_o(watchdog), .irq_o,
    .in_reset_i(in_reset), .busy_i(busy), .error_i(error), .error_pulse_i(error_pulse), .error_code_i(error_code),
    .error_tag_i(error_tag), .error_addr_i(error_addr), .head_i(head),
    .sequence_valid_i(sequence_valid), .sequence_i(sequence_value), .stamp_i(stamp)
  );

  fr_soft_reset u_soft_reset (
    .clk_i, .rst_ni, .request_i(soft_reset), .bus_idle_i(reads_idle && writes_idle), .halt_o(resetting),
    .in_reset_o(in_reset)
  );

  // Read port and its two clients.
  logic        fetch_ask, fetch_asked, load_ask, load_asked, fetch_data_valid, load_data_valid, load_data_ready;
  logic [31:0] fetch_addr, load_addr;
  logic [4:0]  load_beats;
  logic [63:0] read_data;
  logic        read_error, read_error_load;
  logic [7:0]  read_error_code;
  logic [31:0] read_error_addr, read_error_tag;

  fr_axi_reader #(.Outstanding(ReadOutstanding)) u_reader (
    .clk_i, .rst_ni(core_rst_n), .halt_i(halt), .window_base_i(window_base), .window_limit_i(window_limit),
    .idle_o(reads_idle),
    .fetch_valid_i(fetch_ask), .fetch_ready_o(fetch_asked), .fetch_addr_i(fetch_addr), .fetch_beats_i(5'd8),
    .load_valid_i(load_ask), .load_ready_o(load_asked), .load_addr_i(load_addr), .load_beats_i(load_beats),
    .fetch_data_valid_o(fetch_data_valid), .load_data_valid_o(load_data_valid), .load_data_ready_i(load_data_ready),
    .data_o(read_data),
    .error_valid_o(read_error), .error_code_o(read_error_code), .error_addr_o(read_error_addr),
    .error_load_o(read_error_load),
    .m_axi_arid, .m_axi_araddr, .m_axi_arlen, .m_axi_arvalid, .m_axi_arready, .m_axi_rid, .m_axi_rdata, .m_axi_rresp,
    .m_axi_rlast, .m_axi_rvalid, .m_axi_rready
  );

  // Commands and tokens.
  logic         commands_busy, load_cmd_valid, load_cmd_ready, compute_cmd_valid, compute_cmd_ready;
  logic         store_cmd_valid, store_cmd_ready, fetch_error;
  logic [511:0] load_cmd, compute_cmd, store_cmd;
  logic [7:0]   fetch_error_code;
  logic [31:0]  fetch_error_addr, fetch_error_tag;
  logic [3:0]   token_avail, token_take, token_post;

  fr_command_path #(.QueueCommands(QueueCommands)) u_commands (
    .clk_i, .rst_ni(core_rst_n), .halt_i(halt), .enable_i(enable), .ring_base_i(ring_base), .ring_size_i(ring_size),
    .tail_i(tail), .head_o(head), .busy_o(commands_busy),
    .burst_valid_o(fetch_ask), .burst_ready_i(fetch_asked), .burst_addr_o(fetch_addr),
    .data_valid_i(fetch_data_valid), .data_i(read_data),
    .load_valid_o(load_cmd_valid), .load_ready_i(load_cmd_ready), .load_cmd_o(load_cmd),
    .compute_valid_o(compute_cmd_valid), .compute_ready_i(compute_cmd_ready), .compute_cmd_o(compute_cmd),
    .store_valid_o(store_cmd_valid), .store_ready_i(store_cmd_ready), .store_cmd_o(store_cmd),
    .error_valid_o(fetch_error), .error_code_o(fetch_error_code), .error_addr_o(fetch_error_addr),
    .error_tag_o(fetch_error_tag)
  );

  fr_tokens u_tokens (
    .clk_i, .rst_ni(core_rst_n), .post_i(token_post), .take_i(token_take), .avail_o(token_avail), .overflow_o(overflow)
  );

  // LOAD.
  logic        load_busy, act_valid, act_ready, weight_valid, load_error;
  logic [15:0] act_addr, weight_addr;
  logic [7:0]  weight_slice, load_error_code;
  logic [63:0] act_data, weight_data;
  logic [31:0] load_error_addr, load_issue_tag, load_arrive_tag;

  fr_load #(.ActWords(ActWords), .WeightWords(WeightWords), .Slices(Pc * Pk / 8)) u_load (
    .clk_i, .rst_ni(core_rst_n), .halt_i(halt), .busy_o(load_busy),
    .cmd_valid_i(load_cmd_valid), .cmd_ready_o(load_cmd_ready), .cmd_i(load_cmd),
    .token_avail_i({token_avail[fr_pkg::TOKEN_SL], token_avail[fr_pkg::TOKEN_CL]}),
    .token_take_o({token_take[fr_pkg::TOKEN_SL], token_take[fr_pkg::TOKEN_CL]}),
    .token_post_o({token_post[fr_pkg::TOKEN_LCA], token_post[fr_pkg::TOKEN_LCW]}),
    .burst_valid_o(load_ask), .burst_ready_i(load_asked), .burst_addr_o(load_addr), .burst_beats_o(load_beats),
    .data_valid_i(load_data_valid), .data_ready_o(load_data_ready), .data_i(read_data),
    .act_valid_o(act_valid), .act_ready_i(act_ready), .act_addr_o(act_addr), .act_data_o(act_data),
    .weight_valid_o(weight_valid), .weight_addr_o(weight_addr), .weight_slice_o(weight_slice),
    .weight_data_o(weight_data),
    .error_valid_o(load_error), .error_code_o(load_error_code), .error_addr_o(load_error_addr),
    .issue_tag_o(load_issue_tag), .arrive_tag_o(load_arrive_tag)
  );

  // A bad answer belongs to the command whose data arrive, a refused address to the one that asks.
  always_comb begin
    read_error_tag = 32'hFFFFFFFF;
    if (read_error_load) begin
      read_error_tag = read_error_code == fr_pkg::ERR_READ_RESPONSE ? load_arrive_tag : load_issue_tag;
    end
  end

  // COMPUTE.
  logic        compute_busy, stream_valid, stream_ready, compute_error;
  logic        step, wait_weights, wait_act, wait_output, wait_requant, overhead;
  logic [63:0] stream_data;
  logic [7:0]  compute_error_code;
  logic [31:0] compute_error_tag;

  fr_compute #(
    .Pc(Pc), .Pk(Pk), .Lanes(Lanes), .AccBits(AccBits), .ActWords(ActWords), .SqueezeWords(SqueezeWords),
    .WeightWords(WeightWords), .PoolWords(PoolWords)
  ) u_compute (
    .clk_i, .rst_ni(core_rst_n), .halt_i(halt),
    .cmd_valid_i(compute_cmd_valid), .cmd_ready_o(compute_cmd_ready), .cmd_i(compute_cmd),
    .token_avail_i({token_avail[fr_pkg::TOKEN_LCA], token_avail[fr_pkg::TOKEN_LCW]}),
    .token_take_o({token_take[fr_pkg::TOKEN_LCA], token_take[fr_pkg::TOKEN_LCW]}),
    .token_post_o(token_post[fr_pkg::TOKEN_CL]),
    .load_act_valid_i(act_valid), .load_act_ready_o(act_ready), .load_act_addr_i(act_addr), .load_act_data_i(act_data),
    .load_weight_valid_i(weight_valid), .load_weight_addr_i(weight_addr), .load_weight_slice_i(weight_slice),
    .load_weight_data_i(weight_data),
    .stream_valid_o(stream_valid), .stream_ready_i(stream_ready), .stream_data_o(stream_data),
    .counters_i(stamp),
    .event_step_o(step), .event_wait_weights_o(wait_weights), .event_wait_act_o(wait_act),
    .event_wait_output_o(wait_output), .event_wait_requant_o(wait_requant), .event_overhead_o(overhead),
    .busy_o(compute_busy),
    .error_valid_o(compute_error), .error_code_o(compute_error_code), .error_tag_o(compute_error_tag),
    .tap_requant_valid_o, .tap_requant_data_o, .tap_requant_tag_o,
    .tap_written_valid_o, .tap_written_data_o, .tap_written_tag_o
  );

  // STORE.
  logic        store_busy, store_error, write_error;
  logic [31:0] store_error_addr, store_tag, write_error_addr;
  logic [7:0]  store_error_code, write_error_code;

  fr_store_path #(.FifoWords(StoreFifoWords)) u_store_path (
    .clk_i, .rst_ni(core_rst_n), .halt_i(halt), .window_base_i(window_base), .window_limit_i(window_limit),
    .busy_o(store_busy), .idle_o(writes_idle),
    .cmd_valid_i(store_cmd_valid), .cmd_ready_o(store_cmd_ready), .cmd_i(store_cmd),
    .token_post_o(token_post[fr_pkg::TOKEN_SL]), .sequence_valid_o(sequence_valid), .sequence_o(sequence_value),
    .stream_valid_i(stream_valid), .stream_ready_o(stream_ready), .stream_data_i(stream_data),
    .tag_o(store_tag), .write_error_valid_o(write_error), .write_error_code_o(write_error_code),
    .write_error_addr_o(write_error_addr), .store_error_valid_o(store_error), .store_error_code_o(store_error_code),
    .store_error_addr_o(store_error_addr),
    .m_axi_awaddr, .m_axi_awlen, .m_axi_awvalid, .m_axi_awready, .m_axi_wdata, .m_axi_wlast, .m_axi_wvalid,
    .m_axi_wready, .m_axi_bresp, .m_axi_bvalid, .m_axi_bready
  );

  // Faults, watchdog, counters.
  assign busy     = !error && (commands_busy || load_busy || compute_busy || store_busy);
  assign progress = (m_axi_arvalid && m_axi_arready) || read_beat || (m_axi_awvalid && m_axi_awready) || write_beat
                    || (m_axi_bvalid && m_axi_bready) || step;

  fr_watchdog u_watchdog (
    .clk_i, .rst_ni(core_rst_n), .limit_i(watchdog), .busy_i(busy), .progress_i(progress), .bite_o(bite)
  );

  fr_faults u_faults (
    .clk_i, .rst_ni(core_rst_n),
    .read_valid_i(read_error), .read_code_i(read_error_code), .read_tag_i(read_error_tag),
    .read_addr_i(read_error_addr),
    .write_valid_i(write_error), .write_code_i(write_error_code), .write_tag_i(store_tag),
    .write_addr_i(write_error_addr),
    .compute_valid_i(compute_error), .compute_code_i(compute_error_code), .compute_tag_i(compute_error_tag),
    .load_valid_i(load_error), .load_code_i(load_error_code), .load_tag_i(load_issue_tag),
    .load_addr_i(load_error_addr),
    .store_valid_i(store_error), .store_code_i(store_error_code), .store_tag_i(store_tag),
    .store_addr_i(store_error_addr),
    .fetch_valid_i(fetch_error), .fetch_code_i(fetch_error_code), .fetch_tag_i(fetch_error_tag),
    .fetch_addr_i(fetch_error_addr),
    .overflow_i(overflow), .bite_i(bite),
    .error_o(error), .error_pulse_o(error_pulse), .code_o(error_code), .tag_o(error_tag), .addr_o(error_addr)
  );

  fr_counters u_counters (
    .clk_i, .rst_ni(core_rst_n), .busy_i(busy), .step_i(step), .wait_weights_i(wait_weights), .wait_act_i(wait_act),
    .wait_output_i(wait_output), .wait_requant_i(wait_requant), .overhead_i(overhead), .read_beat_i(read_beat),
    .write_beat_i(write_beat), .stamp_o(stamp)
  );

  initial begin
    if (Pc != 2 && Pc != 4 && Pc != 8) $fatal(1, "fr_engine: Pc must be 2, 4 or 8");
    if (Pk != 8 && Pk != 16 && Pk != 32) $fatal(1, "fr_engine: Pk must be 8, 16 or 32");
    if (Lanes != 1 && Lanes != 2 && Lanes != 4 && Lanes != 8) $fatal(1, "fr_engine: Lanes must be 1, 2, 4 or 8");
    if (AccBits < 20 || AccBits > 32) $fatal(1, "fr_engine: AccBits must be 20..32");
  end
endmodule

`default_nettype wire

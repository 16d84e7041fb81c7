// AXI4 read port for two clients: commands (ARID 0) and load data (ARID 1), several bursts in flight.
// Every burst is held against the DMA window before its address reaches the bus.
`default_nettype none
`include "fr_assert.svh"

module fr_axi_reader #(
  parameter int Outstanding = 8  // bursts in flight, 1..32
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        halt_i,          // issue nothing new; accept and drop what still comes
  input  logic [19:0] window_base_i,   // first 4 KiB page
  input  logic [19:0] window_limit_i,  // first page beyond
  output logic        idle_o,          // no burst in flight

  input  logic        fetch_valid_i,
  output logic        fetch_ready_o,
  input  logic [31:0] fetch_addr_i,
  input  logic [4:0]  fetch_beats_i,
  input  logic        load_valid_i,
  output logic        load_ready_o,
  input  logic [31:0] load_addr_i,
  input  logic [4:0]  load_beats_i,

  output logic        fetch_data_valid_o,  // always taken: the fetch asks only for what it has room for
  output logic        load_data_valid_o,
  input  logic        load_data_ready_i,
  output logic [63:0] data_o,

  output logic        error_valid_o,
  output logic [7:0]  error_code_o,
  output logic [31:0] error_addr_o,
  output logic        error_load_o,  // 1: the load client, 0: the fetch client

  output logic        m_axi_arid,
  output logic [31:0] m_axi_araddr,
  output logic [7:0]  m_axi_arlen,
  output logic        m_axi_arvalid,
  input  logic        m_axi_arready,
  input  logic        m_axi_rid,
  input  logic [63:0] m_axi_rdata,
  input  logic [1:0]  m_axi_rresp,
  input  logic        m_axi_rlast,
  input  logic        m_axi_rvalid,
  output logic        m_axi_rready
);
  localparam int LoadDepth = Outstanding <= 2 ? 2 : 1 << $clog2(Outstanding);
  localparam int FetchDepth = 4;

  // Address side: the fetch goes first, its bursts are few and short.
  logic        ar_valid_q, ar_id_q;
  logic [28:0] ar_word_q;
  logic [3:0]  ar_len_q;
  logic [5:0]  flying_q;
  logic        choose_load, can_issue, in_window, issue, ends;
  logic [31:0] addr;
  logic [4:0]  beats;

  assign choose_load = !fetch_valid_i;
  assign addr        = choose_load ? load_addr_i : fetch_addr_i;
  assign beats       = choose_load ? load_beats_i : fetch_beats_i;
  assign in_window   = addr[31:12] >= window_base_i && addr[31:12] < window_limit_i;

  // Where bursts in flight began, to name the address of a failing one. The bus may answer the two IDs in any order.
  logic        fetch_log_ready, load_log_ready, fetch_log_valid, load_log_valid;
  logic [28:0] fetch_log_word, load_log_word;

  assign can_issue     = !halt_i && (!ar_valid_q || m_axi_arready) && flying_q != 6'(Outstanding)
                         && (choose_load ? load_log_ready : fetch_log_ready);
  assign issue         = can_issue && in_window && (fetch_valid_i || load_valid_i);
  assign fetch_ready_o = issue && !choose_load;
  assign load_ready_o  = issue && choose_load;

  assign m_axi_arid    = ar_id_q;
  assign m_axi_araddr  = {ar_word_q, 3'b000};
  assign m_axi_arlen   = {4'd0, ar_len_q};
  assign m_axi_arvalid = ar_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) ar_valid_q <= 1'b0;
    else if (issue) ar_valid_q <= 1'b1;
    else if (m_axi_arready) ar_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      ar_id_q   <= choose_load;
      ar_word_q <= addr[31:3];
      ar_len_q  <= 4'(beats - 5'd1);
    end
  end

  // Data side.
  logic        r_valid, r_ready, r_id, r_last, r_bad;
  logic [63:0] r_data;

  fr_skid #(.Width(67)) u_r (
    .clk_i, .rst_ni,
    .in_valid_i (m_axi_rvalid),
    .in_ready_o (m_axi_rready),
    .in_data_i  ({m_axi_rid, m_axi_rlast, m_axi_rresp[1], m_axi_rdata}),
    .out_valid_o(r_valid),
    .out_ready_i(r_ready),
    .out_data_o ({r_id, r_last, r_bad, r_data})
  );

  assign data_o             = r_data;
  assign r_ready            = halt_i || !r_id || r_bad || load_data_ready_i;
  assign fetch_data_valid_o = r_valid && !r_id && !r_bad && !halt_i;
  assign load_data_valid_o  = r_valid && r_id && !r_bad && !halt_i;
  assign ends               = r_valid && r_ready && r_last;
  assign idle_o             = flying_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) flying_q <= '0;
    else if (issue != ends) flying_q <= issue ? flying_q + 1'b1 : flying_q - 1'b1;
  end

  fr_fifo #(.Width(29), .Depth(FetchDepth)) u_fetch_log (
    .clk_i, .rst_ni,
    .push_valid_i(issue && !choose_load),
    .push_ready_o(fetch_log_ready),
    .push_data_i (addr[31:3]),
    .pop_valid_o (fetch_log_valid),
    .pop_ready_i (ends && !r_id),
    .pop_data_o  (fetch_log_word),
    .level_o     ()
  );

  fr_fifo #(.Width(29), .Depth(LoadDepth)) u_load_log (
    .clk_i, .rst_ni,
    .push_valid_i(issue && choose_load),
    .push_ready_o(load_log_ready),
    .push_data_i (addr[31:3]),
    .pop_valid_o (load_log_valid),
    .pop_ready_i (ends && r_id),
    .pop_data_o  (load_log_word),
    .level_o     ()
  );

  // A bad answer is older than an address not yet issued, so it is the one reported.
  always_comb begin
    error_valid_o = 1'b0;
    error_code_o  = fr_pkg::ERR_OUT_OF_WINDOW;
    error_addr_o  = addr;
    error_load_o  = choose_load;
    if (r_valid && r_bad && !halt_i) begin
      error_valid_o = 1'b1;
      error_code_o  = fr_pkg::ERR_READ_RESPONSE;
      error_addr_o  = {r_id ? load_log_word : fetch_log_word, 3'b000};
      error_load_o  = r_id;
    end else if (can_issue && !in_window && (fetch_valid_i || load_valid_i)) begin
      error_valid_o = 1'b1;
    end
  end

  initial if (Outstanding < 1 || Outstanding > 32) $fatal(1, "fr_axi_reader: Outstanding must be 1..32");

  `FR_ASSERT(every_answer_was_asked_for, !r_valid || (r_id ? load_log_valid : fetch_log_valid))
  `FR_ASSERT(bursts_have_1_to_16_beats, !issue || (beats >= 5'd1 && beats <= 5'd16))
endmodule

`default_nettype wire

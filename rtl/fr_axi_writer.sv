// AXI4 write port: an address goes out only when the whole burst's data is in the store FIFO, so a burst never stalls
// half-written and always ends. Every burst is held against the DMA window before its address reaches the bus.
`default_nettype none
`include "fr_assert.svh"

module fr_axi_writer #(
  parameter int FifoWords = 1024  // words in the store FIFO
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        halt_i,          // issue nothing new; finish what was addressed
  input  logic [19:0] window_base_i,   // first 4 KiB page
  input  logic [19:0] window_limit_i,  // first page beyond
  output logic        idle_o,          // every burst has its response

  input  logic        burst_valid_i,
  output logic        burst_ready_o,
  input  logic [31:0] burst_addr_i,
  input  logic [4:0]  burst_beats_i,  // 1..16

  input  logic        word_entered_i,  // a word has been pushed into the store FIFO
  input  logic        word_valid_i,    // the store FIFO's output
  output logic        word_ready_o,
  input  logic [63:0] word_i,

  output logic        error_valid_o,
  output logic [7:0]  error_code_o,
  output logic [31:0] error_addr_o,

  output logic [31:0] m_axi_awaddr,
  output logic [7:0]  m_axi_awlen,
  output logic        m_axi_awvalid,
  input  logic        m_axi_awready,
  output logic [63:0] m_axi_wdata,
  output logic        m_axi_wlast,
  output logic        m_axi_wvalid,
  input  logic        m_axi_wready,
  input  logic [1:0]  m_axi_bresp,
  input  logic        m_axi_bvalid,
  output logic        m_axi_bready
);
  localparam int Outstanding = 8;
  localparam int CountBits = $clog2(FifoWords) + 2;

  logic                 aw_valid_q;
  logic [28:0]          aw_word_q;
  logic [3:0]           aw_len_q;
  logic [CountBits-1:0] unclaimed_q;  // words in the FIFO that no issued burst has claimed
  logic [3:0]           flying_q;
  logic                 covered, in_window, can_issue, issue, answered, refused;
  logic                 lengths_ready, log_ready, log_valid;
  logic [28:0]          log_word;

  assign in_window = burst_addr_i[31:12] >= window_base_i && burst_addr_i[31:12] < window_limit_i;
  assign covered   = unclaimed_q >= CountBits'(burst_beats_i);
  assign can_issue = !halt_i && burst_valid_i && covered && (!aw_valid_q || m_axi_awready)
                     && flying_q != 4'(Outstanding) && lengths_ready && log_ready;
  assign issue         = can_issue && in_window;
  assign burst_ready_o = issue;
  assign idle_o        = flying_q == '0;

  assign m_axi_awaddr  = {aw_word_q, 3'b000};
  assign m_axi_awlen   = {4'd0, aw_len_q};
  assign m_axi_awvalid = aw_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_valid_q  <= 1'b0;
      unclaimed_q <= '0;
      flying_q    <= '0;
    end else begin
      if (issue) aw_valid_q <= 1'b1;
      else if (m_axi_awready) aw_valid_q <= 1'b0;
      unclaimed_q <= unclaimed_q + CountBits'(word_entered_i) - (issue ? CountBits'(burst_beats_i) : '0);
      if (issue != answered) flying_q <= issue ? flying_q + 1'b1 : flying_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      aw_word_q <= burst_addr_i[31:3];
      aw_len_q  <= 4'(burst_beats_i - 5'd1);
    end
  end

  // Data side: follows the list of issued lengths, never AWREADY (a slave may wait for both valids).
  logic       length_valid, length_take, beat;
  logic [4:0] length, left_q;

  fr_fifo #(.Width(5), .Depth(Outstanding)) u_lengths (
    .clk_i, .rst_ni,
    .push_valid_i(issue),
    .push_ready_o(lengths_ready),
    .push_data_i (burst_beats_i),
    .pop_valid_o (length_valid),
    .pop_ready_i (length_take),
    .pop_data_o  (length),
    .level_o     ()
  );

  assign m_axi_wvalid = left_q != '0 && word_valid_i;
  assign m_axi_wdata  = word_i;
  assign m_axi_wlast  = left_q == 5'd1;
  assign beat         = m_axi_wvalid && m_axi_wready;
  assign word_ready_o = left_q != '0 && m_axi_wready;
  assign length_take  = left_q == '0 || (beat && m_axi_wlast);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) left_q <= '0;
    else if (length_take) left_q <= length_valid ? length : '0;
    else if (beat) left_q <= left_q - 1'b1;
  end

  // Responses come in order: one ID.
  assign m_axi_bready = 1'b1;
  assign answered     = m_axi_bvalid;
  assign refused      = m_axi_bvalid && m_axi_bresp[1];

  fr_fifo #(.Width(29), .Depth(Outstanding)) u_log (
    .clk_i, .rst_ni,
    .push_valid_i(issue),
    .push_ready_o(log_ready),
    .push_data_i (burst_addr_i[31:3]),
    .pop_valid_o (log_valid),
    .pop_ready_i (answered),
    .pop_data_o  (log_word),
    .level_o     ()
  );

  always_comb begin
    error_valid_o = 1'b0;
    error_code_o  = fr_pkg::ERR_OUT_OF_WINDOW;
    error_addr_o  = burst_addr_i;
    if (refused) begin
      error_valid_o = !halt_i;
      error_code_o  = fr_pkg::ERR_WRITE_RESPONSE;
      error_addr_o  = {log_word, 3'b000};
    end else if (can_issue && !in_window) begin
      error_valid_o = 1'b1;
    end
  end

  initial if (FifoWords < 32) $fatal(1, "fr_axi_writer: the store FIFO must hold two bursts");

  `FR_ASSERT(every_response_was_asked_for, !m_axi_bvalid || log_valid)
  `FR_ASSERT(a_burst_never_waits_for_its_data, left_q == '0 || word_valid_i)
  `FR_ASSERT(no_more_words_are_claimed_than_there_are, unclaimed_q <= CountBits'(FifoWords + 1))
endmodule

`default_nettype wire

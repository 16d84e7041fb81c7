// From the store stream to DDR: the store FIFO, the STORE unit and the write port.
`default_nettype none

module fr_store_path #(
  parameter int FifoWords = 1024  // results on their way to DDR, a power of two >= 32
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  input  logic [19:0]  window_base_i,   // 4 KiB pages
  input  logic [19:0]  window_limit_i,
  output logic         busy_o,
  output logic         idle_o,          // no write burst in flight

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,
  output logic         token_post_o,    // SL
  output logic         sequence_valid_o,
  output logic [31:0]  sequence_o,

  input  logic         stream_valid_i,
  output logic         stream_ready_o,
  input  logic [63:0]  stream_data_i,

  output logic [31:0]  tag_o,           // of the command at hand
  output logic         write_error_valid_o,
  output logic [7:0]   write_error_code_o,
  output logic [31:0]  write_error_addr_o,
  output logic         store_error_valid_o,
  output logic [7:0]   store_error_code_o,
  output logic [31:0]  store_error_addr_o,

  output logic [31:0]  m_axi_awaddr,
  output logic [7:0]   m_axi_awlen,
  output logic         m_axi_awvalid,
  input  logic         m_axi_awready,
  output logic [63:0]  m_axi_wdata,
  output logic         m_axi_wlast,
  output logic         m_axi_wvalid,
  input  logic         m_axi_wready,
  input  logic [1:0]   m_axi_bresp,
  input  logic         m_axi_bvalid,
  output logic         m_axi_bready
);
  logic        word_valid, word_ready, burst_valid, burst_ready;
  logic [63:0] word;
  logic [31:0] burst_addr;
  logic [4:0]  burst_beats;

  fr_fifo #(.Width(64), .Depth(FifoWords)) u_fifo (
    .clk_i, .rst_ni,
    .push_valid_i(stream_valid_i), .push_ready_o(stream_ready_o), .push_data_i(stream_data_i),
    .pop_valid_o(word_valid), .pop_ready_i(word_ready), .pop_data_o(word), .level_o()
  );

  fr_store u_store (
    .clk_i, .rst_ni, .halt_i, .busy_o, .cmd_valid_i, .cmd_ready_o, .cmd_i,
    .token_post_o, .sequence_valid_o, .sequence_o,
    .burst_valid_o(burst_valid), .burst_ready_i(burst_ready), .burst_addr_o(burst_addr), .burst_beats_o(burst_beats),
    .writes_idle_i(idle_o),
    .error_valid_o(store_error_valid_o), .error_code_o(store_error_code_o), .error_addr_o(store_error_addr_o), .tag_o
  );

  fr_axi_writer #(.FifoWords(FifoWords)) u_writer (
    .clk_i, .rst_ni, .halt_i, .window_base_i, .window_limit_i, .idle_o,
    .burst_valid_i(burst_valid), .burst_ready_o(burst_ready), .burst_addr_i(burst_addr), .burst_beats_i(burst_beats),
    .word_entered_i(stream_valid_i && stream_ready_o), .word_valid_i(word_valid), .word_ready_o(word_ready),
    .word_i(word),
    .error_valid_o(write_error_valid_o), .error_code_o(write_error_code_o), .error_addr_o(write_error_addr_o),
    .m_axi_awaddr, .m_axi_awlen, .m_axi_awvalid, .m_axi_awready, .m_axi_wdata, .m_axi_wlast, .m_axi_wvalid,
    .m_axi_wready, .m_axi_bresp, .m_axi_bvalid, .m_axi_bready
  );
endmodule

`default_nettype wire

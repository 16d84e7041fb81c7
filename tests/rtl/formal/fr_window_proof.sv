// Whatever commands, ring registers, data, stalls and errors there are: no address outside the DMA window and no burst
// across 128 bytes (hence 4 KiB) reaches either address bus, and an address that waits stays as it is. The window is
// constant; everything else is free, the ring registers and halts in every cycle.
`default_nettype none

module fr_window_proof (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        read_halt_i,
  input logic        write_halt_i,
  input logic        enable_i,
  input logic [19:0] window_base_i,
  input logic [19:0] window_limit_i,
  input logic [31:0] ring_base_i,
  input logic [31:0] ring_size_i,
  input logic [31:0] tail_i,
  input logic [2:0]  queue_ready_i,
  input logic        read_run_valid_i,
  input logic [31:0] read_run_addr_i,
  input logic [23:0] read_run_words_i,
  input logic        write_run_valid_i,
  input logic [31:0] write_run_addr_i,
  input logic [23:0] write_run_words_i,
  input logic        load_data_ready_i,
  input logic        word_entered_i,
  input logic        word_valid_i,
  input logic        m_axi_arready,
  input logic        m_axi_rid,
  input logic [63:0] m_axi_rdata,
  input logic [1:0]  m_axi_rresp,
  input logic        m_axi_rlast,
  input logic        m_axi_rvalid,
  input logic        m_axi_awready,
  input logic        m_axi_wready,
  input logic [1:0]  m_axi_bresp,
  input logic        m_axi_bvalid
);
  logic        fetch_ask, fetch_asked, load_ask, load_asked, fetch_data_valid, arvalid, awvalid, store_ask, store_asked;
  logic [31:0] fetch_addr, load_addr, store_addr, araddr, awaddr;
  logic [4:0]  load_beats, store_beats;
  logic [7:0]  arlen, awlen;
  logic [63:0] data;

  fr_fetch u_fetch (
    .clk_i, .rst_ni, .halt_i(read_halt_i), .enable_i, .ring_base_i, .ring_size_i, .tail_i, .head_o(), .busy_o(),
    .burst_valid_o(fetch_ask), .burst_ready_i(fetch_asked), .burst_addr_o(fetch_addr),
    .data_valid_i(fetch_data_valid), .data_i(data),
    .load_valid_o(), .load_ready_i(queue_ready_i[0]), .compute_valid_o(), .compute_ready_i(queue_ready_i[1]),
    .store_valid_o(), .store_ready_i(queue_ready_i[2]), .word_o(),
    .error_valid_o(), .error_code_o(), .error_addr_o(), .error_tag_o()
  );
  fr_bursts u_load (
    .clk_i, .rst_ni, .idle_o(), .run_valid_i(read_run_valid_i), .run_ready_o(), .run_addr_i(read_run_addr_i),
    .run_words_i(read_run_words_i),
    .burst_valid_o(load_ask), .burst_ready_i(load_asked), .burst_addr_o(load_addr), .burst_beats_o(load_beats)
  );
  fr_axi_reader #(.Outstanding(4)) u_reader (
    .clk_i, .rst_ni, .halt_i(read_halt_i), .window_base_i, .window_limit_i, .idle_o(),
    .fetch_valid_i(fetch_ask), .fetch_ready_o(fetch_asked), .fetch_addr_i(fetch_addr), .fetch_beats_i(5'd8),
    .load_valid_i(load_ask), .load_ready_o(load_asked), .load_addr_i(load_addr), .load_beats_i(load_beats),
    .fetch_data_valid_o(fetch_data_valid), .load_data_valid_o(), .load_data_ready_i, .data_o(data),
    .error_valid_o(), .error_code_o(), .error_addr_o(), .error_load_o(),
    .m_axi_arid(), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arvalid(arvalid), .m_axi_arready,
    .m_axi_rid, .m_axi_rdata, .m_axi_rresp, .m_axi_rlast, .m_axi_rvalid, .m_axi_rready()
  );
  fr_bursts u_store (
    .clk_i, .rst_ni, .idle_o(), .run_valid_i(write_run_valid_i), .run_ready_o(), .run_addr_i(write_run_addr_i),
    .run_words_i(write_run_words_i),
    .burst_valid_o(store_ask), .burst_ready_i(store_asked), .burst_addr_o(store_addr), .burst_beats_o(store_beats)
  );
  fr_axi_writer #(.FifoWords(32)) u_writer (
    .clk_i, .rst_ni, .halt_i(write_halt_i), .window_base_i, .window_limit_i, .idle_o(),
    .burst_valid_i(store_ask), .burst_ready_o(store_asked), .burst_addr_i(store_addr), .burst_beats_i(store_beats),
    .word_entered_i, .word_valid_i, .word_ready_o(), .word_i(m_axi_rdata),
    .error_valid_o(), .error_code_o(), .error_addr_o(),
    .m_axi_awaddr(awaddr), .m_axi_awlen(awlen), .m_axi_awvalid(awvalid), .m_axi_awready, .m_axi_wdata(), .m_axi_wlast(),
    .m_axi_wvalid(), .m_axi_wready, .m_axi_bresp, .m_axi_bvalid, .m_axi_bready()
  );

  logic        started_q = 1'b0;
  logic        ar_waits_q, aw_waits_q;
  logic [19:0] base_q, limit_q;
  logic [39:0] ar_q, aw_q;
  always_ff @(posedge clk_i) begin
    started_q  <= 1'b1;
    base_q     <= window_base_i;
    limit_q    <= window_limit_i;
    ar_waits_q <= rst_ni && arvalid && !m_axi_arready;
    aw_waits_q <= rst_ni && awvalid && !m_axi_awready;
    ar_q       <= {araddr, arlen};
    aw_q       <= {awaddr, awlen};
  end

  // First and last byte of a burst.
  logic [31:0] ar_last, aw_last;
  assign ar_last = araddr + {21'd0, arlen, 3'b111};
  assign aw_last = awaddr + {21'd0, awlen, 3'b111};

  always @(posedge clk_i) begin
    if (!started_q) assume (!rst_ni);
    else assume (window_base_i == base_q && window_limit_i == limit_q);
    assume (!read_run_valid_i || read_run_words_i != '0);
    assume (!write_run_valid_i || write_run_words_i != '0);
    if (started_q && rst_ni) begin
      // What the induction has to know of the registers between.
      loads_keep_to_128_bytes: assert (!load_ask || {2'd0, load_addr[6:3]} + {1'b0, load_beats} <= 6'd16);
      stores_keep_to_128_bytes: assert (!store_ask || {2'd0, store_addr[6:3]} + {1'b0, store_beats} <= 6'd16);
      bursts_have_beats: assert ((!load_ask || load_beats != '0) && (!store_ask || store_beats != '0));
      reads_begin_inside: assert (!arvalid || (araddr[31:12] >= window_base_i && araddr[31:12] < window_limit_i));
      reads_end_inside: assert (!arvalid || (ar_last >= araddr && ar_last[31:12] < window_limit_i));
      reads_keep_to_128_bytes: assert (!arvalid || ar_last[31:7] == araddr[31:7]);
      reads_wait_unchanged: assert (!ar_waits_q || (arvalid && ar_q == {araddr, arlen}));
      writes_begin_inside: assert (!awvalid || (awaddr[31:12] >= window_base_i && awaddr[31:12] < window_limit_i));
      writes_end_inside: assert (!awvalid || (aw_last >= awaddr && aw_last[31:12] < window_limit_i));
      writes_keep_to_128_bytes: assert (!awvalid || aw_last[31:7] == awaddr[31:7]);
      writes_wait_unchanged: assert (!aw_waits_q || (awvalid && aw_q == {awaddr, awlen}));
    end
  end
endmodule

`default_nettype wire

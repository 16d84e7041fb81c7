// Proof obligations of fr_regs behind AXI4-Lite, for any master and any state of the engine: as many answers as
// accesses and none before its access is complete, an answer stays until it is taken, every access is answered within
// three cycles, every answer is OKAY, and a write changes the bytes it names and nothing else (shown on RING_BASE).
`default_nettype none

module fr_regs_proof (
  input logic         clk_i,
  input logic         rst_ni,
  input logic [11:0]  s_axi_awaddr,
  input logic         s_axi_awvalid,
  input logic [31:0]  s_axi_wdata,
  input logic [3:0]   s_axi_wstrb,
  input logic         s_axi_wvalid,
  input logic         s_axi_bready,
  input logic [11:0]  s_axi_araddr,
  input logic         s_axi_arvalid,
  input logic         s_axi_rready,
  input logic         in_reset_i,
  input logic         busy_i,
  input logic         error_i,
  input logic         error_pulse_i,
  input logic [7:0]   error_code_i,
  input logic [31:0]  error_tag_i,
  input logic [31:0]  error_addr_i,
  input logic [31:0]  head_i,
  input logic         sequence_valid_i,
  input logic [31:0]  sequence_i,
  input logic [511:0] stamp_i
);
  logic        awready, wready, bvalid, arready, rvalid;
  logic [1:0]  bresp, rresp;
  logic [31:0] rdata, ring_base;

  fr_regs u_regs (
    .clk_i, .rst_ni,
    .s_axi_awaddr, .s_axi_awvalid, .s_axi_awready(awready), .s_axi_wdata, .s_axi_wstrb, .s_axi_wvalid,
    .s_axi_wready(wready), .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready, .s_axi_araddr, .s_axi_arvalid,
    .s_axi_arready(arready), .s_axi_rdata(rdata), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready,
    .enable_o(), .soft_reset_o(), .ring_base_o(ring_base), .ring_size_o(), .tail_o(), .window_base_o(),
    .window_limit_o(), .watchdog_o(), .irq_o(),
    .in_reset_i, .busy_i, .error_i, .error_pulse_i, .error_code_i, .error_tag_i, .error_addr_i, .head_i,
    .sequence_valid_i, .sequence_i, .stamp_i
  );

  logic aw, w, b, ar, r;
  assign aw = s_axi_awvalid && awready;
  assign w  = s_axi_wvalid && wready;
  assign b  = bvalid && s_axi_bready;
  assign ar = s_axi_arvalid && arready;
  assign r  = rvalid && s_axi_rready;

  // Accesses taken and not yet answered, cycles since the oldest is complete and its answer channel free, and what the
  // writes make of RING_BASE.
  logic [3:0]  aw_open_q, w_open_q, ar_open_q;
  logic [2:0]  write_age_q, read_age_q;
  logic [31:0] rdata_q, base_q, data_q, merged;
  logic [11:0] addr_q;
  logic [3:0]  strb_q;
  logic        b_waits_q, r_waits_q;
  logic        started_q = 1'b0;

  always_comb begin
    merged = base_q;
    for (int i = 0; i < 4; i++) if (strb_q[i]) merged[8*i+:8] = data_q[8*i+:8];
  end

  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    b_waits_q <= rst_ni && bvalid && !s_axi_bready;
    r_waits_q <= rst_ni && rvalid && !s_axi_rready;
    rdata_q   <= rdata;
    if (!rst_ni) begin
      aw_open_q   <= '0;
      w_open_q    <= '0;
      ar_open_q   <= '0;
      write_age_q <= '0;
      read_age_q  <= '0;
      base_q      <= fr_pkg::RESET_RING_BASE;
    end else begin
      aw_open_q   <= aw_open_q + {3'd0, aw} - {3'd0, b};
      w_open_q    <= w_open_q + {3'd0, w} - {3'd0, b};
      ar_open_q   <= ar_open_q + {3'd0, ar} - {3'd0, r};
      write_age_q <= bvalid || aw_open_q == '0 || w_open_q == '0 ? '0 : write_age_q + 3'd1;
      read_age_q  <= rvalid || ar_open_q == '0 ? '0 : read_age_q + 3'd1;
      // A write takes effect when its answer appears.
      if (aw_open_q != '0 && w_open_q != '0 && !bvalid && {addr_q[11:2], 2'b00} == fr_pkg::REG_RING_BASE)
        base_q <= merged;
    end
    if (aw) addr_q <= s_axi_awaddr;
    if (w) begin
      data_q <= s_axi_wdata;
      strb_q <= s_axi_wstrb;
    end
  end

  always @(posedge clk_i) begin
    if (!started_q) assume (!rst_ni);
    if (started_q && rst_ni) begin
      write_answer_follows_address: assert (!bvalid || aw_open_q != '0);
      write_answer_follows_data: assert (!bvalid || w_open_q != '0);
      read_answer_follows_address: assert (!rvalid || ar_open_q != '0);
      at_most_two_writes_are_open: assert (aw_open_q <= 4'd2 && w_open_q <= 4'd2);
      one_read_is_open: assert (ar_open_q <= 4'd1);
      write_answer_waits: assert (!b_waits_q || bvalid);
      read_answer_waits_unchanged: assert (!r_waits_q || (rvalid && rdata == rdata_q));
      writes_are_answered_in_time: assert (write_age_q <= 3'd2);
      reads_are_answered_in_time: assert (read_age_q <= 3'd2);
      answers_are_okay: assert (bresp == 2'b00 && rresp == 2'b00);
      a_write_changes_what_it_names: assert (ring_base == base_q);
    end
  end
endmodule

`default_nettype wire

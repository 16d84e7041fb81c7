// Register block behind AXI4-Lite (docs/REGISTERS.md). Write address and data may come in any order; one write and one
// read are in progress at a time; every access is answered OKAY.
`default_nettype none
`include "fr_assert.svh"

module fr_regs #(
  parameter int Pc = 8,            // the CAPS registers show these
  parameter int Pk = 16,
  parameter int Lanes = 8,
  parameter int AccBits = 25,
  parameter int ActWords = 12800,
  parameter int SqueezeWords = 2048,
  parameter int WeightWords = 512,
  parameter int PoolWords = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [11:0]  s_axi_awaddr,
  input  logic         s_axi_awvalid,
  output logic         s_axi_awready,
  input  logic [31:0]  s_axi_wdata,
  input  logic [3:0]   s_axi_wstrb,
  input  logic         s_axi_wvalid,
  output logic         s_axi_wready,
  output logic [1:0]   s_axi_bresp,
  output logic         s_axi_bvalid,
  input  logic         s_axi_bready,
  input  logic [11:0]  s_axi_araddr,
  input  logic         s_axi_arvalid,
  output logic         s_axi_arready,
  output logic [31:0]  s_axi_rdata,
  output logic [1:0]   s_axi_rresp,
  output logic         s_axi_rvalid,
  input  logic         s_axi_rready,

  output logic         enable_o,
  output logic         soft_reset_o,
  output logic [31:0]  ring_base_o,
  output logic [31:0]  ring_size_o,
  output logic [31:0]  tail_o,
  output logic [19:0]  window_base_o,   // 4 KiB pages
  output logic [19:0]  window_limit_o,
  output logic [31:0]  watchdog_o,
  output logic         irq_o,

  input  logic         in_reset_i,      // soft reset reached: forget TAIL, SEQUENCE and pending interrupts
  input  logic         busy_i,
  input  logic         error_i,
  input  logic         error_pulse_i,
  input  logic [7:0]   error_code_i,
  input  logic [31:0]  error_tag_i,
  input  logic [31:0]  error_addr_i,
  input  logic [31:0]  head_i,
  input  logic         sequence_valid_i,
  input  logic [31:0]  sequence_i,
  input  logic [511:0] stamp_i          // counters, laid out as in a stamp record
);
  localparam logic [31:0] CapsArray = 32'(Pc) << fr_pkg::CAPS_ARRAY_PC_LSB | 32'(Pk) << fr_pkg::CAPS_ARRAY_PK_LSB
                                      | 32'(Lanes) << fr_pkg::CAPS_ARRAY_LANES_LSB
                                      | 32'(AccBits) << fr_pkg::CAPS_ARRAY_ACC_BITS_LSB;

  logic [31:0] control_q, ring_base_q, ring_size_q, tail_q, sequence_q, window_base_q, window_limit_q, watchdog_q;
  logic [1:0]  irq_enable_q, irq_status_q;

  // Write channel: address and data wait for each other in one register each.
  logic        aw_held_q, w_held_q, b_valid_q, write;
  logic [9:0]  aw_word_q;
  logic [31:0] w_data_q, strobe_mask;
  logic [3:0]  w_strb_q;
  logic [11:0] write_offset;

  assign s_axi_awready = !aw_held_q;
  assign s_axi_wready  = !w_held_q;
  assign s_axi_bvalid  = b_valid_q;
  assign s_axi_bresp   = 2'b00;
  assign write         = aw_held_q && w_held_q && !b_valid_q;
  assign write_offset  = {aw_word_q, 2'b00};
  assign strobe_mask   = {{8{w_strb_q[3]}}, {8{w_strb_q[2]}}, {8{w_strb_q[1]}}, {8{w_strb_q[0]}}};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_held_q <= 1'b0;
      w_held_q  <= 1'b0;
      b_valid_q <= 1'b0;
    end else begin
      if (write) aw_held_q <= 1'b0;
      else if (s_axi_awvalid) aw_held_q <= 1'b1;
      if (write) w_held_q <= 1'b0;
      else if (s_axi_wvalid) w_held_q <= 1'b1;
      if (write) b_valid_q <= 1'b1;
      else if (s_axi_bready) b_valid_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!aw_held_q) aw_word_q <= s_axi_awaddr[11:2];
    if (!w_held_q) begin
      w_data_q <= s_axi_wdata;
      w_strb_q <= s_axi_wstrb;
    end
  end

  function automatic logic [31:0] merged(logic [31:0] old, logic [31:0] data, logic [31:0] mask);
    merged = (old & ~mask) | (data & mask);
  endfunction

  localparam logic [31:0] ControlMask = 32'd1 << fr_pkg::CONTROL_ENABLE_LSB | 32'd1 << fr_pkg::CONTROL_SOFT_RESET_LSB;
  localparam logic [31:0] PageMask = 32'hFFFFF000;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      control_q      <= fr_pkg::RESET_CONTROL;
      ring_base_q    <= fr_pkg::RESET_RING_BASE;
      ring_size_q    <= fr_pkg::RESET_RING_SIZE;
      tail_q         <= fr_pkg::RESET_TAIL;
      window_base_q  <= fr_pkg::RESET_WINDOW_BASE;
      window_limit_q <= fr_pkg::RESET_WINDOW_LIMIT;
      watchdog_q     <= fr_pkg::RESET_WATCHDOG;
      irq_enable_q   <= 2'(fr_pkg::RESET_IRQ_ENABLE);
    end else begin
      if (write) begin
        unique case (write_offset)
          fr_pkg::REG_CONTROL:      control_q      <= merged(control_q, w_data_q, strobe_mask) & ControlMask;
          fr_pkg::REG_RING_BASE:    ring_base_q    <= merged(ring_base_q, w_data_q, strobe_mask);
          fr_pkg::REG_RING_SIZE:    ring_size_q    <= merged(ring_size_q, w_data_q, strobe_mask);
          fr_pkg::REG_TAIL:         tail_q         <= merged(tail_q, w_data_q, strobe_mask);
          fr_pkg::REG_WINDOW_BASE:  window_base_q  <= merged(window_base_q, w_data_q, strobe_mask) & PageMask;
          fr_pkg::REG_WINDOW_LIMIT: window_limit_q <= merged(window_limit_q, w_data_q, strobe_mask) & PageMask;
          fr_pkg::REG_WATCHDOG:     watchdog_q     <= merged(watchdog_q, w_data_q, strobe_mask);
          fr_pkg::REG_IRQ_ENABLE:   irq_enable_q   <= 2'(merged(32'(irq_enable_q), w_data_q, strobe_mask));
          default: ;
        endcase
      end
      if (in_reset_i) tail_q <= fr_pkg::RESET_TAIL;
    end
  end

  // A cause that arises while it is being cleared stays pending.
  logic [1:0] irq_set, irq_clear;
  assign irq_set[fr_pkg::IRQ_STATUS_DONE_LSB]  = sequence_valid_i;
  assign irq_set[fr_pkg::IRQ_STATUS_ERROR_LSB] = error_pulse_i;
  assign irq_clear = write && write_offset == fr_pkg::REG_IRQ_STATUS ? 2'(w_data_q & strobe_mask) : 2'b00;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || in_reset_i) begin
      irq_status_q <= 2'(fr_pkg::RESET_IRQ_STATUS);
      sequence_q   <= '0;
    end else begin
      irq_status_q <= (irq_status_q & ~irq_clear) | irq_set;
      if (sequence_valid_i) sequence_q <= sequence_i;
    end
  end

  assign enable_o       = control_q[fr_pkg::CONTROL_ENABLE_LSB];
  assign soft_reset_o   = control_q[fr_pkg::CONTROL_SOFT_RESET_LSB];
  assign ring_base_o    = ring_base_q;
  assign ring_size_o    = ring_size_q;
  assign tail_o         = tail_q;
  assign window_base_o  = window_base_q[31:12];
  assign window_limit_o = window_limit_q[31:12];
  assign watchdog_o     = watchdog_q;
  assign irq_o          = (irq_status_q & irq_enable_q) != '0;

  // Read channel: the word is chosen in the cycle after its address was taken.
  logic        ar_held_q, r_valid_q;
  logic [9:0]  ar_word_q;
  logic [31:0] r_data_q, chosen, status;

  assign s_axi_arready = !ar_held_q && !r_valid_q;
  assign s_axi_rvalid  = r_valid_q;
  assign s_axi_rdata   = r_data_q;
  assign s_axi_rresp   = 2'b00;

  assign status = 32'(busy_i) << fr_pkg::STATUS_BUSY_LSB | 32'(error_i) << fr_pkg::STATUS_ERROR_LSB
                  | 32'(in_reset_i) << fr_pkg::STATUS_IN_RESET_LSB;

  fr_regs_read #(
    .CapsArray(CapsArray), .CapsAct(ActWords), .CapsSqueeze(SqueezeWords), .CapsWeight(WeightWords), .CapsPool(PoolWords)
  ) u_read (
    .offset_i({ar_word_q, 2'b00}),
    .control_i(control_q), .status_i(status), .ring_base_i(ring_base_q), .ring_size_i(ring_size_q), .head_i,
    .tail_i(tail_q), .sequence_i(sequence_q), .irq_enable_i(irq_enable_q), .irq_status_i(irq_status_q), .error_code_i,
    .error_tag_i, .error_addr_i, .window_base_i(window_base_q), .window_limit_i(window_limit_q),
    .watchdog_i(watchdog_q), .stamp_i,
    .data_o(chosen)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ar_held_q <= 1'b0;
      r_valid_q <= 1'b0;
    end else begin
      ar_held_q <= s_axi_arready && s_axi_arvalid;
      if (ar_held_q) r_valid_q <= 1'b1;
      else if (s_axi_rready) r_valid_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (s_axi_arready) ar_word_q <= s_axi_araddr[11:2];
    if (ar_held_q) r_data_q <= chosen;
  end

  `FR_ASSERT(a_read_waits_for_the_answer_before_it, !(ar_held_q && r_valid_q))
endmodule

`default_nettype wire

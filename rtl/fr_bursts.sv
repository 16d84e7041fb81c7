// One run of consecutive words -> AXI bursts of at most 16 beats that stop at 128-byte boundaries.
// So a burst never crosses 4 KiB, and the AXI3 ports of the Zynq-7000 take it without a converter.
`default_nettype none
`include "fr_assert.svh"

module fr_bursts (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        idle_o,
  input  logic        run_valid_i,
  output logic        run_ready_o,
  input  logic [31:0] run_addr_i,   // bytes, multiple of 8
  input  logic [23:0] run_words_i,  // >= 1
  output logic        burst_valid_o,
  input  logic        burst_ready_i,
  output logic [31:0] burst_addr_o,
  output logic [4:0]  burst_beats_o  // 1..16
);
  // What the run still has to be cut from, and the burst cut last: the register between the two keeps the arithmetic
  // off the path to the bus.
  logic [23:0] left_q;
  logic [28:0] word_q, burst_word_q;
  logic [4:0]  room, beats, burst_beats_q;
  logic        burst_valid_q, cut;

  assign room          = 5'd16 - {1'b0, word_q[3:0]};
  assign beats         = (left_q < {19'd0, room}) ? left_q[4:0] : room;
  assign cut           = left_q != '0 && (!burst_valid_q || burst_ready_i);
  assign idle_o        = left_q == '0 && !burst_valid_q;
  assign run_ready_o   = idle_o;
  assign burst_valid_o = burst_valid_q;
  assign burst_addr_o  = {burst_word_q, 3'b000};
  assign burst_beats_o = burst_beats_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) left_q <= '0;
    else if (run_valid_i && run_ready_o) left_q <= run_words_i;
    else if (cut) left_q <= left_q - {19'd0, beats};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) burst_valid_q <= 1'b0;
    else if (cut) burst_valid_q <= 1'b1;
    else if (burst_ready_i) burst_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (run_valid_i && run_ready_o) word_q <= run_addr_i[31:3];
    else if (cut) word_q <= word_q + {24'd0, beats};
    if (cut) begin
      burst_word_q  <= word_q;
      burst_beats_q <= beats;
    end
  end

  `FR_ASSERT(runs_start_on_whole_words, !run_valid_i || run_addr_i[2:0] == 3'b000)
endmodule

`default_nettype wire

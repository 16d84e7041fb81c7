// Attributes every busy cycle to exactly one cause and counts bus beats; also lays the counters out as a stamp record.
`default_nettype none
`include "fr_assert.svh"

module fr_counters (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         busy_i,
  input  logic         step_i,           // causes: at most one per cycle, none = no command at hand
  input  logic         wait_weights_i,
  input  logic         wait_act_i,
  input  logic         wait_output_i,
  input  logic         wait_requant_i,
  input  logic         overhead_i,
  input  logic         read_beat_i,
  input  logic         write_beat_i,
  output logic [511:0] stamp_o           // word w in bits 32w+31 : 32w; the tag is left 0
);
  logic [31:0] cycles_q, step_q, wait_weights_q, wait_act_q, wait_output_q, wait_requant_q, overhead_q, idle_q;
  logic [31:0] read_q, write_q;
  logic        none;

  assign none = !(step_i || wait_weights_i || wait_act_i || wait_output_i || wait_requant_i || overhead_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cycles_q       <= '0;
      step_q         <= '0;
      wait_weights_q <= '0;
      wait_act_q     <= '0;
      wait_output_q  <= '0;
      wait_requant_q <= '0;
      overhead_q     <= '0;
      idle_q         <= '0;
    end else if (busy_i) begin
      cycles_q <= cycles_q + 1'b1;
      if (step_i) step_q <= step_q + 1'b1;
      if (wait_weights_i) wait_weights_q <= wait_weights_q + 1'b1;
      if (wait_act_i) wait_act_q <= wait_act_q + 1'b1;
      if (wait_output_i) wait_output_q <= wait_output_q + 1'b1;
      if (wait_requant_i) wait_requant_q <= wait_requant_q + 1'b1;
      if (overhead_i) overhead_q <= overhead_q + 1'b1;
      if (none) idle_q <= idle_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      read_q  <= '0;
      write_q <= '0;
    end else begin
      if (read_beat_i) read_q <= read_q + 1'b1;
      if (write_beat_i) write_q <= write_q + 1'b1;
    end
  end

  always_comb begin
    stamp_o = '0;
    stamp_o[fr_pkg::STAMP_CYCLES_WORD * 32 +: 32]           = cycles_q;
    stamp_o[fr_pkg::STAMP_COMPUTE_WORD * 32 +: 32]          = step_q;
    stamp_o[fr_pkg::STAMP_WAIT_WEIGHTS_WORD * 32 +: 32]     = wait_weights_q;
    stamp_o[fr_pkg::STAMP_WAIT_ACTIVATIONS_WORD * 32 +: 32] = wait_act_q;
    stamp_o[fr_pkg::STAMP_WAIT_OUTPUT_WORD * 32 +: 32]      = wait_output_q;
    stamp_o[fr_pkg::STAMP_WAIT_REQUANT_WORD * 32 +: 32]     = wait_requant_q;
    stamp_o[fr_pkg::STAMP_OVERHEAD_WORD * 32 +: 32]         = overhead_q;
    stamp_o[fr_pkg::STAMP_IDLE_WORD * 32 +: 32]             = idle_q;
    stamp_o[fr_pkg::STAMP_READ_BEATS_WORD * 32 +: 32]       = read_q;
    stamp_o[fr_pkg::STAMP_WRITE_BEATS_WORD * 32 +: 32]      = write_q;
    stamp_o[fr_pkg::STAMP_MAGIC_WORD * 32 +: 32]            = fr_pkg::STAMP_MAGIC;
  end

  `FR_ASSERT(a_cycle_has_at_most_one_cause,
             32'(step_i) + 32'(wait_weights_i) + 32'(wait_act_i) + 32'(wait_output_i) + 32'(wait_requant_i)
             + 32'(overhead_i) <= 32'd1)
  `FR_ASSERT(causes_add_up, cycles_q == step_q + wait_weights_q + wait_act_q + wait_output_q + wait_requant_q
                                        + overhead_q + idle_q)
endmodule

`default_nettype wire

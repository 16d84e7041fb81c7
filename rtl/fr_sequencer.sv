// Walks the loops of a COMPUTE command, one array step per cycle, and says why when it does not.
//
// ```
// for kb: parameter words;  for oy, ox: for ky, kx, c8, sub: step
// ```
// Nothing behind the sequencer stalls. It issues the last step of a pixel only when the requantisation lanes will be
// free for it (Pk/Lanes cycles after the pixel before) and when the result queue has room for it (credits), and the
// parameter words of a K-block only when the shadow parameters are free.
`default_nettype none
`include "fr_assert.svh"

module fr_sequencer #(
  parameter int Pc = 8,           // input channels per step
  parameter int Pk = 16,          // output channels
  parameter int Lanes = 8,        // requantised values per cycle
  parameter int QueueWords = 64,  // result queue: words that may be under way
  localparam int PixelWords = Pk / 8
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  // Next command.
  input  logic         pending_i,
  input  logic         needs_weights_i,
  input  logic         needs_act_i,
  input  logic         startable_i,
  output logic         start_o,
  input  logic [511:0] next_i,
  // Behind the array.
  input  logic         result_ready_i,    // the result side can take another command
  input  logic         result_busy_i,     // earlier results are not all written yet
  input  logic         result_blocked_i,  // the store stream does not move
  input  logic         swap_i,            // the shadow parameters have become free
  input  logic         pop_i,             // one word has left the result queue
  // Issue, with the loop levels that end in this cycle.
  output logic         param_o,           // read a parameter word
  output logic         param_first_o,     // the first one of a K-block
  output logic [1:0]   param_index_o,
  output logic         step_o,            // read operands and multiply
  output logic [1:0]   sub_o,             // part of the activation word
  output logic         pixel_first_o,
  output logic         block_first_o,     // first pixel of a K-block
  output logic         word_end_o,        // all parts of the activation word
  output logic         block_end_o,       // last word that the pixel has in this channel block
  output logic         tap_end_o,         // all channel words of the tap
  output logic         tap_row_end_o,     // all kx
  output logic         pixel_end_o,       // all ky
  output logic         row_end_o,         // all ox
  output logic         kblock_end_o,      // all oy
  output logic         busy_o,
  // Cause of this cycle, at most one.
  output logic         event_step_o,
  output logic         event_wait_weights_o,
  output logic         event_wait_act_o,
  output logic         event_wait_output_o,
  output logic         event_wait_requant_o,
  output logic         event_overhead_o
);
  localparam int Subs = 8 / Pc;
  localparam int Spacing = Pk / Lanes;
  localparam int SpaceBits = $clog2(Spacing + 1);
  localparam int CreditBits = $clog2(QueueWords + 1);

  typedef enum logic [1:0] {
    StIdle,   // waits for a startable command
    StParam,  // reads parameter words; waits for the shadow parameters before the first
    StRun     // takes steps; waits for lanes or credits before the last of a pixel
  } state_e;

  state_e state_d, state_q;

  // Loop limits of the current command, and counters that run 1..limit.
  logic [7:0]  words_q, word_q;
  logic [3:0]  kernel_w_q, kx_q, kernel_h_q, ky_q;
  logic [15:0] cols_q, ox_q, rows_q, oy_q;
  logic [7:0]  kb_left_q;
  logic        packed_q, pair_q;
  logic [1:0]  sub_q, param_q, in_block_q;
  logic        pixel_first_q, block_first_q, shadow_taken_q;
  logic [SpaceBits-1:0]  space_q;
  logic [CreditBits-1:0] reserved_q, pixel_words;

  logic sub_last, word_last, kx_last, ky_last, ox_last, oy_last, kb_last, pixel_last, in_block_last;
  logic space_free, credit_free, can_step, can_param, cmd_end, drained, start;

  assign sub_last = sub_q == 2'(Subs - 1);
  assign word_last = word_q == words_q;
  assign kx_last = kx_q == kernel_w_q;
  assign ky_last = ky_q == kernel_h_q;
  assign ox_last = ox_q == cols_q;
  assign oy_last = oy_q == rows_q;
  assign kb_last = kb_left_q == 8'd1;
  assign pixel_last = sub_last && word_last && kx_last && ky_last;
  assign in_block_last = packed_q || in_block_q == 2'(PixelWords - 1);

  assign space_free = space_q == '0;
  assign pixel_words = pair_q ? CreditBits'(1) : CreditBits'(PixelWords);
  assign credit_free = reserved_q <= CreditBits'(QueueWords - PixelWords);
  assign can_step = state_q == StRun && !halt_i && (!pixel_last || (space_free && credit_free));
  assign can_param = state_q == StParam && !halt_i && (!shadow_taken_q || param_q != '0);

  assign step_o = can_step;
  assign word_end_o = can_step && sub_last;
  assign block_end_o = word_end_o && in_block_last;
  assign tap_end_o = word_end_o && word_last;
  assign tap_row_end_o = tap_end_o && kx_last;
  assign pixel_end_o = tap_row_end_o && ky_last;
  assign row_end_o = pixel_end_o && ox_last;
  assign kblock_end_o = row_end_o && oy_last;
  assign cmd_end = kblock_end_o && kb_last;

  assign drained = !next_i[fr_pkg::COMPUTE_FLAG_DRAIN_BIT] || (state_q == StIdle && !result_busy_i);
  assign start = startable_i && drained && result_ready_i && (state_q == StIdle || cmd_end);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle: if (start) state_d = StParam;
      StParam: if (can_param && param_q == 2'(Subs - 1)) state_d = StRun;
      StRun: begin
        if (start || (kblock_end_o && !cmd_end)) state_d = StParam;
        else if (cmd_end) state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      param_q <= '0;
      shadow_taken_q <= 1'b0;
      space_q <= '0;
      reserved_q <= '0;
    end else begin
      state_q <= state_d;
      if (can_param) param_q <= param_q == 2'(Subs - 1) ? '0 : param_q + 2'd1;
      if (can_param) shadow_taken_q <= 1'b1;
      else if (swap_i) shadow_taken_q <= 1'b0;
      if (pixel_end_o) space_q <= SpaceBits'(Spacing - 1);
      else if (!space_free) space_q <= space_q - SpaceBits'(1);
      if (pixel_end_o || pop_i)
        reserved_q <= reserved_q + (pixel_end_o ? pixel_words : '0) - CreditBits'(pop_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      words_q <= next_i[fr_pkg::COMPUTE_CHANNEL_WORDS_LSB+:8];
      kernel_w_q <= next_i[fr_pkg::COMPUTE_KERNEL_W_LSB+:4];
      kernel_h_q <= next_i[fr_pkg::COMPUTE_KERNEL_H_LSB+:4];
      cols_q <= next_i[fr_pkg::COMPUTE_OUT_COLS_LSB+:16];
      rows_q <= next_i[fr_pkg::COMPUTE_OUT_ROWS_LSB+:16];
      packed_q <= next_i[fr_pkg::COMPUTE_SRC_PACKED_LSB];
      pair_q <= next_i[fr_pkg::COMPUTE_PAIR_LSB];
      kb_left_q <= next_i[fr_pkg::COMPUTE_KBLOCKS_LSB+:8];
    end else if (kblock_end_o) begin
      kb_left_q <= kb_left_q - 8'd1;
    end

    if (state_q == StParam) begin
      sub_q <= '0;
      word_q <= 8'd1;
      in_block_q <= '0;
      kx_q <= 4'd1;
      ky_q <= 4'd1;
      ox_q <= 16'd1;
      oy_q <= 16'd1;
      pixel_first_q <= 1'b1;
      block_first_q <= 1'b1;
    end else if (can_step) begin
      sub_q <= sub_last ? '0 : sub_q + 2'd1;
      if (word_end_o) begin
        word_q <= word_last ? 8'd1 : word_q + 8'd1;
        in_block_q <= word_last || in_block_last ? '0 : in_block_q + 2'd1;
      end
      if (tap_end_o) kx_q <= kx_last ? 4'd1 : kx_q + 4'd1;
      if (tap_row_end_o) ky_q <= ky_last ? 4'd1 : ky_q + 4'd1;
      if (pixel_end_o) ox_q <= ox_last ? 16'd1 : ox_q + 16'd1;
      if (row_end_o) oy_q <= oy_q + 16'd1;
      pixel_first_q <= pixel_end_o;
      if (pixel_end_o) block_first_q <= 1'b0;
    end
  end

  assign start_o = start;
  assign param_o = can_param;
  assign param_first_o = can_param && param_q == '0;
  assign param_index_o = param_q;
  assign sub_o = sub_q;
  assign pixel_first_o = pixel_first_q;
  assign block_first_o = block_first_q;
  assign busy_o = state_q != StIdle;

  always_comb begin
    event_step_o = can_step;
    event_wait_weights_o = 1'b0;
    event_wait_act_o = 1'b0;
    event_wait_output_o = 1'b0;
    event_wait_requant_o = 1'b0;
    event_overhead_o = 1'b0;
    if (!halt_i) begin
      unique case (state_q)
        StIdle: begin
          if (needs_weights_i) event_wait_weights_o = 1'b1;
          else if (needs_act_i) event_wait_act_o = 1'b1;
          else if (result_blocked_i) event_wait_output_o = 1'b1;
          else event_overhead_o = pending_i || result_busy_i;
        end
        StParam: event_overhead_o = 1'b1;
        StRun: begin
          event_wait_requant_o = !can_step && !space_free;
          event_wait_output_o = !can_step && space_free;
        end
        default: event_overhead_o = 1'b1;
      endcase
    end
  end

  `FR_ASSERT(credits_never_exceed_the_queue, reserved_q <= CreditBits'(QueueWords))
  `FR_ASSERT(credits_come_back_only_when_lent, !pop_i || reserved_q != '0)
  `FR_ASSERT(a_swap_ends_a_taken_shadow, !swap_i || shadow_taken_q)
endmodule

`default_nettype wire

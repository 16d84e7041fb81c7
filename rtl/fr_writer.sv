// Sends result words to their destination, posts the command's token, appends its stamp record.
//
// ```
// address = DST_BASE + kb*DST_BLOCK_PITCH + row offset + word within the row; row offsets wrap at DST_RING
// ```
// Two elastic stages: sums of the address, then the access itself. A buffer always accepts; the store stream may
// stall. The stamp record is taken when the command's last result leaves, and follows it down the store stream.
`default_nettype none
`include "fr_assert.svh"

module fr_writer (
  input  logic         clk_i,
  input  logic         rst_ni,
  // The command; stable while valid, its first beat comes no earlier than the cycle after `cfg_load_i`.
  input  logic         cfg_load_i,
  output logic         cfg_done_o,  // its last beat has been taken, stamp record included
  input  logic [1:0]   select_i,    // 0 activation buffer, 1 squeeze buffer, 2 store stream
  input  logic [15:0]  base_i,
  input  logic [15:0]  row_start_i,
  input  logic [15:0]  row_pitch_i,
  input  logic [15:0]  ring_i,
  input  logic [15:0]  block_pitch_i,
  input  logic [31:0]  tag_i,
  input  logic         stamp_i,
  input  logic         post_i,
  // Beats (fr_pool).
  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic         in_keep_i,
  input  logic [63:0]  in_data_i,
  input  logic         in_row_end_i,
  input  logic         in_kblock_end_i,
  input  logic         in_cmd_end_i,
  // Buffers.
  output logic         write_act_o,
  output logic         write_squeeze_o,
  output logic [15:0]  write_addr_o,
  output logic [63:0]  write_data_o,
  // Store stream.
  output logic         stream_valid_o,
  input  logic         stream_ready_i,
  output logic [63:0]  stream_data_o,
  input  logic [511:0] counters_i,   // stamp words 0..15, word 0 is replaced by the tag
  output logic         token_post_o,
  output logic         busy_o
);
  localparam logic [1:0] ToAct = 2'd0;
  localparam logic [1:0] ToSqueeze = 2'd1;
  localparam logic [1:0] ToStream = 2'd2;
  localparam logic [1:0] ToNowhere = 2'd3;

  typedef enum logic [1:0] {
    StBeats,  // takes beats
    StLeave,  // waits until the last result has left, to take the stamp
    StStamp   // sends the stamp record
  } state_e;

  state_e       state_d, state_q;
  logic [2:0]   stamp_word_q;
  logic [511:0] stamp_q;
  logic [15:0]  block_q, row_q, word_q;

  logic         valid1_q, last1_q, post1_q, valid2_q, last2_q, post2_q;
  logic [1:0]   to1_q, to2_q;
  logic [15:0]  line1_q, word1_q, addr2_q;
  logic [63:0]  data1_q, data2_q;
  logic         go1, go2, take, stamp_take, leave, posted_q;

  assign go2 = !valid2_q || to2_q != ToStream || stream_ready_i;
  assign go1 = !valid1_q || go2;
  assign in_ready_o = state_q == StBeats && go1;
  assign take = in_valid_i && in_ready_o;
  assign stamp_take = state_q == StStamp && go1;
  assign leave = valid2_q && last2_q && go2;
  assign cfg_done_o = (take && in_cmd_end_i && !stamp_i) || (stamp_take && stamp_word_q == 3'd7);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StBeats: if (take && in_cmd_end_i && stamp_i) state_d = StLeave;
      StLeave: if (leave) state_d = StStamp;
      StStamp: if (go1 && stamp_word_q == 3'd7) state_d = StBeats;
      default: state_d = StBeats;
    endcase
  end

  logic [16:0] row_sum;
  logic [15:0] row_below;
  assign row_sum = {1'b0, row_q} + {1'b0, row_pitch_i};
  assign row_below = row_sum >= {1'b0, ring_i} ? row_sum[15:0] - ring_i : row_sum[15:0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StBeats;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      posted_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (go1) valid1_q <= take || stamp_take;
      if (go2) valid2_q <= valid1_q;
      posted_q <= leave && post2_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (cfg_load_i) begin
      block_q <= base_i;
      row_q <= row_start_i;
      word_q <= '0;
    end else if (take) begin
      if (in_kblock_end_i) block_q <= block_q + block_pitch_i;
      if (in_kblock_end_i) row_q <= row_start_i;
      else if (in_row_end_i) row_q <= row_below;
      if (in_kblock_end_i || in_row_end_i) word_q <= '0;
      else if (in_keep_i) word_q <= word_q + 16'd1;
    end

    if (take) begin
      to1_q <= in_keep_i ? select_i : ToNowhere;
      line1_q <= block_q + row_q;
      word1_q <= word_q;
      data1_q <= in_data_i;
      last1_q <= in_cmd_end_i;
      post1_q <= post_i;
    end else if (stamp_take) begin
      to1_q <= ToStream;
      data1_q <= stamp_q[64*stamp_word_q+:64];
      last1_q <= 1'b0;
    end
    if (valid1_q && go2) begin
      to2_q <= to1_q;
      addr2_q <= line1_q + word1_q;
      data2_q <= data1_q;
      last2_q <= last1_q;
      post2_q <= post1_q;
    end

    if (state_q == StLeave) begin
      stamp_q <= {counters_i[511:32], tag_i};
      stamp_word_q <= '0;
    end else if (stamp_take) begin
      stamp_word_q <= stamp_word_q + 3'd1;
    end
  end

  assign write_act_o = valid2_q && to2_q == ToAct;
  assign write_squeeze_o = valid2_q && to2_q == ToSqueeze;
  assign write_addr_o = addr2_q;
  assign write_data_o = data2_q;
  assign stream_valid_o = valid2_q && to2_q == ToStream;
  assign stream_data_o = data2_q;
  assign token_post_o = posted_q;
  assign busy_o = valid1_q || valid2_q || state_q != StBeats || posted_q;

  `FR_ASSERT(no_command_replaces_one_with_results_left, !(cfg_load_i && state_q != StBeats))
endmodule

`default_nettype wire

// The next COMPUTE command: holds it while the current one runs, checks it, prepares its steps, waits for its tokens.
//
// A command is startable two cycles after it was accepted; the current command normally takes far longer than that.
`default_nettype none
`include "fr_assert.svh"

module fr_command #(
  parameter int Pk = 16,           // output channels: 8, 16 or 32
  parameter int WeightWords = 512  // weight buffer, weight words
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,           // an error somewhere: start nothing
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,
  input  logic [1:0]   token_avail_i,    // bit 0 LCW, bit 1 LCA
  output logic [1:0]   token_take_o,
  output logic         pending_o,        // a command is held
  output logic         needs_weights_o,  // it waits for LCW
  output logic         needs_act_o,      // it waits for LCA and for nothing before that
  output logic         startable_o,      // shape checked, tokens there
  input  logic         start_i,          // only when startable: the command leaves
  output logic [511:0] next_o,
  output logic [15:0]  row_step_o,       // STRIDE_H * SRC_ROW_PITCH
  output logic [15:0]  block_jump_o,     // from a block's last word of a pixel to the next block's first
  output logic         error_valid_o,    // holds until reset
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_tag_o
);
  localparam int PixelWords = Pk / 8;

  logic [511:0] next_q;
  logic         valid_q, checked_q, bad_q;
  logic [15:0]  row_step_q, block_jump_q;
  logic         accept, bad, odd_pair;
  logic [1:0]   missing;

  logic [15:0] pitch, block_pitch, kblock_words;
  logic [3:0]  stride_h;
  assign pitch = next_q[fr_pkg::COMPUTE_SRC_ROW_PITCH_LSB+:16];
  assign block_pitch = next_q[fr_pkg::COMPUTE_SRC_BLOCK_PITCH_LSB+:16];
  assign kblock_words = next_q[fr_pkg::COMPUTE_KBLOCK_WORDS_LSB+:16];
  assign stride_h = next_q[fr_pkg::COMPUTE_STRIDE_H_LSB+:4];

  assign missing = next_q[fr_pkg::CMD_WAIT_LSB+fr_pkg::TOKEN_LCW+:2] & ~token_avail_i;
  assign cmd_ready_o = !valid_q || start_i;
  assign accept = cmd_valid_i && cmd_ready_o;
  assign pending_o = valid_q;
  assign needs_weights_o = checked_q && missing[0];
  assign needs_act_o = checked_q && missing[1] && !missing[0];
  assign startable_o = checked_q && !bad_q && missing == 2'b00 && !halt_i;
  assign token_take_o = start_i ? next_q[fr_pkg::CMD_WAIT_LSB+fr_pkg::TOKEN_LCW+:2] : 2'b00;

  // Pairs need 16 accumulators, and leave the result side whole pixels of PK channels.
  assign odd_pair = Pk < 16 || (next_q[fr_pkg::COMPUTE_OUT_COLS_LSB+:16] & 16'(PixelWords - 1)) != '0;

  // DST_SELECT 3 and POOL_MODE 4..7 name nothing.
  assign bad = next_q[fr_pkg::COMPUTE_OUT_ROWS_LSB+:16] == '0
      || next_q[fr_pkg::COMPUTE_OUT_COLS_LSB+:16] == '0
      || next_q[fr_pkg::COMPUTE_KERNEL_H_LSB+:4] == '0
      || next_q[fr_pkg::COMPUTE_KERNEL_W_LSB+:4] == '0
      || stride_h == '0
      || next_q[fr_pkg::COMPUTE_STRIDE_W_LSB+:4] == '0
      || next_q[fr_pkg::COMPUTE_CHANNEL_WORDS_LSB+:8] == '0
      || next_q[fr_pkg::COMPUTE_KBLOCKS_LSB+:8] == '0
      || 32'(kblock_words) > WeightWords
      || next_q[fr_pkg::COMPUTE_DST_SELECT_LSB+:2] == 2'd3
      || next_q[fr_pkg::COMPUTE_POOL_MODE_LSB+:3] > 3'd3
      || (next_q[fr_pkg::COMPUTE_PAIR_LSB] && odd_pair);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      checked_q <= 1'b0;
      bad_q <= 1'b0;
    end else begin
      if (accept) valid_q <= 1'b1;
      else if (start_i) valid_q <= 1'b0;
      checked_q <= valid_q && !start_i;
      bad_q <= valid_q && !start_i && bad;
    end
    if (accept) next_q <= cmd_i;
    if (valid_q && !checked_q) begin
      row_step_q <= ((stride_h[0] ? pitch : 16'd0) + (stride_h[1] ? pitch << 1 : 16'd0))
                  + ((stride_h[2] ? pitch << 2 : 16'd0) + (stride_h[3] ? pitch << 3 : 16'd0));
      block_jump_q <= next_q[fr_pkg::COMPUTE_SRC_PACKED_LSB] ? block_pitch
                    : block_pitch - 16'(PixelWords - 1);
    end
  end

  assign next_o = next_q;
  assign row_step_o = row_step_q;
  assign block_jump_o = block_jump_q;
  assign error_valid_o = bad_q;
  assign error_code_o = fr_pkg::ERR_BAD_SHAPE;
  assign error_tag_o = next_q[fr_pkg::CMD_TAG_LSB+:32];

  `FR_ASSERT(only_a_startable_command_starts, !start_i || startable_o)
endmodule

`default_nettype wire

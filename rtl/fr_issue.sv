// Issues the steps of COMPUTE commands as read requests: next command, loops, addresses.
//
// ```
// cmd -> fr_command -> fr_sequencer -> fr_address -> read requests
//          checks,       one step       adders,
//          tokens        per cycle      padding
// ```
`default_nettype none

module fr_issue #(
  parameter int Pc = 8,             // input channels per step
  parameter int Pk = 16,            // output channels
  parameter int Lanes = 8,          // requantised values per cycle
  parameter int WeightWords = 512,  // weight words, a power of two
  parameter int QueueWords = 64,    // result queue: words that may be under way
  localparam int WeightBits = $clog2(WeightWords)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  halt_i,
  input  logic                  cmd_valid_i,
  output logic                  cmd_ready_o,
  input  logic [511:0]          cmd_i,
  input  logic [1:0]            token_avail_i,
  output logic [1:0]            token_take_o,
  // A command begins: its fields, for the result side.
  output logic                  start_o,
  output logic [511:0]          next_o,
  // Behind the array.
  input  logic                  result_ready_i,    // the result side can take another command
  input  logic                  result_busy_i,     // earlier results are not all written yet
  input  logic                  result_blocked_i,  // the store stream does not move
  input  logic                  swap_i,            // the shadow parameters have become free
  input  logic                  pop_i,             // one word has left the result queue
  // Zero point, limits and pairing of the K-block whose parameter words are being read.
  output logic                  param_start_o,
  output logic [7:0]            zero_point_o,
  output logic [7:0]            low_o,
  output logic [7:0]            high_o,
  output logic                  pair_o,
  // Read requests and what goes with them.
  output logic                  read_act_o,
  output logic                  read_squeeze_o,
  output logic [15:0]           read_addr_o,
  output logic                  read_weight_o,
  output logic [WeightBits-1:0] weight_addr_o,
  output logic                  param_o,
  output logic [1:0]            param_index_o,
  output logic                  step_o,
  output logic [1:0]            sub_o,
  output logic                  pad_o,
  output logic                  squeeze_o,
  output logic [7:0]            pad_value_o,
  output logic                  first_o,
  output logic                  last_o,
  output logic                  block_first_o,
  output logic                  busy_o,
  // Cause of the cycle before, at most one.
  output logic                  event_step_o,
  output logic                  event_wait_weights_o,
  output logic                  event_wait_act_o,
  output logic                  event_wait_output_o,
  output logic                  event_wait_requant_o,
  output logic                  event_overhead_o,
  output logic                  error_valid_o,
  output logic [7:0]            error_code_o,
  output logic [31:0]           error_tag_o
);
  // Next command.
  logic         pending, needs_weights, needs_act, startable, start;
  logic [511:0] next;
  logic [15:0]  row_step, block_jump;

  fr_command #(
    .Pk          (Pk),
    .WeightWords (WeightWords)
  ) u_command (
    .clk_i,
    .rst_ni,
    .halt_i,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .token_avail_i,
    .token_take_o,
    .pending_o       (pending),
    .needs_weights_o (needs_weights),
    .needs_act_o     (needs_act),
    .startable_o     (startable),
    .start_i         (start),
    .next_o          (next),
    .row_step_o      (row_step),
    .block_jump_o    (block_jump),
    .error_valid_o,
    .error_code_o,
    .error_tag_o
  );

  // Loops.
  logic       param, param_first, step, pixel_first, block_first, sequencer_busy;
  logic       word_end, block_end, tap_end, tap_row_end, pixel_end, row_end, kblock_end;
  logic [1:0] param_index, sub;
  logic       event_step, event_weights, event_act, event_output, event_requant, event_overhead;
  logic [5:0] events_q;

  fr_sequencer #(
    .Pc         (Pc),
    .Pk         (Pk),
    .Lanes      (Lanes),
    .QueueWords (QueueWords)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .halt_i,
    .pending_i            (pending),
    .needs_weights_i      (needs_weights),
    .needs_act_i          (needs_act),
    .startable_i          (startable),
    .start_o              (start),
    .next_i               (next),
    .result_ready_i,
    .result_busy_i,
    .result_blocked_i,
    .swap_i,
    .pop_i,
    .param_o              (param),
    .param_first_o        (param_first),
    .param_index_o        (param_index),
    .step_o               (step),
    .sub_o                (sub),
    .pixel_first_o        (pixel_first),
    .block_first_o        (block_first),
    .word_end_o           (word_end),
    .block_end_o          (block_end),
    .tap_end_o            (tap_end),
    .tap_row_end_o        (tap_row_end),
    .pixel_end_o          (pixel_end),
    .row_end_o            (row_end),
    .kblock_end_o         (kblock_end),
    .busy_o               (sequencer_busy),
    .event_step_o         (event_step),
    .event_wait_weights_o (event_weights),
    .event_wait_act_o     (event_act),
    .event_wait_output_o  (event_output),
    .event_wait_requant_o (event_requant),
    .event_overhead_o     (event_overhead)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) events_q <= '0;
    else events_q <= {event_step, event_weights, event_act, event_output, event_requant, event_overhead};
  end
  assign {event_step_o, event_wait_weights_o, event_wait_act_o, event_wait_output_o, event_wait_requant_o,
          event_overhead_o} = events_q;

  // Addresses.
  fr_address #(
    .Pc          (Pc),
    .Pk          (Pk),
    .WeightWords (WeightWords)
  ) u_address (
    .clk_i,
    .rst_ni,
    .start_i        (start),
    .next_i         (next),
    .row_step_i     (row_step),
    .block_jump_i   (block_jump),
    .param_i        (param),
    .param_first_i  (param_first),
    .param_index_i  (param_index),
    .step_i         (step),
    .sub_i          (sub),
    .pixel_first_i  (pixel_first),
    .block_first_i  (block_first),
    .word_end_i     (word_end),
    .block_end_i    (block_end),
    .tap_end_i      (tap_end),
    .tap_row_end_i  (tap_row_end),
    .pixel_end_i    (pixel_end),
    .row_end_i      (row_end),
    .kblock_end_i   (kblock_end),
    .read_act_o,
    .read_squeeze_o,
    .read_addr_o,
    .read_weight_o,
    .weight_addr_o,
    .param_o,
    .param_index_o,
    .step_o,
    .sub_o,
    .pad_o,
    .squeeze_o,
    .pad_value_o,
    .first_o,
    .last_o,
    .block_first_o
  );

  // Taken at the command's start, written to the shadow parameters when those are free.
  logic [24:0] common_q;
  always_ff @(posedge clk_i) begin
    if (start)
      common_q <= {
        next[fr_pkg::COMPUTE_PAIR_LSB],
        next[fr_pkg::COMPUTE_ACT_MAX_LSB+:8],
        next[fr_pkg::COMPUTE_ACT_MIN_LSB+:8],
        next[fr_pkg::COMPUTE_ZP_OUT_LSB+:8]
      };
  end

  assign start_o = start;
  assign next_o = next;
  assign param_start_o = param_first;
  assign zero_point_o = common_q[7:0];
  assign low_o = common_q[15:8];
  assign high_o = common_q[23:16];
  assign pair_o = common_q[24];
  assign busy_o = pending || sequencer_busy || events_q != '0;
endmodule

`default_nettype wire

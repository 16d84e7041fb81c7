// The COMPUTE unit: sequencer, buffers, array, requantisation, pooling and result writer.
//
// ```
//         +---------- credits, shadow parameters free, results written -----------+---------------+
//         v                                                                       |               |
// cmd -> fr_issue -> fr_operand -> fr_array -> accumulators -> fr_requant -> words -> fr_result -> store stream
//                       ^    ^                                                            |
//                     loads  +------------------------------------------------------------+ results
// ```
// Everything up to the result queue runs freely; the sequencer only issues what the queue has room for. Behind it
// valid/ready rules. A later command's steps may be under way while an earlier one's results leave.
`default_nettype none

module fr_compute #(
  parameter int Pc = 8,               // input channels per step: 2, 4 or 8
  parameter int Pk = 16,              // output channels: 8, 16 or 32
  parameter int Lanes = 8,            // requantised values per cycle: 1, 2, 4 or 8
  parameter int AccBits = 25,         // accumulator width: 20..32
  parameter int ActWords = 12800,     // activation buffer, 64-bit words
  parameter int SqueezeWords = 2048,  // squeeze buffer, 64-bit words
  parameter int WeightWords = 512,    // weight buffer, words of Pc*Pk bytes, a power of two
  parameter int PoolWords = 1024      // pooling line buffer, 64-bit words
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,               // error elsewhere: issue nothing
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,                // bit 64*w + b = bit b of command word w
  input  logic [1:0]   token_avail_i,        // bit 0 LCW, bit 1 LCA
  output logic [1:0]   token_take_o,
  output logic         token_post_o,         // CL
  input  logic         load_act_valid_i,
  output logic         load_act_ready_o,
  input  logic [15:0]  load_act_addr_i,
  input  logic [63:0]  load_act_data_i,
  input  logic         load_weight_valid_i,
  input  logic [15:0]  load_weight_addr_i,   // weight word
  input  logic [7:0]   load_weight_slice_i,  // 64-bit slice of the weight word
  input  logic [63:0]  load_weight_data_i,
  output logic         stream_valid_o,
  input  logic         stream_ready_i,
  output logic [63:0]  stream_data_o,
  input  logic [511:0] counters_i,           // stamp words 0..15
  output logic         event_step_o,
  output logic         event_wait_weights_o,
  output logic         event_wait_act_o,
  output logic         event_wait_output_o,
  output logic         event_wait_requant_o,
  output logic         event_overhead_o,
  output logic         busy_o,
  output logic         error_valid_o,
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_tag_o,
  output logic         tap_requant_valid_o,
  output logic [63:0]  tap_requant_data_o,
  output logic [31:0]  tap_requant_tag_o,
  output logic         tap_written_valid_o,
  output logic [63:0]  tap_written_data_o,
  output logic [31:0]  tap_written_tag_o
);
  localparam int WeightBits = $clog2(WeightWords);
  // The way from the sequencer to the queue and back takes about 30 cycles, a word each at most.
  localparam int QueueWords = 64;

  initial begin
    if (Pk != 8 && Pk != 16 && Pk != 32) $fatal(1, "fr_compute: Pk must be 8, 16 or 32");
    if (WeightWords > 65536 || ActWords > 65536 || SqueezeWords > 65536 || PoolWords > 65536)
      $fatal(1, "fr_compute: buffer addresses have 16 bits");
  end

  logic         start, result_ready, result_busy, result_blocked, swap, pop, issue_busy, param_start;
  logic [511:0] next;
  logic [7:0]   zero_point, low, high;
  logic         pair;
  logic                  read_act, read_squeeze, read_weight;
  logic [15:0]           read_addr;
  logic [WeightBits-1:0] weight_addr;
  logic                  request_param, request_step, request_pad, request_squeeze;
  logic                  request_first, request_last, request_block_first;
  logic [1:0]            request_index, request_sub;
  logic [7:0]            request_value;

  fr_issue #(
    .Pc          (Pc),
    .Pk          (Pk),
    .Lanes       (Lanes),
    .WeightWords (WeightWords),
    .QueueWords  (QueueWords)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .halt_i,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .token_avail_i,
    .token_take_o,
    .start_o          (start),
    .next_o           (next),
    .result_ready_i   (result_ready),
    .result_busy_i    (result_busy),
    .result_blocked_i (result_blocked),
    .swap_i           (swap),
    .pop_i            (pop),
    .param_start_o    (param_start),
    .zero_point_o     (zero_point),
    .low_o            (low),
    .high_o           (high),
    .pair_o           (pair),
    .read_act_o       (read_act),
    .read_squeeze_o   (read_squeeze),
    .read_addr_o      (read_addr),
    .read_weight_o    (read_weight),
    .weight_addr_o    (weight_addr),
    .param_o          (request_param),
    .param_index_o    (request_index),
    .step_o           (request_step),
    .sub_o            (request_sub),
    .pad_o            (request_pad),
    .squeeze_o        (request_squeeze),
    .pad_value_o      (request_value),
    .first_o          (request_first),
    .last_o           (request_last),
    .block_first_o    (request_block_first),
    .busy_o           (issue_busy),
    .event_step_o,
    .event_wait_weights_o,
    .event_wait_act_o,
    .event_wait_output_o,
    .event_wait_requant_o,
    .event_overhead_o,
    .error_valid_o,
    .error_code_o,
    .error_tag_o
  );

  logic               write_act, write_squeeze;
  logic [15:0]        write_addr;
  logic [63:0]        write_data;
  logic               operand_param, operand_step, operand_first, operand_last, operand_block_first;
  logic [1:0]         operand_index;
  logic [8*Pc-1:0]    operand_act;
  logic [8*Pc*Pk-1:0] operand_weight;

  fr_operand #(
    .Pc           (Pc),
    .Pk           (Pk),
    .ActWords     (ActWords),
    .SqueezeWords (SqueezeWords),
    .WeightWords  (WeightWords)
  ) u_operand (
    .clk_i,
    .rst_ni,
    .load_act_valid_i,
    .load_act_ready_o,
    .load_act_addr_i,
    .load_act_data_i,
    .load_weight_valid_i,
    .load_weight_addr_i,
    .load_weight_slice_i,
    .load_weight_data_i,
    .write_act_i     (write_act),
    .write_squeeze_i (write_squeeze),
    .write_addr_i    (write_addr),
    .write_data_i    (write_data),
    .read_act_i      (read_act),
    .read_squeeze_i  (read_squeeze),
    .read_addr_i     (read_addr),
    .read_weight_i   (read_weight),
    .weight_addr_i   (weight_addr),
    .param_i         (request_param),
    .param_index_i   (request_index),
    .step_i          (request_step),
    .sub_i           (request_sub),
    .pad_i           (request_pad),
    .squeeze_i       (request_squeeze),
    .pad_value_i     (request_value),
    .first_i         (request_first),
    .last_i          (request_last),
    .block_first_i   (request_block_first),
    .param_o         (operand_param),
    .param_index_o   (operand_index),
    .step_o          (operand_step),
    .first_o         (operand_first),
    .last_o          (operand_last),
    .block_first_o   (operand_block_first),
    .act_o           (operand_act),
    .weight_o        (operand_weight)
  );

  // Arithmetic.
  logic                  pixel_valid, pixel_block_first, word_valid;
  logic [AccBits*Pk-1:0] acc;
  logic [63:0]           word;

  fr_array #(
    .Pc      (Pc),
    .Pk      (Pk),
    .AccBits (AccBits)
  ) u_array (
    .clk_i,
    .rst_ni,
    .step_i              (operand_step),
    .first_i             (operand_first),
    .last_i              (operand_last),
    .block_first_i       (operand_block_first),
    .act_i               (operand_act),
    .weight_i            (operand_weight),
    .pixel_valid_o       (pixel_valid),
    .pixel_block_first_o (pixel_block_first),
    .acc_o               (acc)
  );

  fr_requant #(
    .Pc      (Pc),
    .Pk      (Pk),
    .Lanes   (Lanes),
    .AccBits (AccBits)
  ) u_requant (
    .clk_i,
    .rst_ni,
    .param_start_i       (param_start),
    .zero_point_i        (zero_point),
    .low_i               (low),
    .high_i              (high),
    .pair_i              (pair),
    .param_valid_i       (operand_param),
    .param_index_i       (operand_index),
    .param_data_i        (operand_weight),
    .pixel_valid_i       (pixel_valid),
    .pixel_block_first_i (pixel_block_first),
    .acc_i               (acc),
    .swap_o              (swap),
    .word_valid_o        (word_valid),
    .word_data_o         (word)
  );

  fr_result #(
    .Pk         (Pk),
    .PoolWords  (PoolWords),
    .QueueWords (QueueWords)
  ) u_result (
    .clk_i,
    .rst_ni,
    .start_i         (start),
    .next_i          (next),
    .ready_o         (result_ready),
    .busy_o          (result_busy),
    .word_valid_i    (word_valid),
    .word_data_i     (word),
    .pop_o           (pop),
    .write_act_o     (write_act),
    .write_squeeze_o (write_squeeze),
    .write_addr_o    (write_addr),
    .write_data_o    (write_data),
    .stream_valid_o,
    .stream_ready_i,
    .stream_data_o,
    .blocked_o       (result_blocked),
    .counters_i,
    .token_post_o,
    .tap_requant_valid_o,
    .tap_requant_data_o,
    .tap_requant_tag_o,
    .tap_written_valid_o,
    .tap_written_data_o,
    .tap_written_tag_o
  );

  assign busy_o = issue_busy || result_busy;
endmodule

`default_nettype wire

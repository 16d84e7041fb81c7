// The COMPUTE unit: sequencer, buffers, array, requantisation, pooling and result writer.
//
// ```
// cmd -> fr_command -> fr_sequencer -> fr_address -> fr_operand -> fr_array -> fr_requant -> fr_fifo -> fr_pool -> fr_writer
//            |              ^  ^ credits, shadow free                              |            ^                    |
//            |              |  +-----------------------------------------------------------------+                    |
//            +--------------+--> command queue (result fields) -----------------------------> configuration <---------+
// ```
// Everything up to the result queue runs freely; the sequencer only issues what the queue has room for. Behind it
// valid/ready rules. A later command's steps may be under way while an earlier one's results leave.
`default_nettype none
`include "fr_assert.svh"

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
  localparam int CommandQueue = 4;

  initial begin
    if (Pk != 8 && Pk != 16 && Pk != 32) $fatal(1, "fr_compute: Pk must be 8, 16 or 32");
    if (WeightWords > 65536 || ActWords > 65536 || SqueezeWords > 65536 || PoolWords > 65536)
      $fatal(1, "fr_compute: buffer addresses have 16 bits");
  end

  // The fields of a command that its results need.
  typedef struct packed {
    logic [31:0] tag;
    logic        stamp;
    logic        post;
    logic [1:0]  select;
    logic [15:0] base;
    logic [15:0] row_start;
    logic [15:0] row_pitch;
    logic [15:0] ring;
    logic [15:0] block_pitch;
    logic [2:0]  pool_mode;
    logic        pool_row_phase;
    logic        pool_pad_left;
    logic        pool_first;
    logic        pool_last;
    logic [15:0] rows;
    logic [15:0] cols;
    logic [7:0]  kblocks;
    logic [15:0] pool_base;
    logic [15:0] pool_cols;
  } result_t;
  localparam int ResultBits = $bits(result_t);

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
  logic       result_ready, result_busy, swap, pop, blocked_q;
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
    .result_ready_i       (result_ready),
    .result_busy_i        (result_busy),
    .result_blocked_i     (blocked_q),
    .swap_i               (swap),
    .pop_i                (pop),
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
    blocked_q <= rst_ni && stream_valid_o && !stream_ready_i;
  end
  assign {event_step_o, event_wait_weights_o, event_wait_act_o, event_wait_output_o, event_wait_requant_o,
          event_overhead_o} = events_q;

  // Addresses and operands.
  logic                  read_act, read_squeeze, read_weight;
  logic [15:0]           read_addr;
  logic [WeightBits-1:0] weight_addr;
  logic                  request_param, request_step, request_pad, request_squeeze;
  logic                  request_first, request_last, request_block_first;
  logic [1:0]            request_index, request_sub;
  logic [7:0]            request_value;

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
    .read_act_o     (read_act),
    .read_squeeze_o (read_squeeze),
    .read_addr_o    (read_addr),
    .read_weight_o  (read_weight),
    .weight_addr_o  (weight_addr),
    .param_o        (request_param),
    .param_index_o  (request_index),
    .step_o         (request_step),
    .sub_o          (request_sub),
    .pad_o          (request_pad),
    .squeeze_o      (request_squeeze),
    .pad_value_o    (request_value),
    .first_o        (request_first),
    .last_o         (request_last),
    .block_first_o  (request_block_first)
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

  // The parameters common to all channels are written when the shadow set is free, with the first parameter word.
  logic [23:0] common_q;
  always_ff @(posedge clk_i) begin
    if (start)
      common_q <= {
        next[fr_pkg::COMPUTE_ACT_MAX_LSB+:8],
        next[fr_pkg::COMPUTE_ACT_MIN_LSB+:8],
        next[fr_pkg::COMPUTE_ZP_OUT_LSB+:8]
      };
  end

  fr_requant #(
    .Pc      (Pc),
    .Pk      (Pk),
    .Lanes   (Lanes),
    .AccBits (AccBits)
  ) u_requant (
    .clk_i,
    .rst_ni,
    .param_start_i       (param_first),
    .zero_point_i        (common_q[7:0]),
    .low_i               (common_q[15:8]),
    .high_i              (common_q[23:16]),
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

  // Result queue and the fields of the command whose results leave.
  logic                  queue_ready, queue_valid, pool_ready;
  logic [63:0]           queue_data;
  logic                  cfg_valid, cfg_queued, cfg_done, cfg_load, loaded_q;
  result_t               cfg, cfg_new;
  logic [ResultBits-1:0] cfg_bits;

  fr_fifo #(
    .Width (64),
    .Depth (QueueWords)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_valid_i (word_valid),
    .push_ready_o (queue_ready),
    .push_data_i  (word),
    .pop_valid_o  (queue_valid),
    .pop_ready_i  (pool_ready),
    .pop_data_o   (queue_data),
    .level_o      ()
  );
  assign pop = queue_valid && pool_ready;

  always_comb begin
    cfg_new.tag = next[fr_pkg::CMD_TAG_LSB+:32];
    cfg_new.stamp = next[fr_pkg::COMPUTE_FLAG_STAMP_BIT];
    cfg_new.post = next[fr_pkg::CMD_POST_LSB+fr_pkg::TOKEN_CL];
    cfg_new.select = next[fr_pkg::COMPUTE_DST_SELECT_LSB+:2];
    cfg_new.base = next[fr_pkg::COMPUTE_DST_BASE_LSB+:16];
    cfg_new.row_start = next[fr_pkg::COMPUTE_DST_ROW_START_LSB+:16];
    cfg_new.row_pitch = next[fr_pkg::COMPUTE_DST_ROW_PITCH_LSB+:16];
    cfg_new.ring = next[fr_pkg::COMPUTE_DST_RING_LSB+:16];
    cfg_new.block_pitch = next[fr_pkg::COMPUTE_DST_BLOCK_PITCH_LSB+:16];
    cfg_new.pool_mode = next[fr_pkg::COMPUTE_POOL_MODE_LSB+:3];
    cfg_new.pool_row_phase = next[fr_pkg::COMPUTE_POOL_ROW_PHASE_LSB];
    cfg_new.pool_pad_left = next[fr_pkg::COMPUTE_POOL_PAD_LEFT_LSB];
    cfg_new.pool_first = next[fr_pkg::COMPUTE_POOL_FIRST_LSB];
    cfg_new.pool_last = next[fr_pkg::COMPUTE_POOL_LAST_LSB];
    cfg_new.rows = next[fr_pkg::COMPUTE_OUT_ROWS_LSB+:16];
    cfg_new.cols = next[fr_pkg::COMPUTE_OUT_COLS_LSB+:16];
    cfg_new.kblocks = next[fr_pkg::COMPUTE_KBLOCKS_LSB+:8];
    cfg_new.pool_base = next[fr_pkg::COMPUTE_POOL_BASE_LSB+:16];
    cfg_new.pool_cols = next[fr_pkg::COMPUTE_POOL_COLS_LSB+:16];
  end

  logic [$clog2(CommandQueue):0] cfg_level;
  fr_fifo #(
    .Width (ResultBits),
    .Depth (CommandQueue)
  ) u_commands (
    .clk_i,
    .rst_ni,
    .push_valid_i (start),
    .push_ready_o (result_ready),
    .push_data_i  (cfg_new),
    .pop_valid_o  (cfg_queued),
    .pop_ready_i  (cfg_done),
    .pop_data_o   (cfg_bits),
    .level_o      (cfg_level)
  );
  assign cfg = cfg_bits;

  // A command's first cycle loads the counters of the result side.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) loaded_q <= 1'b0;
    else loaded_q <= cfg_queued && !cfg_done;
  end
  assign cfg_valid = cfg_queued && loaded_q;
  assign cfg_load = cfg_queued && !loaded_q;

  logic        beat_valid, beat_ready, beat_keep, beat_row_end, beat_kblock_end, beat_cmd_end, writer_busy;
  logic [63:0] beat_data;

  fr_pool #(
    .Pk        (Pk),
    .PoolWords (PoolWords)
  ) u_pool (
    .clk_i,
    .rst_ni,
    .cfg_valid_i      (cfg_valid),
    .cfg_done_i       (cfg_done),
    .mode_i           (cfg.pool_mode),
    .row_phase_i      (cfg.pool_row_phase),
    .pad_left_i       (cfg.pool_pad_left),
    .map_first_i      (cfg.pool_first),
    .map_last_i       (cfg.pool_last),
    .rows_i           (cfg.rows),
    .cols_i           (cfg.cols),
    .kblocks_i        (cfg.kblocks),
    .line_base_i      (cfg.pool_base),
    .pool_cols_i      (cfg.pool_cols),
    .in_valid_i       (queue_valid),
    .in_ready_o       (pool_ready),
    .in_data_i        (queue_data),
    .out_valid_o      (beat_valid),
    .out_ready_i      (beat_ready),
    .out_keep_o       (beat_keep),
    .out_data_o       (beat_data),
    .out_row_end_o    (beat_row_end),
    .out_kblock_end_o (beat_kblock_end),
    .out_cmd_end_o    (beat_cmd_end)
  );

  fr_writer u_writer (
    .clk_i,
    .rst_ni,
    .cfg_load_i      (cfg_load),
    .cfg_done_o      (cfg_done),
    .select_i        (cfg.select),
    .base_i          (cfg.base),
    .row_start_i     (cfg.row_start),
    .row_pitch_i     (cfg.row_pitch),
    .ring_i          (cfg.ring),
    .block_pitch_i   (cfg.block_pitch),
    .tag_i           (cfg.tag),
    .stamp_i         (cfg.stamp),
    .post_i          (cfg.post),
    .in_valid_i      (beat_valid),
    .in_ready_o      (beat_ready),
    .in_keep_i       (beat_keep),
    .in_data_i       (beat_data),
    .in_row_end_i    (beat_row_end),
    .in_kblock_end_i (beat_kblock_end),
    .in_cmd_end_i    (beat_cmd_end),
    .write_act_o     (write_act),
    .write_squeeze_o (write_squeeze),
    .write_addr_o    (write_addr),
    .write_data_o    (write_data),
    .stream_valid_o,
    .stream_ready_i,
    .stream_data_o,
    .counters_i,
    .token_post_o,
    .busy_o          (writer_busy)
  );

  assign result_busy = cfg_level != '0 || cfg_queued || writer_busy;
  assign busy_o = pending || sequencer_busy || result_busy || events_q != '0;

  assign tap_requant_valid_o = pop;
  assign tap_requant_data_o = queue_data;
  assign tap_requant_tag_o = cfg.tag;
  assign tap_written_valid_o = beat_valid && beat_ready && beat_keep;
  assign tap_written_data_o = beat_data;
  assign tap_written_tag_o = cfg.tag;

  `FR_ASSERT(the_result_queue_always_has_room, !word_valid || queue_ready)
endmodule

`default_nettype wire

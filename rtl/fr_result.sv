// The result side: queue behind the requantisation, pooling, writer, and the fields of the commands under way.
//
// ```
// words -> fr_fifo -> fr_pool -> fr_writer -> buffers, store stream
// start -> fr_fifo (fields) ------^-----^
// ```
// The queue of fields lets the sequencer run up to five commands ahead of the results.
`default_nettype none
`include "fr_assert.svh"

module fr_result #(
  parameter int Pk = 16,           // output channels: 8, 16 or 32
  parameter int PoolWords = 1024,  // pooling line buffer, 64-bit words
  parameter int QueueWords = 64    // words that may be under way from the array to here, a power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // A command begins, only when ready.
  input  logic         start_i,
  input  logic [511:0] next_i,
  output logic         ready_o,
  output logic         busy_o,
  // Requantised words; there is always room, the sequencer sees to it.
  input  logic         word_valid_i,
  input  logic [63:0]  word_data_i,
  output logic         pop_o,           // one word has left the queue
  // Buffers.
  output logic         write_act_o,
  output logic         write_squeeze_o,
  output logic [15:0]  write_addr_o,
  output logic [63:0]  write_data_o,
  // Store stream.
  output logic         stream_valid_o,
  input  logic         stream_ready_i,
  output logic [63:0]  stream_data_o,
  output logic         blocked_o,       // it did not move in the cycle before
  input  logic [511:0] counters_i,
  output logic         token_post_o,
  // Words as they pass, for simulation.
  output logic         tap_requant_valid_o,
  output logic [63:0]  tap_requant_data_o,
  output logic [31:0]  tap_requant_tag_o,
  output logic         tap_written_valid_o,
  output logic [63:0]  tap_written_data_o,
  output logic [31:0]  tap_written_tag_o
);
  localparam int CommandQueue = 4;

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
  localparam int ResultBits = 195;  // of result_t; Yosys 0.23 has no $bits of a type

  logic                  queue_ready, queue_valid, pool_ready, pop, blocked_q;
  logic [63:0]           queue_data;
  logic                  cfg_valid, cfg_queued, cfg_done, cfg_load, loaded_q;
  result_t               cfg, cfg_new;
  logic [ResultBits-1:0] cfg_bits;
  logic [15:0]           out_cols;

  fr_fifo #(
    .Width (64),
    .Depth (QueueWords)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_valid_i (word_valid_i),
    .push_ready_o (queue_ready),
    .push_data_i  (word_data_i),
    .pop_valid_o  (queue_valid),
    .pop_ready_i  (pool_ready),
    .pop_data_o   (queue_data),
    .level_o      ()
  );
  assign pop = queue_valid && pool_ready;

  assign cfg_new.tag = next_i[fr_pkg::CMD_TAG_LSB+:32];
  assign cfg_new.stamp = next_i[fr_pkg::COMPUTE_FLAG_STAMP_BIT];
  assign cfg_new.post = next_i[fr_pkg::CMD_POST_LSB+fr_pkg::TOKEN_CL];
  assign cfg_new.select = next_i[fr_pkg::COMPUTE_DST_SELECT_LSB+:2];
  assign cfg_new.base = next_i[fr_pkg::COMPUTE_DST_BASE_LSB+:16];
  assign cfg_new.row_start = next_i[fr_pkg::COMPUTE_DST_ROW_START_LSB+:16];
  assign cfg_new.row_pitch = next_i[fr_pkg::COMPUTE_DST_ROW_PITCH_LSB+:16];
  assign cfg_new.ring = next_i[fr_pkg::COMPUTE_DST_RING_LSB+:16];
  assign cfg_new.block_pitch = next_i[fr_pkg::COMPUTE_DST_BLOCK_PITCH_LSB+:16];
  assign cfg_new.pool_mode = next_i[fr_pkg::COMPUTE_POOL_MODE_LSB+:3];
  assign cfg_new.pool_row_phase = next_i[fr_pkg::COMPUTE_POOL_ROW_PHASE_LSB];
  assign cfg_new.pool_pad_left = next_i[fr_pkg::COMPUTE_POOL_PAD_LEFT_LSB];
  assign cfg_new.pool_first = next_i[fr_pkg::COMPUTE_POOL_FIRST_LSB];
  assign cfg_new.pool_last = next_i[fr_pkg::COMPUTE_POOL_LAST_LSB];
  assign cfg_new.rows = next_i[fr_pkg::COMPUTE_OUT_ROWS_LSB+:16];
  // A pair's pixel is one word, and PK/8 of them make a pixel here.
  assign out_cols = next_i[fr_pkg::COMPUTE_OUT_COLS_LSB+:16];
  assign cfg_new.cols = next_i[fr_pkg::COMPUTE_PAIR_LSB] ? out_cols >> $clog2(Pk / 8) : out_cols;
  assign cfg_new.kblocks = next_i[fr_pkg::COMPUTE_KBLOCKS_LSB+:8];
  assign cfg_new.pool_base = next_i[fr_pkg::COMPUTE_POOL_BASE_LSB+:16];
  assign cfg_new.pool_cols = next_i[fr_pkg::COMPUTE_POOL_COLS_LSB+:16];

  logic [$clog2(CommandQueue):0] cfg_level;
  fr_fifo #(
    .Width (ResultBits),
    .Depth (CommandQueue)
  ) u_commands (
    .clk_i,
    .rst_ni,
    .push_valid_i (start_i),
    .push_ready_o (ready_o),
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
    .write_act_o,
    .write_squeeze_o,
    .write_addr_o,
    .write_data_o,
    .stream_valid_o,
    .stream_ready_i,
    .stream_data_o,
    .counters_i,
    .token_post_o,
    .busy_o          (writer_busy)
  );

  always_ff @(posedge clk_i) blocked_q <= rst_ni && stream_valid_o && !stream_ready_i;

  assign busy_o = cfg_level != '0 || cfg_queued || writer_busy;
  assign pop_o = pop;
  assign blocked_o = blocked_q;

  assign tap_requant_valid_o = pop;
  assign tap_requant_data_o = queue_data;
  assign tap_requant_tag_o = cfg.tag;
  assign tap_written_valid_o = beat_valid && beat_ready && beat_keep;
  assign tap_written_data_o = beat_data;
  assign tap_written_tag_o = cfg.tag;

  `FR_ASSERT(the_result_queue_always_has_room, !word_valid_i || queue_ready)
endmodule

`default_nettype wire

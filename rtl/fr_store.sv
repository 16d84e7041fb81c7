// STORE unit: turns the runs of STORE commands into write bursts fed by the store stream, and signals completion.
// A command is complete, and the next one begins, when all its write responses have come.
`default_nettype none

module fr_store (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  output logic         busy_o,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,

  output logic         token_post_o,      // SL
  output logic         sequence_valid_o,  // a SIGNAL completes
  output logic [31:0]  sequence_o,

  output logic         burst_valid_o,
  input  logic         burst_ready_i,
  output logic [31:0]  burst_addr_o,
  output logic [4:0]   burst_beats_o,
  input  logic         writes_idle_i,  // every issued burst has its response

  output logic         error_valid_o,
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_addr_o,
  output logic [31:0]  tag_o
);
  typedef enum logic [1:0] {
    StIdle,   // waits for a command
    StCheck,  // looks at its fields; a SIGNAL completes here, every earlier STORE has ended
    StRuns,   // waits until the last burst has been issued
    StDrain   // waits for the write responses
  } state_e;
  state_e state_q, state_d;

  logic [511:0] cmd_q;
  logic         accept;
  assign cmd_ready_o = state_q == StIdle && !halt_i;
  assign accept      = cmd_ready_o && cmd_valid_i;
  always_ff @(posedge clk_i) begin
    if (accept) cmd_q <= cmd_i;
  end

  logic [31:0] ddr_addr, ddr_stride;
  logic [23:0] run_words;
  logic [15:0] runs;
  logic        is_signal, posts;
  assign tag_o      = cmd_q[fr_pkg::CMD_TAG_LSB +: fr_pkg::CMD_TAG_W];
  assign is_signal  = cmd_q[fr_pkg::CMD_OPCODE_LSB +: fr_pkg::CMD_OPCODE_W] == fr_pkg::OP_SIGNAL;
  assign posts      = cmd_q[fr_pkg::CMD_POST_LSB + fr_pkg::TOKEN_SL];
  assign ddr_addr   = cmd_q[fr_pkg::STORE_DDR_ADDR_LSB +: fr_pkg::STORE_DDR_ADDR_W];
  assign ddr_stride = cmd_q[fr_pkg::STORE_DDR_STRIDE_LSB +: fr_pkg::STORE_DDR_STRIDE_W];
  assign run_words  = cmd_q[fr_pkg::STORE_RUN_WORDS_LSB +: fr_pkg::STORE_RUN_WORDS_W];
  assign runs       = cmd_q[fr_pkg::STORE_RUNS_LSB +: fr_pkg::STORE_RUNS_W];
  assign sequence_o = cmd_q[fr_pkg::SIGNAL_VALUE_LSB +: fr_pkg::SIGNAL_VALUE_W];

  logic misaligned, empty, start, signals, ends;
  logic runs_idle, run_valid, run_ready, bursts_idle;
  logic [31:0] run_addr;

  assign misaligned = !is_signal && (ddr_addr[2:0] != '0 || ddr_stride[2:0] != '0);
  assign empty      = !is_signal && (run_words == '0 || runs == '0);
  assign signals    = state_q == StCheck && is_signal && !halt_i;
  assign start      = state_q == StCheck && !is_signal && !misaligned && !empty && !halt_i;
  assign ends       = state_q == StDrain && writes_idle_i && !halt_i;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:  if (accept) state_d = StCheck;
      StCheck: begin
        if (signals) state_d = StIdle;
        if (start) state_d = StRuns;
      end
      StRuns:  if (runs_idle && bursts_idle) state_d = StDrain;
      StDrain: if (ends) state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else state_q <= state_d;
  end

  fr_runs u_runs (
    .clk_i, .rst_ni,
    .start_i    (start),
    .addr_i     (ddr_addr),
    .stride_i   (ddr_stride),
    .runs_i     (runs),
    .idle_o     (runs_idle),
    .run_valid_o(run_valid),
    .run_ready_i(run_ready),
    .run_addr_o (run_addr)
  );

  fr_bursts u_bursts (
    .clk_i, .rst_ni,
    .idle_o       (bursts_idle),
    .run_valid_i  (run_valid),
    .run_ready_o  (run_ready),
    .run_addr_i   (run_addr),
    .run_words_i  (run_words),
    .burst_valid_o, .burst_ready_i, .burst_addr_o, .burst_beats_o
  );

  assign busy_o           = state_q != StIdle;
  assign token_post_o     = posts && (ends || signals);
  assign sequence_valid_o = signals;

  always_comb begin
    error_valid_o = state_q == StCheck && !halt_i && (misaligned || empty);
    error_code_o  = misaligned ? fr_pkg::ERR_MISALIGNED : fr_pkg::ERR_BAD_SHAPE;
    error_addr_o  = misaligned ? ddr_addr : '0;
  end
endmodule

`default_nettype wire

// LOAD unit, asking side: checks the command, waits for its tokens, turns its runs into read bursts, and passes a
// description of what will arrive to fr_load_place. It may be four commands ahead of the data.
`default_nettype none

module fr_load #(
  parameter int ActWords = 12800,   // activation buffer, 64-bit words
  parameter int WeightWords = 512,  // weight buffer, weight words, a power of two
  parameter int Slices = 16         // 64-bit words per weight word, a power of two >= 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  output logic         busy_o,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,

  input  logic [1:0]   token_avail_i,  // {SL, CL}
  output logic [1:0]   token_take_o,
  output logic [1:0]   token_post_o,   // {LCA, LCW}

  output logic         burst_valid_o,
  input  logic         burst_ready_i,
  output logic [31:0]  burst_addr_o,
  output logic [4:0]   burst_beats_o,
  input  logic         data_valid_i,
  output logic         data_ready_o,
  input  logic [63:0]  data_i,

  output logic         act_valid_o,
  input  logic         act_ready_i,
  output logic [15:0]  act_addr_o,
  output logic [63:0]  act_data_o,
  output logic         weight_valid_o,
  output logic [15:0]  weight_addr_o,   // weight word
  output logic [7:0]   weight_slice_o,  // 64-bit part of it
  output logic [63:0]  weight_data_o,

  output logic         error_valid_o,
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_addr_o,
  output logic [31:0]  issue_tag_o,    // command that asks
  output logic [31:0]  arrive_tag_o    // command whose data arrive
);
  typedef enum logic [1:0] {
    StIdle,   // waits for a command
    StCheck,  // looks at its fields
    StWait,   // waits for its tokens and for room to describe it
    StRuns    // waits until its last burst has been asked for
  } state_e;
  state_e state_q, state_d;

  // Only these fields of the latched command survive synthesis.
  logic [511:0] cmd_q;
  logic         accept;
  assign cmd_ready_o = state_q == StIdle && !halt_i;
  assign accept      = cmd_ready_o && cmd_valid_i;
  always_ff @(posedge clk_i) begin
    if (accept) cmd_q <= cmd_i;
  end

  logic [31:0] tag, ddr_addr, ddr_stride;
  logic [23:0] run_words;
  logic [15:0] runs, dst_addr, dst_stride;
  logic [1:0]  wants, posts;
  logic        to_weights;
  assign tag        = cmd_q[fr_pkg::CMD_TAG_LSB +: fr_pkg::CMD_TAG_W];
  assign ddr_addr   = cmd_q[fr_pkg::LOAD_DDR_ADDR_LSB +: fr_pkg::LOAD_DDR_ADDR_W];
  assign ddr_stride = cmd_q[fr_pkg::LOAD_DDR_STRIDE_LSB +: fr_pkg::LOAD_DDR_STRIDE_W];
  assign run_words  = cmd_q[fr_pkg::LOAD_RUN_WORDS_LSB +: fr_pkg::LOAD_RUN_WORDS_W];
  assign runs       = cmd_q[fr_pkg::LOAD_RUNS_LSB +: fr_pkg::LOAD_RUNS_W];
  assign to_weights = cmd_q[fr_pkg::LOAD_DST_LSB];
  assign dst_addr   = cmd_q[fr_pkg::LOAD_DST_ADDR_LSB +: fr_pkg::LOAD_DST_ADDR_W];
  assign dst_stride = cmd_q[fr_pkg::LOAD_DST_STRIDE_LSB +: fr_pkg::LOAD_DST_STRIDE_W];
  assign wants      = {cmd_q[fr_pkg::CMD_WAIT_LSB + fr_pkg::TOKEN_SL], cmd_q[fr_pkg::CMD_WAIT_LSB + fr_pkg::TOKEN_CL]};
  assign posts      = {cmd_q[fr_pkg::CMD_POST_LSB + fr_pkg::TOKEN_LCA], cmd_q[fr_pkg::CMD_POST_LSB + fr_pkg::TOKEN_LCW]};

  // Checks that need the whole command.
  localparam int SliceBits = $clog2(Slices);
  logic misaligned, empty, weight_bad, shape_bad;
  assign misaligned = ddr_addr[2:0] != '0 || ddr_stride[2:0] != '0;
  assign empty      = run_words == '0 || runs == '0;
  assign weight_bad = to_weights && (run_words[SliceBits-1:0] != '0 || run_words > 24'(WeightWords * Slices)
                                     || 32'(dst_addr) >= 32'(WeightWords));
  assign shape_bad  = empty || weight_bad;

  // Activation runs are checked one by one, as they are asked for.
  logic [15:0] run_dst_q;
  logic [24:0] run_end;
  logic        run_fits;
  assign run_end  = {9'd0, run_dst_q} + {1'b0, run_words};
  assign run_fits = to_weights || run_end <= 25'(ActWords);

  logic start, described, place_ready, place_busy;
  logic runs_idle, run_valid, run_ready, run_go, bursts_idle;
  logic [31:0] run_addr;

  assign start        = state_q == StWait && !halt_i && (wants & ~token_avail_i) == '0 && place_ready;
  assign described    = start;
  assign token_take_o = start ? wants : '0;
  assign run_go       = run_valid && run_fits && !halt_i;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:  if (accept) state_d = StCheck;
      StCheck: if (!misaligned && !shape_bad) state_d = StWait;
      StWait:  if (start) state_d = StRuns;
      StRuns:  if (runs_idle && bursts_idle) state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (start) run_dst_q <= dst_addr;
    else if (run_go && run_ready) run_dst_q <= run_dst_q + dst_stride;
  end

  fr_runs u_runs (
    .clk_i, .rst_ni,
    .start_i    (start),
    .addr_i     (ddr_addr),
    .stride_i   (ddr_stride),
    .runs_i     (runs),
    .idle_o     (runs_idle),
    .run_valid_o(run_valid),
    .run_ready_i(run_ready && run_fits && !halt_i),
    .run_addr_o (run_addr)
  );

  fr_bursts u_bursts (
    .clk_i, .rst_ni,
    .idle_o       (bursts_idle),
    .run_valid_i  (run_go),
    .run_ready_o  (run_ready),
    .run_addr_i   (run_addr),
    .run_words_i  (run_words),
    .burst_valid_o, .burst_ready_i, .burst_addr_o, .burst_beats_o
  );

  fr_load_place #(.WeightWords(WeightWords), .Slices(Slices)) u_place (
    .clk_i, .rst_ni,
    .busy_o           (place_busy),
    .plan_valid_i     (described),
    .plan_ready_o     (place_ready),
    .plan_tag_i       (tag),
    .plan_to_weights_i(to_weights),
    .plan_addr_i      (dst_addr),
    .plan_stride_i    (dst_stride),
    .plan_words_i     (run_words),
    .plan_runs_i      (runs),
    .plan_posts_i     (posts),
    .token_post_o, .arrive_tag_o,
    .data_valid_i, .data_ready_o, .data_i,
    .act_valid_o, .act_ready_i, .act_addr_o, .act_data_o,
    .weight_valid_o, .weight_addr_o, .weight_slice_o, .weight_data_o
  );

  assign busy_o      = state_q != StIdle || place_busy;
  assign issue_tag_o = tag;

  always_comb begin
    error_valid_o = 1'b0;
    error_code_o  = fr_pkg::ERR_BAD_SHAPE;
    error_addr_o  = '0;
    if (!halt_i && state_q == StCheck && misaligned) begin
      error_valid_o = 1'b1;
      error_code_o  = fr_pkg::ERR_MISALIGNED;
      error_addr_o  = ddr_addr;
    end else if (!halt_i && state_q == StCheck && shape_bad) begin
      error_valid_o = 1'b1;
    end else if (!halt_i && run_valid && !run_fits) begin
      error_valid_o = 1'b1;
    end
  end

  initial begin
    if (Slices < 2 || Slices > 256 || Slices != 1 << SliceBits) $fatal(1, "fr_load: Slices must be a power of two, 2..256");
    if (WeightWords != 1 << $clog2(WeightWords)) $fatal(1, "fr_load: WeightWords must be a power of two");
    if (ActWords < 1 || ActWords > 65535) $fatal(1, "fr_load: ActWords must be 1..65535");
  end
endmodule

`default_nettype wire

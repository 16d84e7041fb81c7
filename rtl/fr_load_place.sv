// LOAD unit, arriving side: puts each 64-bit word where its command wants it, and posts when the last one is in place.
`default_nettype none

module fr_load_place #(
  parameter int WeightWords = 512,  // weight buffer, weight words, a power of two
  parameter int Slices = 16         // 64-bit words per weight word, a power of two >= 2
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        busy_o,

  input  logic        plan_valid_i,
  output logic        plan_ready_o,
  input  logic [31:0] plan_tag_i,
  input  logic        plan_to_weights_i,
  input  logic [15:0] plan_addr_i,    // activation: 64-bit words; weights: weight words
  input  logic [15:0] plan_stride_i,  // same unit, from run to run
  input  logic [23:0] plan_words_i,   // 64-bit words per run
  input  logic [15:0] plan_runs_i,
  input  logic [1:0]  plan_posts_i,   // {LCA, LCW}

  output logic [1:0]  token_post_o,
  output logic [31:0] arrive_tag_o,

  input  logic        data_valid_i,
  output logic        data_ready_o,
  input  logic [63:0] data_i,

  output logic        act_valid_o,
  input  logic        act_ready_i,
  output logic [15:0] act_addr_o,
  output logic [63:0] act_data_o,
  output logic        weight_valid_o,
  output logic [15:0] weight_addr_o,
  output logic [7:0]  weight_slice_o,
  output logic [63:0] weight_data_o
);
  localparam int PlanBits = 32 + 1 + 16 + 16 + 24 + 16 + 2;
  localparam int SliceBits = $clog2(Slices);
  localparam logic [15:0] WeightMask = 16'(WeightWords - 1);

  logic        next_valid, next_take, next_to_weights;
  logic [31:0] next_tag;
  logic [15:0] next_addr, next_stride, next_runs;
  logic [23:0] next_words;
  logic [1:0]  next_posts, level;

  fr_fifo #(.Width(PlanBits), .Depth(2)) u_plans (
    .clk_i, .rst_ni,
    .push_valid_i(plan_valid_i),
    .push_ready_o(plan_ready_o),
    .push_data_i ({plan_tag_i, plan_to_weights_i, plan_addr_i, plan_stride_i, plan_words_i, plan_runs_i, plan_posts_i}),
    .pop_valid_o (next_valid),
    .pop_ready_i (next_take),
    .pop_data_o  ({next_tag, next_to_weights, next_addr, next_stride, next_words, next_runs, next_posts}),
    .level_o     (level)
  );

  logic                 active_q, to_weights_q;
  logic [31:0]          tag_q;
  logic [15:0]          addr_q, base_q, stride_q, runs_q, next_base;
  logic [23:0]          words_q, left_q;
  logic [1:0]           posts_q, post_q;
  logic [SliceBits-1:0] slice_q;
  logic                 put, run_ends, ends;

  assign act_valid_o    = active_q && !to_weights_q && data_valid_i;
  assign weight_valid_o = active_q && to_weights_q && data_valid_i;
  assign data_ready_o   = active_q && (to_weights_q || act_ready_i);
  assign act_addr_o     = addr_q;
  assign act_data_o     = data_i;
  assign weight_addr_o  = addr_q & WeightMask;
  assign weight_slice_o = 8'(slice_q);
  assign weight_data_o  = data_i;
  assign token_post_o   = post_q;
  assign arrive_tag_o   = tag_q;
  assign busy_o         = active_q || next_valid || level != '0 || post_q != '0;

  assign put       = data_valid_i && data_ready_o;
  assign run_ends  = put && left_q == 24'd1;
  assign ends      = run_ends && runs_q == 16'd1;
  assign next_take = next_valid && (!active_q || ends);
  assign next_base = base_q + stride_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      post_q   <= '0;
    end else begin
      if (next_take) active_q <= 1'b1;
      else if (ends) active_q <= 1'b0;
      post_q <= ends ? posts_q : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_take) begin
      to_weights_q <= next_to_weights;
      tag_q        <= next_tag;
      addr_q       <= next_addr;
      base_q       <= next_addr;
      stride_q     <= next_stride;
      words_q      <= next_words;
      left_q       <= next_words;
      runs_q       <= next_runs;
      posts_q      <= next_posts;
      slice_q      <= '0;
    end else if (put) begin
      left_q  <= run_ends ? words_q : left_q - 1'b1;
      slice_q <= slice_q + 1'b1;  // runs to weights are whole weight words, so it wraps with them
      if (run_ends) begin
        runs_q <= runs_q - 1'b1;
        base_q <= next_base;
        addr_q <= next_base;
      end else if (!to_weights_q || slice_q == '1) begin
        addr_q <= addr_q + 1'b1;
      end
    end
  end
endmodule

`default_nettype wire

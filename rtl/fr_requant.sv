// Requantises finished pixels: holds Pk accumulators, takes Lanes of them per cycle, packs 64-bit words.
//
// A pixel may arrive at most every Pk/Lanes cycles (the sequencer sees to it). Parameters are double-buffered: the
// parameter words of a K-block are written to the shadow set while pixels of the block before are still under way;
// the block's first pixel swaps them in. From `param_start_i` until `swap_o` the shadow set is taken.
//
// Pairs (`pair_i`): channels 0..7 and 8..15 of a pixel are the two terms of a sum each, rescaled with a multiplier of
// their own, rounded once; the word of the eight sums is all that leaves, the channels beyond are dropped.
//
// The zero point is added 8 cycles after a pixel has been selected, when the next block's may already be active,
// so it travels along.
`default_nettype none
`include "fr_assert.svh"

module fr_requant #(
  parameter int Pc = 8,        // input channels per step; 8/Pc parameter words per K-block
  parameter int Pk = 16,       // output channels: 8, 16 or 32
  parameter int Lanes = 8,     // values per cycle: 1, 2, 4 or 8
  parameter int AccBits = 25,  // accumulator width
  localparam int IndexBits = 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Common output parameters of the K-block whose parameter words follow.
  input  logic                  param_start_i,
  input  logic [7:0]            zero_point_i,
  input  logic [7:0]            low_i,
  input  logic [7:0]            high_i,
  input  logic                  pair_i,
  // Parameter word `param_index_i` of that K-block: 64 bits per channel, multiplier 30:0, shift 36:31, bias 63:37.
  input  logic                  param_valid_i,
  input  logic [IndexBits-1:0]  param_index_i,
  input  logic [8*Pc*Pk-1:0]    param_data_i,
  input  logic                  pixel_valid_i,
  input  logic                  pixel_block_first_i,  // first pixel of a K-block
  input  logic [AccBits*Pk-1:0] acc_i,
  output logic                  swap_o,               // the shadow set has been swapped in and is free
  output logic                  word_valid_o,
  output logic [63:0]           word_data_o
);
  localparam int Groups = Pk / Lanes;
  localparam int GroupBits = Groups > 1 ? $clog2(Groups) : 1;
  localparam int ParamWords = 8 / Pc;
  localparam int ParamChannels = Pk / ParamWords;
  localparam int LaneLatency = 9;
  localparam int LateDelay = 8;
  localparam int Parts = 8 / Lanes;  // lane groups per 64-bit word
  localparam int PairDelay = 5;      // when a lane adds the pair

  initial begin
    if (Lanes != 1 && Lanes != 2 && Lanes != 4 && Lanes != 8) $fatal(1, "fr_requant: Lanes must be 1, 2, 4 or 8");
    if (Pk % 8 != 0) $fatal(1, "fr_requant: Pk must be a multiple of 8");
  end

  logic [AccBits*Pk-1:0]     hold_q;
  logic [64*Pk-1:0]          shadow_q, active_q;
  logic [23:0]               shadow_common_q, active_common_q;
  logic                      shadow_pair_q, pair_q, leaves;
  logic [PairDelay-1:0]      late_pair_q;
  logic [24*LateDelay-1:0]   late_q;
  logic [GroupBits-1:0]      group_q;
  logic                      busy_q;
  logic [LaneLatency-1:0]    valid_q;
  logic [8*Lanes-1:0]        lanes_q;

  assign swap_o = pixel_valid_i && pixel_block_first_i;

  always_ff @(posedge clk_i) begin
    if (param_start_i) begin
      shadow_common_q <= {high_i, low_i, zero_point_i};
      shadow_pair_q <= pair_i && Pk > 8;
    end
    if (swap_o) begin
      active_q <= shadow_q;
      active_common_q <= shadow_common_q;
      pair_q <= shadow_pair_q;
    end
    if (pixel_valid_i) hold_q <= acc_i;
    late_q <= {late_q[24*(LateDelay-1)-1:0], active_common_q};
    late_pair_q <= {late_pair_q[PairDelay-2:0], pair_q};
  end

  // Of a pair's lane groups only those of channels 8..15 have a result.
  if (Groups >= 2 * Parts) begin : g_pair
    assign leaves = !pair_q || group_q >> $clog2(Parts) == GroupBits'(1);
  end else begin : g_no_pair
    assign leaves = 1'b1;
  end

  for (genvar p = 0; p < ParamWords; p++) begin : g_param
    always_ff @(posedge clk_i) begin
      if (param_valid_i && param_index_i == IndexBits'(p))
        shadow_q[64*ParamChannels*p+:64*ParamChannels] <= param_data_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      valid_q <= '0;
    end else begin
      if (pixel_valid_i) busy_q <= 1'b1;
      else if (group_q == GroupBits'(Groups - 1)) busy_q <= 1'b0;
      valid_q <= {valid_q[LaneLatency-2:0], busy_q && leaves};
    end
    if (pixel_valid_i || Groups == 1) group_q <= '0;
    else group_q <= group_q + GroupBits'(1);
  end

  for (genvar l = 0; l < Lanes; l++) begin : g_lane
    // Group g of this lane is channel g*Lanes + l: a chain of two-way choices.
    for (genvar g = 0; g < Groups; g++) begin : g_pick
      logic [AccBits-1:0] acc;
      logic [63:0]        param;
      if (g == 0) begin : g_first
        assign acc = hold_q[AccBits*l+:AccBits];
        assign param = active_q[64*l+:64];
      end else begin : g_other
        logic here;
        assign here = group_q == GroupBits'(g);
        assign acc = here ? hold_q[AccBits*(g*Lanes+l)+:AccBits] : g_pick[g-1].acc;
        assign param = here ? active_q[64*(g*Lanes+l)+:64] : g_pick[g-1].param;
      end
    end
    logic [AccBits-1:0] acc;
    logic [63:0]        param;
    assign acc = g_pick[Groups-1].acc;
    assign param = g_pick[Groups-1].param;
    fr_requant_lane #(
      .AccBits   (AccBits),
      .PairDelay (Pk > 8 ? Parts : 0)
    ) u_lane (
      .clk_i,
      .acc_i             (acc),
      .bias_i            (param[63:37]),
      .multiplier_i      (param[30:0]),
      .shift_i           (param[35:31]),
      .late_round_i      (!late_pair_q[2]),
      .late_pair_i       (late_pair_q[4]),
      .late_zero_point_i (late_q[24*(LateDelay-1)+:8]),
      .late_low_i        (late_q[24*(LateDelay-1)+8+:8]),
      .late_high_i       (late_q[24*(LateDelay-1)+16+:8]),
      .q_o               (lanes_q[8*l+:8])
    );
  end

  if (Parts == 1) begin : g_whole
    assign word_valid_o = valid_q[LaneLatency-1];
    assign word_data_o = lanes_q;
  end else begin : g_parts
    // The first lane group ends in the low byte after Parts shifts.
    localparam int PartBits = $clog2(Parts);
    logic [PartBits-1:0] part_q;
    logic                word_valid_q;
    logic [63:0]         word_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        part_q <= '0;
        word_valid_q <= 1'b0;
      end else begin
        if (valid_q[LaneLatency-1]) part_q <= part_q + PartBits'(1);
        word_valid_q <= valid_q[LaneLatency-1] && part_q == PartBits'(Parts - 1);
      end
      if (valid_q[LaneLatency-1]) word_q <= {lanes_q, word_q[63:8*Lanes]};
    end
    assign word_valid_o = word_valid_q;
    assign word_data_o = word_q;
  end

  `FR_ASSERT(a_pixel_never_meets_a_busy_lane,
             !(pixel_valid_i && busy_q && group_q != GroupBits'(Groups - 1)))
endmodule

`default_nettype wire

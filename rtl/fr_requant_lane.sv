// One requantisation lane: int8 from an accumulator, as model/include/fragua/model/requantise.h has it.
//
// ```
// x = acc + bias                                 AccBits: the compiler proves that the sum does not overflow
// t = (x*m + 2^30) >> 31                         m = mh*2^17 + ml; floors nest, so two 25x18 products do:
//   = (x*mh + ((x*ml + 2^30) >> 17)) >> 14
// r = t / 2^s, nearest, ties away from zero
//   = (((2*(t - [t < 0 and s > 0])) >> s) + 1) >> 1
// q = clamp(r + zero_point, low, high)
// ```
// Two values that follow each other by PairDelay cycles, both with pair set, make one result, with the second:
// ```
// v = ((xa*ma) >> 17) + ((xb*mb) >> 17)          neither 2^30 nor the correction of ties
// r = ((v >> 14) + 2^(s-1)) >> s                 one rounding, ties up
// ```
// One value per cycle, 9 cycles after the accumulator. Zero point and limits come 8 cycles after it.
`default_nettype none

module fr_requant_lane #(
  parameter int AccBits = 25,   // accumulator width
  parameter int PairDelay = 1  // cycles from the first to the second value of a pair; 0 = no pairs
) (
  input  logic               clk_i,
  input  logic [AccBits-1:0] acc_i,         // signed
  input  logic [26:0]        bias_i,        // signed
  input  logic [30:0]        multiplier_i,  // unsigned, Q31
  input  logic [4:0]         shift_i,       // right shift
  input  logic               late_round_i,  // 3 cycles after the accumulator: not a pair
  input  logic               late_pair_i,   // 5 cycles after the accumulator
  input  logic [7:0]         late_zero_point_i,
  input  logic [7:0]         late_low_i,
  input  logic [7:0]         late_high_i,
  output logic [7:0]         q_o
);
  localparam int LowBits = AccBits + 17;   // |x * ml| < 2^(AccBits-1) * 2^17
  localparam int HighBits = AccBits + 14;  // |x * m| / 2^17 < 2^(AccBits-1) * 2^14

  // The digit at the end of a name is the pipeline stage that holds it.
  logic [AccBits-1:0]         acc1_q, bias1_q;
  logic [30:0]                multiplier1_q;
  logic [4:0]                 shift1_q, shift2_q, shift3_q, shift4_q, shift5_q, shift6_q;
  logic signed [AccBits-1:0]  x2_q, x3_q;
  logic signed [17:0]         low2_q;
  logic signed [14:0]         high2_q, high3_q;
  logic signed [LowBits-1:0]  low_product3_q;
  logic signed [LowBits-1:0]  low_sum4_q;
  logic signed [HighBits-1:0] high_product4_q, high_sum5_q;
  logic signed [HighBits:0]   sum5, addend5;
  logic signed [HighBits-1:0] first5;  // of a pair
  logic signed [AccBits:0]    t6_q;
  logic signed [AccBits+1:0]  doubled6, shifted7_q, rounded7;
  logic                       fits7;
  logic signed [9:0]          r8_q, biased8;
  logic [7:0]                 q9_q;

  // Minus one in t for a negative value that will be shifted, or the first value of a pair: one adder for both.
  assign addend5 = late_pair_i ? (HighBits + 1)'(first5)
                 : {{AccBits + 1{high_sum5_q[HighBits-1] && shift5_q != '0}}, 14'd0};
  assign sum5 = (HighBits + 1)'(high_sum5_q) + addend5;
  assign doubled6 = {t6_q, 1'b0};
  assign rounded7 = (shifted7_q + (AccBits + 2)'(1)) >>> 1;
  // Beyond 9 bits every zero point leaves the value outside int8, so it may saturate at 9 bits.
  assign fits7 = rounded7[AccBits+1:8] == {AccBits - 6{rounded7[AccBits+1]}};
  assign biased8 = r8_q + 10'($signed(late_zero_point_i));

  if (PairDelay > 0) begin : g_pair
    logic [HighBits*PairDelay-1:0] first_q;  // what high_sum5_q was, the oldest at the top
    always_ff @(posedge clk_i) first_q <= (HighBits * PairDelay)'({first_q, high_sum5_q});
    assign first5 = $signed(first_q[HighBits*PairDelay-1-:HighBits]);
  end else begin : g_no_pair
    assign first5 = '0;
  end

  always_ff @(posedge clk_i) begin
    acc1_q <= acc_i;
    bias1_q <= AccBits'($signed(bias_i));
    multiplier1_q <= multiplier_i;

    x2_q <= acc1_q + bias1_q;
    low2_q <= {1'b0, multiplier1_q[16:0]};
    high2_q <= {1'b0, multiplier1_q[30:17]};

    low_product3_q <= LowBits'(x2_q * low2_q);
    x3_q <= x2_q;
    high3_q <= high2_q;

    low_sum4_q <= low_product3_q + LowBits'({late_round_i, 30'd0});
    high_product4_q <= HighBits'(x3_q * high3_q);

    high_sum5_q <= high_product4_q + HighBits'(low_sum4_q >>> 17);

    t6_q <= (AccBits + 1)'(sum5 >>> 14);

    shifted7_q <= doubled6 >>> shift6_q;

    r8_q <= fits7 ? {rounded7[8], rounded7[8:0]} : {{2{rounded7[AccBits+1]}}, {8{!rounded7[AccBits+1]}}};

    q9_q <= biased8 < 10'($signed(late_low_i)) ? late_low_i :
            biased8 > 10'($signed(late_high_i)) ? late_high_i : biased8[7:0];

    shift1_q <= shift_i;
    shift2_q <= shift1_q;
    shift3_q <= shift2_q;
    shift4_q <= shift3_q;
    shift5_q <= shift4_q;
    shift6_q <= shift5_q;
  end

  assign q_o = q9_q;
endmodule

`default_nettype wire

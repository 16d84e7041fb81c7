// The multiply-accumulate array: Pc input channels x Pk output channels per step, output-stationary.
//
// ```
//            act byte c, delayed c mod 4 cycles
//                 v          v
//   pair 0   chain(c 0..3) chain(c 4..7) -> sum -> acc[0], acc[1]
//   pair 1   chain(c 0..3) chain(c 4..7) -> sum -> acc[2], acc[3]      weight byte k*Pc + c
//   ...                                                                 (k = output channel)
// ```
// The array never stalls: a step enters whenever `step_i` is high. The sums of a pixel leave in one cycle,
// Len + 4 cycles after the step that carried `last_i`.
//
// No overflow: a step adds at most Pc * 127 * 128 < 2^17; the compiler proves from the weights that the sum of
// all steps of a layer, with its bias, stays within AccBits. Sums wrap modulo 2^AccBits on the way.
`default_nettype none

module fr_array #(
  parameter int Pc = 8,        // input channels per step: 2, 4 or 8
  parameter int Pk = 16,       // output channels: even
  parameter int AccBits = 25,  // accumulator width
  localparam int Len = Pc < 4 ? Pc : 4,
  localparam int Chains = Pc / Len,
  localparam int SumDelay = Len + 3  // step_i to the sum of the chains
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  step_i,
  input  logic                  first_i,        // first step of a pixel
  input  logic                  last_i,         // last step of a pixel
  input  logic                  block_first_i,  // with last_i: first pixel of a K-block
  input  logic [      8*Pc-1:0] act_i,
  input  logic [   8*Pc*Pk-1:0] weight_i,
  output logic                       pixel_valid_o,  // acc_o is a finished pixel, for this cycle only
  output logic                       pixel_block_first_o,
  output logic      [AccBits*Pk-1:0] acc_o
);
  initial begin
    if (Pc != 2 && Pc != 4 && Pc != 8) $fatal(1, "fr_array: Pc must be 2, 4 or 8");
    if (Pk % 2 != 0) $fatal(1, "fr_array: Pk must be even");
    if (AccBits < 20 || AccBits > 32) $fatal(1, "fr_array: AccBits must be 20..32");
  end

  // Skew: channel c enters its chain c mod Len cycles late.
  logic [8*Pc-1:0] act_skewed;
  logic [8*Pc*Pk-1:0] weight_skewed;  // byte c*Pk + k: the skew makes whole rows of one channel move together
  for (genvar c = 0; c < Pc; c++) begin : g_skew
    localparam int Delay = c % Len;
    logic [8*Pk-1:0] row;
    for (genvar k = 0; k < Pk; k++) begin : g_gather
      assign row[8*k+:8] = weight_i[8*(k*Pc+c)+:8];
    end
    if (Delay == 0) begin : g_none
      assign act_skewed[8*c+:8] = act_i[8*c+:8];
      assign weight_skewed[8*Pk*c+:8*Pk] = row;
    end else begin : g_delay
      for (genvar d = 0; d < Delay; d++) begin : g_stage
        logic [     7:0] act_q;
        logic [8*Pk-1:0] row_q;
        if (d == 0) begin : g_in
          always_ff @(posedge clk_i) begin
            act_q <= act_i[8*c+:8];
            row_q <= row;
          end
        end else begin : g_next
          always_ff @(posedge clk_i) begin
            act_q <= g_stage[d-1].act_q;
            row_q <= g_stage[d-1].row_q;
          end
        end
      end
      assign act_skewed[8*c+:8] = g_stage[Delay-1].act_q;
      assign weight_skewed[8*Pk*c+:8*Pk] = g_stage[Delay-1].row_q;
    end
  end

  // Flags of the step whose chain sums are being added, and of the one being accumulated.
  logic [SumDelay-1:0] step_q;
  logic [SumDelay-1:0] first_q;
  logic [SumDelay-1:0] last_q;
  logic [SumDelay-1:0] block_first_q;
  logic pixel_valid_q;
  logic pixel_block_first_q;
  logic add_step;
  logic add_first;
  assign add_step = step_q[SumDelay-1];
  assign add_first = first_q[SumDelay-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q <= '0;
      pixel_valid_q <= 1'b0;
    end else begin
      step_q <= {step_q[SumDelay-2:0], step_i};
      pixel_valid_q <= add_step && last_q[SumDelay-1];
    end
    first_q <= {first_q[SumDelay-2:0], first_i};
    last_q <= {last_q[SumDelay-2:0], last_i};
    block_first_q <= {block_first_q[SumDelay-2:0], block_first_i};
    pixel_block_first_q <= block_first_q[SumDelay-1];
  end

  for (genvar j = 0; j < Pk / 2; j++) begin : g_pair
    logic [34*Chains-1:0] sums;
    for (genvar h = 0; h < Chains; h++) begin : g_chain
      logic [8*Len-1:0] weight0;
      logic [8*Len-1:0] weight1;
      for (genvar i = 0; i < Len; i++) begin : g_byte
        assign weight0[8*i+:8] = weight_skewed[8*(Pk*(h*Len+i)+2*j)+:8];
        assign weight1[8*i+:8] = weight_skewed[8*(Pk*(h*Len+i)+2*j+1)+:8];
      end
      fr_dsp_chain #(
        .Len(Len)
      ) u_chain (
        .clk_i,
        .act_i(act_skewed[8*Len*h+:8*Len]),
        .weight0_i(weight0),
        .weight1_i(weight1),
        .sum_o(sums[34*h+:34])
      );
    end

    // Sum of the chains. S1 wants bit 16 of each chain added; the first rides as the carry into this
    // adder (the extra low bit), the second as the carry into the accumulator.
    logic signed [17:0] even_q;
    logic signed [17:0] odd_q;
    logic carry_q;
    if (Chains == 1) begin : g_one
      logic signed [17:0] even;
      logic signed [17:0] odd;
      assign even = {sums[16], sums[16:0]};
      assign odd = {sums[33], sums[33:17]};
      always_ff @(posedge clk_i) begin
        even_q <= even;
        odd_q <= odd;
        carry_q <= sums[16];
      end
    end else begin : g_two
      logic [18:0] odd;
      assign odd = {sums[33], sums[33:17], 1'b1} + {sums[67], sums[67:51], sums[16]};
      always_ff @(posedge clk_i) begin
        even_q <= {sums[16], sums[16:0]} + {sums[50], sums[50:34]};
        odd_q <= odd[18:1];
        carry_q <= sums[50];
      end
    end

    // The addend comes first: Yosys puts the first operand on the carry multiplexers, and the masked
    // accumulator then shares the LUT of the sum.
    logic [AccBits-1:0] even_acc_q;
    logic [AccBits:0] odd_acc;
    logic [AccBits-1:0] odd_acc_q;
    assign odd_acc = {AccBits'(odd_q), 1'b1} + {add_first ? {AccBits{1'b0}} : odd_acc_q, carry_q};
    always_ff @(posedge clk_i) begin
      if (add_step) begin
        even_acc_q <= AccBits'(even_q) + (add_first ? {AccBits{1'b0}} : even_acc_q);
        odd_acc_q <= odd_acc[AccBits:1];
      end
    end
    assign acc_o[AccBits*(2*j)+:AccBits] = even_acc_q;
    assign acc_o[AccBits*(2*j+1)+:AccBits] = odd_acc_q;
  end

  assign pixel_valid_o = pixel_valid_q;
  assign pixel_block_first_o = pixel_block_first_q;
endmodule

`default_nettype wire

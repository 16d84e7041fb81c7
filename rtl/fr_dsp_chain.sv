// Systolic chain of `Len` DSP48E1, each making two int8 products that share an activation.
//
// Two weights travel in one 25-bit operand, w1 * 2^17 + w0. The sum of up to four packed products is
// S1 * 2^17 + S0 with |S0| <= 4 * 127 * 128 = 65024 < 2^16, so S0 is the signed value of bits 16:0, and S1 is
// bits 33:17 plus one when S0 is negative, that is plus bit 16. Weights are -127..127, activations -128..127.
//
// Input i must arrive i cycles after input 0 of the same step: each link adds its product to the sum that
// the link before it made one cycle earlier. Latency from input i to the sum: 3 + Len - 1 - i cycles.
`default_nettype none

module fr_dsp_chain #(
  parameter int Len = 4  // products per sum: 1..4
) (
  input  logic             clk_i,
  input  logic [8*Len-1:0] act_i,      // byte i = activation i
  input  logic [8*Len-1:0] weight0_i,  // byte i = weight i of the even output channel
  input  logic [8*Len-1:0] weight1_i,  // byte i = weight i of the odd output channel
  output logic      [     33:0] sum_o       // S1 * 2^17 + S0
);
  initial begin
    if (Len < 1 || Len > 4) $fatal(1, "fr_dsp_chain: Len must be 1..4, the packed sums overlap beyond");
  end

  for (genvar i = 0; i < Len; i++) begin : g_link
    logic signed [ 7:0] w0;
    logic signed [ 7:0] w1;
    logic signed [24:0] pair;
    logic signed [ 7:0] act_q;
    logic signed [24:0] pair_q;
    logic signed [31:0] product_q;  // |pair * act| <= 127 * (2^17 + 1) * 128 < 2^31
    logic signed [47:0] sum_q;

    assign w0 = weight0_i[8*i+:8];
    assign w1 = weight1_i[8*i+:8];
    // The DSP48E1's pre-adder makes this sum.
    assign pair = $signed({w1, 17'd0}) + 25'(w0);

    always_ff @(posedge clk_i) begin
      act_q <= act_i[8*i+:8];
      pair_q <= pair;
      product_q <= 32'(pair_q) * 32'(act_q);
    end

    if (i == 0) begin : g_head
      always_ff @(posedge clk_i) sum_q <= 48'(product_q);
    end else begin : g_tail
      always_ff @(posedge clk_i) sum_q <= g_link[i-1].sum_q + 48'(product_q);
    end
  end

  assign sum_o = g_link[Len-1].sum_q[33:0];
endmodule

`default_nettype wire

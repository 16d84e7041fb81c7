// Dependency tokens: one counter each, posted by one unit and taken by another (COMMANDS.md).
`default_nettype none
`include "fr_assert.svh"

module fr_tokens (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [fr_pkg::TOKENS-1:0] post_i,   // one-cycle pulses
  input  logic [fr_pkg::TOKENS-1:0] take_i,   // one-cycle pulses, only where avail_o
  output logic [fr_pkg::TOKENS-1:0] avail_o,
  output logic                      overflow_o  // a post found its counter full; the token is lost
);
  logic [fr_pkg::TOKENS-1:0] over;

  assign overflow_o = |over;

  for (genvar t = 0; t < fr_pkg::TOKENS; t++) begin : g_token
    logic [7:0] count_q;

    assign avail_o[t] = count_q != '0;
    assign over[t]    = post_i[t] && !take_i[t] && count_q == 8'(fr_pkg::TOKEN_MAX);

    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q <= '0;
      else if (post_i[t] != take_i[t] && !over[t]) count_q <= post_i[t] ? count_q + 1'b1 : count_q - 1'b1;
    end

    `FR_ASSERT(a_token_is_only_taken_when_there, !take_i[t] || avail_o[t])
  end
endmodule

`default_nettype wire

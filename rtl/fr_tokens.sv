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
  logic [fr_pkg::TOKENS-1:0] over, exact;

  assign overflow_o = |over;

  for (genvar t = 0; t < fr_pkg::TOKENS; t++) begin : g_token
    logic [7:0] count_d, count_q;

    assign avail_o[t] = count_q != '0;
    assign over[t]    = post_i[t] && !take_i[t] && count_q == 8'(fr_pkg::TOKEN_MAX);

    assign count_d = post_i[t] == take_i[t] || over[t] ? count_q : post_i[t] ? count_q + 1'b1 : count_q - 1'b1;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q <= '0;
      else count_q <= count_d;
    end

    // In more bits than the counter has: neither side can wrap.
    assign exact[t] = {2'b00, count_d} + 10'(take_i[t]) + 10'(over[t]) == {2'b00, count_q} + 10'(post_i[t]);
  end

  `FR_ASSERT(a_token_is_only_taken_when_there, (take_i & ~avail_o) == '0)
  `FR_ASSERT(counters_move_by_what_is_posted_and_taken, &exact)
endmodule

`default_nettype wire

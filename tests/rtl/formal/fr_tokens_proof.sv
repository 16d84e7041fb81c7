// Proof obligations of fr_tokens for units that take only what is there. That a counter moves by exactly what is posted
// and taken, in more bits than it has, is asserted in the module itself; here: a full counter keeps its tokens, and
// nothing is lost without a word.
`default_nettype none

module fr_tokens_proof (
  input logic                      clk_i,
  input logic                      rst_ni,
  input logic [fr_pkg::TOKENS-1:0] post_i,
  input logic [fr_pkg::TOKENS-1:0] take_i
);
  logic [fr_pkg::TOKENS-1:0] avail, post_q;
  logic                      overflow, checked_q;

  fr_tokens u_tokens (.clk_i, .rst_ni, .post_i, .take_i, .avail_o(avail), .overflow_o(overflow));

  always_ff @(posedge clk_i) begin
    checked_q <= rst_ni;
    post_q    <= post_i & ~take_i;
  end

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;

  always @(posedge clk_i) begin
    if (!started_q) assume (!rst_ni);
    assume ((take_i & ~avail) == '0);
    if (started_q && rst_ni && checked_q) begin
      a_posted_token_is_there: assert ((post_q & ~avail) == '0);
      overflow_needs_a_post: assert (!overflow || post_i != '0);
    end
  end
endmodule

`default_nettype wire

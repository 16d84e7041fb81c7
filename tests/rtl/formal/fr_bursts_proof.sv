// Proof obligations of fr_bursts: the bursts of a run follow one another without gap or overlap from its first word to
// its last, none has no beat or more than 16, none crosses 128 bytes, and a burst that waits stays as it is.
`default_nettype none

module fr_bursts_proof (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        run_valid_i,
  input logic [31:0] run_addr_i,
  input logic [23:0] run_words_i,
  input logic        burst_ready_i
);
  logic        idle, run_ready, burst_valid;
  logic [31:0] burst_addr;
  logic [4:0]  burst_beats;

  fr_bursts u_bursts (
    .clk_i, .rst_ni, .idle_o(idle), .run_valid_i, .run_ready_o(run_ready), .run_addr_i, .run_words_i,
    .burst_valid_o(burst_valid), .burst_ready_i, .burst_addr_o(burst_addr), .burst_beats_o(burst_beats)
  );

  // What the block keeps inside, by the names it has in the flattened design: the induction has to know how it goes with
  // what is owed.
  (* hierconn *) logic [23:0] \u_bursts.left_q ;
  (* hierconn *) logic [28:0] \u_bursts.word_q ;
  logic [24:0] kept;
  assign kept = {1'b0, \u_bursts.left_q } + (burst_valid ? {20'd0, burst_beats} : 25'd0);

  // Words of the run that are still to come, and where the next one is.
  logic [24:0] owed_q;
  logic [28:0] next_q;
  logic        waits_q, waited_q;
  logic [36:0] was_q;
  logic        started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    waits_q   <= rst_ni && burst_valid && !burst_ready_i;
    waited_q  <= rst_ni && owed_q != '0 && !burst_valid;  // one cycle without a burst is all a run may take
    was_q     <= {burst_addr, burst_beats};
    if (!rst_ni) begin
      owed_q <= '0;
    end else if (run_valid_i && run_ready) begin
      owed_q <= {1'b0, run_words_i};
      next_q <= run_addr_i[31:3];
    end else if (burst_valid && burst_ready_i) begin
      owed_q <= owed_q - {20'd0, burst_beats};
      next_q <= next_q + {24'd0, burst_beats};
    end
  end

  always @(posedge clk_i) begin
    if (!started_q) assume (!rst_ni);
    assume (!run_valid_i || (run_addr_i[2:0] == 3'b000 && run_words_i != '0));
    if (started_q && rst_ni) begin
      idle_when_nothing_is_owed: assert (idle == (owed_q == '0));
      owed_is_kept: assert (kept == owed_q);
      the_rest_follows: assert (\u_bursts.left_q == '0
                                || \u_bursts.word_q == next_q + (burst_valid ? {24'd0, burst_beats} : 29'd0));
      no_burst_that_is_not_owed: assert (!burst_valid || owed_q != '0);
      owed_words_are_asked_for: assert (burst_valid || owed_q == '0 || !waited_q);
      no_more_than_is_owed: assert (!burst_valid || {20'd0, burst_beats} <= owed_q);
      in_sequence: assert (!burst_valid || burst_addr == {next_q, 3'b000});
      one_to_sixteen_beats: assert (!burst_valid || (burst_beats >= 5'd1 && burst_beats <= 5'd16));
      within_128_bytes: assert (!burst_valid || {1'b0, burst_addr[6:3]} + burst_beats <= 5'd16);
      waits_unchanged: assert (!waits_q || (burst_valid && was_q == {burst_addr, burst_beats}));
    end
  end
endmodule

`default_nettype wire

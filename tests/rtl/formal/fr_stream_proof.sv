// Proof obligations of a valid/ready stage (fr_skid or fr_fifo) for any sequence of inputs: it offers what it was given, in
// order, holds it until taken, and neither loses nor invents a word. The words are the numbers 0, 1, 2, ... modulo
// 2^Width, so order, loss and doubling show in the data alone; Width is large enough to tell all words inside apart.
`default_nettype none

module fr_stream_proof #(
  parameter int UseFifo = 0,
  parameter int Width = 4,
  parameter int Depth = 4
) (
  input logic clk_i,
  input logic rst_ni,
  input logic in_valid_i,
  input logic out_ready_i
);
  logic [Width-1:0] next_in_q, next_out_q, out_data;
  logic             in_ready, out_valid;
  logic             held_q;  // the output was offered and not taken in the last cycle

  if (UseFifo != 0) begin : g_fifo
    fr_fifo #(.Width(Width), .Depth(Depth)) u_stage (
      .clk_i, .rst_ni,
      .push_valid_i(in_valid_i), .push_ready_o(in_ready), .push_data_i(next_in_q),
      .pop_valid_o(out_valid), .pop_ready_i(out_ready_i), .pop_data_o(out_data), .level_o()
    );
  end else begin : g_skid
    fr_skid #(.Width(Width)) u_stage (
      .clk_i, .rst_ni,
      .in_valid_i(in_valid_i), .in_ready_o(in_ready), .in_data_i(next_in_q),
      .out_valid_o(out_valid), .out_ready_i(out_ready_i), .out_data_o(out_data)
    );
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      next_in_q  <= '0;
      next_out_q <= '0;
      held_q     <= 1'b0;
    end else begin
      if (in_valid_i && in_ready) next_in_q <= next_in_q + 1'b1;
      if (out_valid && out_ready_i) next_out_q <= next_out_q + 1'b1;
      held_q <= out_valid && !out_ready_i;
    end
  end

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;

  always @(posedge clk_i) begin
    if (!started_q) assume (!rst_ni);
    if (started_q && rst_ni) begin
      in_order: assert (!out_valid || out_data == next_out_q);
      not_withdrawn: assert (!held_q || out_valid);
      none_invented: assert (!out_valid || next_out_q != next_in_q);
    end
  end
endmodule

`default_nettype wire

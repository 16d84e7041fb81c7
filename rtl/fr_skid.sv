// Register slice of a valid/ready stream: both directions registered, one word per cycle, two words of storage.
`default_nettype none
`include "fr_assert.svh"

module fr_skid #(
  parameter int Width = 64  // bits per word
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);
  // The spare register takes the word that arrives in the cycle in which the output stalls.
  logic             out_valid_q, spare_valid_q;
  logic [Width-1:0] out_data_q, spare_data_q;
  logic             advance;

  assign in_ready_o  = !spare_valid_q;
  assign out_valid_o = out_valid_q;
  assign out_data_o  = out_data_q;
  assign advance     = out_ready_i || !out_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      out_valid_q   <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (advance) begin
      out_valid_q   <= in_valid_i || spare_valid_q;
      spare_valid_q <= 1'b0;
    end else if (in_valid_i && in_ready_o) begin
      spare_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance && (spare_valid_q || in_valid_i)) begin
      out_data_q <= spare_valid_q ? spare_data_q : in_data_i;
    end
    if (!advance && in_valid_i && in_ready_o) spare_data_q <= in_data_i;
  end

  `FR_ASSERT(spare_is_only_used_behind_a_full_output, !spare_valid_q || out_valid_q)
endmodule

`default_nettype wire

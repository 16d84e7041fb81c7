// Soft reset: waits until the bus owes nothing and is owed nothing, then holds the core in reset until released.
`default_nettype none

module fr_soft_reset (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic request_i,   // level
  input  logic bus_idle_i,  // no burst in flight in either direction; stays so while request_i holds the ports
  output logic in_reset_o
);
  logic in_reset_q;

  assign in_reset_o = in_reset_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) in_reset_q <= 1'b0;
    else in_reset_q <= request_i && (in_reset_q || bus_idle_i);
  end
endmodule

`default_nettype wire

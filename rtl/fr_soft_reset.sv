// Soft reset: once asked for, waits until the bus owes nothing and is owed nothing, then holds the core in reset until
// released. It cannot be called off: what the halt has dropped would be missing.
`default_nettype none
`include "fr_assert.svh"

module fr_soft_reset (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic request_i,   // level
  input  logic bus_idle_i,  // no burst in flight in either direction; stays so while halt_o holds the ports
  output logic halt_o,
  output logic in_reset_o
);
  logic drain_q, in_reset_q, reached;

  assign halt_o     = request_i || drain_q;
  assign reached    = halt_o && bus_idle_i;
  assign in_reset_o = in_reset_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      drain_q    <= 1'b0;
      in_reset_q <= 1'b0;
    end else begin
      drain_q    <= !in_reset_q && halt_o && !reached;
      in_reset_q <= in_reset_q ? request_i : reached;
    end
  end

  `FR_ASSERT(a_reset_is_either_awaited_or_reached, !(drain_q && in_reset_q))
endmodule

`default_nettype wire

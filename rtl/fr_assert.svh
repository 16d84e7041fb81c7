// Assertions in the one form that Verilator, Icarus and Yosys all read. On in simulation, proved where Yosys is asked to
// (FORMAL), absent from synthesis. `FR_ASSERT(a_sentence_as_a_name, condition) holds in every cycle out of reset; it needs
// clk_i and rst_ni in scope.
`ifndef FR_ASSERT_SVH
`define FR_ASSERT_SVH
`ifdef FORMAL
`define FR_ASSERT(name, condition) \
  always @(posedge clk_i) begin \
    if (rst_ni) name: assert (condition); \
  end
`elsif SYNTHESIS
`define FR_ASSERT(name, condition)
`else
`define FR_ASSERT(name, condition) \
  always @(posedge clk_i) begin : name \
    if (rst_ni && !(condition)) $error("%m"); \
  end
`endif
`endif

// Assertions in the one form that Verilator, Icarus and Yosys all read. On in simulation, absent from synthesis.
// `FR_ASSERT(a_sentence_as_a_name, condition) holds in every cycle out of reset; needs clk_i and rst_ni in scope.
`ifndef FR_ASSERT_SVH
`define FR_ASSERT_SVH
`ifdef SYNTHESIS
`define FR_ASSERT(name, condition)
`else
`define FR_ASSERT(name, condition) \
  always @(posedge clk_i) begin : name \
    if (rst_ni && !(condition)) $error("%m"); \
  end
`endif
`endif

// Two-dimensional transfer -> one-dimensional runs: `runs` times `words` consecutive words, `stride` bytes apart.
`default_nettype none

module fr_runs (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,   // accepted only while idle_o
  input  logic [31:0] addr_i,    // bytes, multiple of 8
  input  logic [31:0] stride_i,  // bytes, multiple of 8
  input  logic [15:0] runs_i,    // >= 1
  output logic        idle_o,
  output logic        run_valid_o,
  input  logic        run_ready_i,
  output logic [31:0] run_addr_o
);
  logic [15:0] left_q;
  logic [31:0] addr_q, stride_q;

  assign idle_o      = left_q == '0;
  assign run_valid_o = !idle_o;
  assign run_addr_o  = addr_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) left_q <= '0;
    else if (idle_o && start_i) left_q <= runs_i;
    else if (run_valid_o && run_ready_i) left_q <= left_q - 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (idle_o && start_i) begin
      addr_q   <= addr_i;
      stride_q <= stride_i;
    end else if (run_valid_o && run_ready_i) begin
      addr_q <= addr_q + stride_q;
    end
  end
endmodule

`default_nettype wire

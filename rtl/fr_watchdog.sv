// Bites when the engine has been busy for `limit_i` cycles without progress.
`default_nettype none

module fr_watchdog (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] limit_i,     // cycles; 0 = off
  input  logic        busy_i,
  input  logic        progress_i,
  output logic        bite_o
);
  logic [31:0] quiet_q;

  assign bite_o = busy_i && limit_i != '0 && quiet_q >= limit_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || !busy_i || progress_i) quiet_q <= '0;
    else if (!bite_o) quiet_q <= quiet_q + 1'b1;
  end
endmodule

`default_nettype wire

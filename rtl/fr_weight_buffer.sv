// The weight buffer: one word of Pc*Pk bytes per read, written in 64-bit slices (slice s = bytes 8s..8s+7).
// A read answers two cycles later.
`default_nettype none

module fr_weight_buffer #(
  parameter int Pc = 8,             // input channels per step
  parameter int Pk = 16,            // output channels
  parameter int WeightWords = 512,  // words, a power of two
  localparam int WeightBits = $clog2(WeightWords)
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [WeightBits-1:0] write_addr_i,
  input  logic [7:0]            write_slice_i,
  input  logic [63:0]           write_data_i,
  input  logic                  read_i,
  input  logic [WeightBits-1:0] read_addr_i,
  output logic [8*Pc*Pk-1:0]    read_data_o
);
  localparam int Slices = Pc * Pk / 8;

  initial if (WeightWords != 1 << WeightBits) $fatal(1, "fr_weight_buffer: WeightWords must be a power of two");

  for (genvar s = 0; s < Slices; s++) begin : g_slice
    fr_ram_1r1w #(
      .Width     (64),
      .Depth     (WeightWords),
      .OutputReg (1)
    ) u_ram (
      .clk_i,
      .write_i      (write_i && write_slice_i == 8'(s)),
      .write_addr_i,
      .write_data_i,
      .read_i,
      .read_addr_i,
      .read_data_o  (read_data_o[64*s+:64])
    );
  end
endmodule

`default_nettype wire

// Block RAM with one read port and one write port.
//
// A read answers one cycle later (two with `OutputReg`) and the data hold until the next read. A read of a word
// that is written in the same cycle gives the old contents.
`default_nettype none

module fr_ram_1r1w #(
  parameter int Width = 64,      // bits per word
  parameter int Depth = 512,     // words, >= 2
  parameter int OutputReg = 1,   // 1 = second output register, as the block RAM has it
  localparam int AddrBits = $clog2(Depth)
) (
  input  logic                clk_i,
  input  logic                write_i,
  input  logic [AddrBits-1:0] write_addr_i,
  input  logic [   Width-1:0] write_data_i,
  input  logic                read_i,
  input  logic [AddrBits-1:0] read_addr_i,
  output logic      [   Width-1:0] read_data_o
);
  initial begin
    if (Depth < 2 || Width < 1) $fatal(1, "fr_ram_1r1w: Depth >= 2 and Width >= 1 are required");
  end

  (* ram_style = "block" *) logic [Width-1:0] mem[Depth];
  logic [Width-1:0] read_q;

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_addr_i] <= write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_i) read_q <= mem[read_addr_i];
  end

  if (OutputReg != 0) begin : g_output_reg
    logic             read_valid_q;
    logic [Width-1:0] out_q;
    always_ff @(posedge clk_i) begin
      read_valid_q <= read_i;
      if (read_valid_q) out_q <= read_q;
    end
    assign read_data_o = out_q;
  end else begin : g_direct
    assign read_data_o = read_q;
  end
endmodule

`default_nettype wire

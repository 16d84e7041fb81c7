// First-in first-out queue: a memory with registered read and an output register, one word per cycle each way.
// Holds Depth + 1 words. A pushed word can be popped two cycles later. Small depths become LUTRAM, large ones BRAM.
`default_nettype none
`include "fr_assert.svh"

module fr_fifo #(
  parameter int Width = 64,  // bits per word
  parameter int Depth = 16,  // words in the memory, a power of two >= 2
  localparam int AddrBits = $clog2(Depth)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              push_valid_i,
  output logic              push_ready_o,
  input  logic [Width-1:0]  push_data_i,
  output logic              pop_valid_o,
  input  logic              pop_ready_i,
  output logic [Width-1:0]  pop_data_o,
  output logic [AddrBits:0] level_o  // words in the memory, without the output register
);
  logic [Width-1:0]    mem [Depth];
  logic [AddrBits-1:0] write_q, read_q;
  logic [AddrBits:0]   level_q;
  logic                valid_q;
  logic [Width-1:0]    data_q;
  logic                push, fetch;

  assign push_ready_o = !level_q[AddrBits];
  assign pop_valid_o  = valid_q;
  assign pop_data_o   = data_q;
  assign level_o      = level_q;
  assign push         = push_valid_i && push_ready_o;
  assign fetch        = (level_q != '0) && (!valid_q || pop_ready_i);

  // A word is fetched at the earliest in the cycle after its push, so one address is never read and
  // written in the same cycle.
  always_ff @(posedge clk_i) begin
    if (push) mem[write_q] <= push_data_i;
  end
  always_ff @(posedge clk_i) begin
    if (fetch) data_q <= mem[read_q];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      level_q <= '0;
      valid_q <= 1'b0;
    end else begin
      if (push) write_q <= write_q + 1'b1;
      if (fetch) read_q <= read_q + 1'b1;
      if (push != fetch) level_q <= push ? level_q + 1'b1 : level_q - 1'b1;
      if (fetch) valid_q <= 1'b1;
      else if (pop_ready_i) valid_q <= 1'b0;
    end
  end

  initial if (Depth < 2 || Depth != 1 << AddrBits) $fatal(1, "fr_fifo: Depth must be a power of two >= 2");

  `FR_ASSERT(level_never_exceeds_the_depth, level_q <= (AddrBits + 1)'(Depth))
  `FR_ASSERT(addresses_differ_by_the_level, level_q[AddrBits-1:0] == write_q - read_q)
endmodule

`default_nettype wire

// Commands of one unit: a queue of 64-bit words and the register that assembles the next whole command.
`default_nettype none
`include "fr_assert.svh"

module fr_command_queue #(
  parameter int Commands = 4  // commands in the queue, a power of two >= 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  output logic         empty_o,
  input  logic         word_valid_i,
  output logic         word_ready_o,
  input  logic [63:0]  word_i,       // eight per command, word 0 first
  output logic         cmd_valid_o,
  input  logic         cmd_ready_i,
  output logic [511:0] cmd_o         // word w in bits 64w+63 : 64w
);
  localparam int Words = Commands * 8;

  logic                   front_valid, front_take, full;
  logic [63:0]            front;
  logic [$clog2(Words):0] level;
  logic [3:0]             held_q;
  logic [511:0]           cmd_q;

  fr_fifo #(.Width(64), .Depth(Words)) u_words (
    .clk_i, .rst_ni,
    .push_valid_i(word_valid_i),
    .push_ready_o(word_ready_o),
    .push_data_i (word_i),
    .pop_valid_o (front_valid),
    .pop_ready_i (front_take),
    .pop_data_o  (front),
    .level_o     (level)
  );

  assign full        = held_q[3];
  assign front_take  = front_valid && !full;
  assign cmd_valid_o = full;
  assign cmd_o       = cmd_q;
  assign empty_o     = level == '0 && !front_valid && held_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) held_q <= '0;
    else if (full) begin
      if (cmd_ready_i) held_q <= '0;
    end else if (front_take) held_q <= held_q + 1'b1;
  end

  // Word 0 enters at the top and reaches the bottom after seven more.
  always_ff @(posedge clk_i) begin
    if (front_take) cmd_q <= {front, cmd_q[511:64]};
  end
endmodule

`default_nettype wire

// The buffers in front of the array: answers a read request two cycles later with the operands of the step.
//
// Two writers share the activation buffer: results come first, loaded words wait. The squeeze buffer is written by
// results only, the weight buffer by loads only.
`default_nettype none
`include "fr_assert.svh"

module fr_operand #(
  parameter int Pc = 8,               // input channels per step
  parameter int Pk = 16,              // output channels
  parameter int ActWords = 12800,     // activation buffer, 64-bit words
  parameter int SqueezeWords = 2048,  // squeeze buffer, 64-bit words
  parameter int WeightWords = 512,    // weight buffer, words of Pc*Pk bytes, a power of two
  localparam int WeightBits = $clog2(WeightWords)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Loads.
  input  logic                  load_act_valid_i,
  output logic                  load_act_ready_o,
  input  logic [15:0]           load_act_addr_i,
  input  logic [63:0]           load_act_data_i,
  input  logic                  load_weight_valid_i,
  input  logic [15:0]           load_weight_addr_i,
  input  logic [7:0]            load_weight_slice_i,
  input  logic [63:0]           load_weight_data_i,
  // Results.
  input  logic                  write_act_i,
  input  logic                  write_squeeze_i,
  input  logic [15:0]           write_addr_i,
  input  logic [63:0]           write_data_i,
  // Read request (fr_address).
  input  logic                  read_act_i,
  input  logic                  read_squeeze_i,
  input  logic [15:0]           read_addr_i,
  input  logic                  read_weight_i,
  input  logic [WeightBits-1:0] weight_addr_i,
  input  logic                  param_i,
  input  logic [1:0]            param_index_i,
  input  logic                  step_i,
  input  logic [1:0]            sub_i,
  input  logic                  pad_i,
  input  logic                  squeeze_i,
  input  logic [7:0]            pad_value_i,
  input  logic                  first_i,
  input  logic                  last_i,
  input  logic                  block_first_i,
  // Operands, two cycles later.
  output logic                  param_o,
  output logic [1:0]            param_index_o,
  output logic                  step_o,
  output logic                  first_o,
  output logic                  last_o,
  output logic                  block_first_o,
  output logic [8*Pc-1:0]       act_o,
  output logic [8*Pc*Pk-1:0]    weight_o
);
  localparam int ActBits = $clog2(ActWords);
  localparam int SqueezeBits = $clog2(SqueezeWords);
  localparam int FlagBits = 2 + 2 + 1 + 1 + 8 + 3;

  logic [63:0] act_word, squeeze_word, word;

  assign load_act_ready_o = !write_act_i;

  fr_ram_1r1w #(
    .Width     (64),
    .Depth     (ActWords),
    .OutputReg (1)
  ) u_act (
    .clk_i,
    .write_i      (write_act_i || load_act_valid_i),
    .write_addr_i (write_act_i ? write_addr_i[ActBits-1:0] : load_act_addr_i[ActBits-1:0]),
    .write_data_i (write_act_i ? write_data_i : load_act_data_i),
    .read_i       (read_act_i),
    .read_addr_i  (read_addr_i[ActBits-1:0]),
    .read_data_o  (act_word)
  );

  fr_ram_1r1w #(
    .Width     (64),
    .Depth     (SqueezeWords),
    .OutputReg (1)
  ) u_squeeze (
    .clk_i,
    .write_i      (write_squeeze_i),
    .write_addr_i (write_addr_i[SqueezeBits-1:0]),
    .write_data_i,
    .read_i       (read_squeeze_i),
    .read_addr_i  (read_addr_i[SqueezeBits-1:0]),
    .read_data_o  (squeeze_word)
  );

  fr_weight_buffer #(
    .Pc          (Pc),
    .Pk          (Pk),
    .WeightWords (WeightWords)
  ) u_weight (
    .clk_i,
    .write_i       (load_weight_valid_i),
    .write_addr_i  (load_weight_addr_i[WeightBits-1:0]),
    .write_slice_i (load_weight_slice_i),
    .write_data_i  (load_weight_data_i),
    .read_i        (read_weight_i),
    .read_addr_i   (weight_addr_i),
    .read_data_o   (weight_o)
  );

  logic [1:0]          step_q, param_q;
  logic [FlagBits-1:0] flags1_q, flags2_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q <= '0;
      param_q <= '0;
    end else begin
      step_q <= {step_q[0], step_i};
      param_q <= {param_q[0], param_i};
    end
    flags1_q <= {param_index_i, sub_i, pad_i, squeeze_i, pad_value_i, first_i, last_i, block_first_i};
    flags2_q <= flags1_q;
  end

  logic [1:0] sub;
  logic       pad, squeeze;
  logic [7:0] pad_value;
  assign {param_index_o, sub, pad, squeeze, pad_value, first_o, last_o, block_first_o} = flags2_q;
  assign step_o = step_q[1];
  assign param_o = param_q[1];
  assign word = squeeze ? squeeze_word : act_word;

  // One of the word's parts. With eight channels at once there is one: 8*8 is 0 in six bits, no shift.
  logic [8*Pc-1:0] part;
  assign part = (8 * Pc)'(word >> (6'(sub) * 6'(8 * Pc)));
  assign act_o = pad ? {Pc{pad_value}} : part;

  `FR_ASSERT(loads_name_words_that_exist, !load_act_valid_i || 32'(load_act_addr_i) < ActWords)
endmodule

`default_nettype wire

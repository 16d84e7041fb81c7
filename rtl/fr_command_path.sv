// From the ring in DDR to the three units: fr_fetch and one command queue each.
`default_nettype none

module fr_command_path #(
  parameter int QueueCommands = 4  // commands per queue, a power of two >= 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  input  logic         enable_i,
  input  logic [31:0]  ring_base_i,
  input  logic [31:0]  ring_size_i,
  input  logic [31:0]  tail_i,
  output logic [31:0]  head_o,
  output logic         busy_o,       // a command is on its way or waits

  output logic         burst_valid_o,
  input  logic         burst_ready_i,
  output logic [31:0]  burst_addr_o,
  input  logic         data_valid_i,
  input  logic [63:0]  data_i,

  output logic         load_valid_o,
  input  logic         load_ready_i,
  output logic [511:0] load_cmd_o,
  output logic         compute_valid_o,
  input  logic         compute_ready_i,
  output logic [511:0] compute_cmd_o,
  output logic         store_valid_o,
  input  logic         store_ready_i,
  output logic [511:0] store_cmd_o,

  output logic         error_valid_o,
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_addr_o,
  output logic [31:0]  error_tag_o
);
  logic        fetch_busy, load_empty, compute_empty, store_empty;
  logic        load_word_valid, load_word_ready, compute_word_valid, compute_word_ready;
  logic        store_word_valid, store_word_ready;
  logic [63:0] word;

  assign busy_o = fetch_busy || !load_empty || !compute_empty || !store_empty;

  fr_fetch u_fetch (
    .clk_i, .rst_ni, .halt_i, .enable_i, .ring_base_i, .ring_size_i, .tail_i, .head_o,
    .busy_o         (fetch_busy),
    .burst_valid_o, .burst_ready_i, .burst_addr_o, .data_valid_i, .data_i,
    .load_valid_o   (load_word_valid),
    .load_ready_i   (load_word_ready),
    .compute_valid_o(compute_word_valid),
    .compute_ready_i(compute_word_ready),
    .store_valid_o  (store_word_valid),
    .store_ready_i  (store_word_ready),
    .word_o         (word),
    .error_valid_o, .error_code_o, .error_addr_o, .error_tag_o
  );

  fr_command_queue #(.Commands(QueueCommands)) u_load (
    .clk_i, .rst_ni, .empty_o(load_empty),
    .word_valid_i(load_word_valid), .word_ready_o(load_word_ready), .word_i(word),
    .cmd_valid_o(load_valid_o), .cmd_ready_i(load_ready_i), .cmd_o(load_cmd_o)
  );
  fr_command_queue #(.Commands(QueueCommands)) u_compute (
    .clk_i, .rst_ni, .empty_o(compute_empty),
    .word_valid_i(compute_word_valid), .word_ready_o(compute_word_ready), .word_i(word),
    .cmd_valid_o(compute_valid_o), .cmd_ready_i(compute_ready_i), .cmd_o(compute_cmd_o)
  );
  fr_command_queue #(.Commands(QueueCommands)) u_store (
    .clk_i, .rst_ni, .empty_o(store_empty),
    .word_valid_i(store_word_valid), .word_ready_o(store_word_ready), .word_i(word),
    .cmd_valid_o(store_valid_o), .cmd_ready_i(store_ready_i), .cmd_o(store_cmd_o)
  );
endmodule

`default_nettype wire

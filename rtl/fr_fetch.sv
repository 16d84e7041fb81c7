// Reads commands from the ring in DDR and deals them, in ring order, to the queues of the three units.
// It asks for a command only when it has room for it, so its read data never block the load's.
`default_nettype none
`include "fr_assert.svh"

module fr_fetch (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        halt_i,       // ask for nothing, deal nothing
  input  logic        enable_i,     // ask for commands
  input  logic [31:0] ring_base_i,  // bytes
  input  logic [31:0] ring_size_i,  // log2 of commands
  input  logic [31:0] tail_i,       // commands made valid since reset
  output logic [31:0] head_o,       // commands dealt since reset
  output logic        busy_o,

  output logic        burst_valid_o,
  input  logic        burst_ready_i,
  output logic [31:0] burst_addr_o,  // 64 bytes
  input  logic        data_valid_i,
  input  logic [63:0] data_i,

  output logic        load_valid_o,
  input  logic        load_ready_i,
  output logic        compute_valid_o,
  input  logic        compute_ready_i,
  output logic        store_valid_o,
  input  logic        store_ready_i,
  output logic [63:0] word_o,

  output logic        error_valid_o,
  output logic [7:0]  error_code_o,
  output logic [31:0] error_addr_o,
  output logic [31:0] error_tag_o
);
  localparam int Room = 4;  // commands asked for and not yet dealt

  // Asking.
  typedef enum logic [1:0] {
    StIdle,   // waits for a doorbell and room
    StCheck,  // looks at the ring registers
    StAsk     // waits for the read port to take the burst
  } state_e;
  state_e      state_q, state_d;
  logic [31:0] asked_q, head_q, pending, unasked, ring_mask;
  logic [15:0] index;
  logic [25:0] command_q;  // the command to ask for, in commands of 64 bytes: never across a page
  logic        size_bad_q, base_bad, ring_bad;
  logic        room, dealt, asked;

  assign pending   = tail_i - head_q;
  assign unasked   = tail_i - asked_q;  // huge when TAIL has moved back behind what was asked for
  assign ring_mask = (32'd1 << ring_size_i[4:0]) - 32'd1;
  assign index     = asked_q[15:0] & ring_mask[15:0];
  assign base_bad  = ring_base_i[5:0] != '0;
  assign ring_bad  = state_q == StCheck && (size_bad_q || base_bad);
  assign room      = (asked_q - head_q) < 32'(Room);
  assign asked     = state_q == StAsk && burst_ready_i;
  assign head_o    = head_q;
  assign busy_o    = (enable_i && tail_i != head_q) || asked_q != head_q;

  assign burst_valid_o = state_q == StAsk;
  assign burst_addr_o  = {command_q, 6'd0};

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:  if (enable_i && !halt_i && tail_i != asked_q && room) state_d = StCheck;
      StCheck: if (!ring_bad) state_d = StAsk;
      StAsk:   if (burst_ready_i) state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      asked_q <= '0;
      head_q  <= '0;
    end else begin
      state_q <= state_d;
      if (asked) asked_q <= asked_q + 1'b1;
      if (dealt) head_q <= head_q + 1'b1;
    end
  end

  // The sizes are compared in the cycle before StCheck. What is then asked for is kept, whatever the host does to the
  // registers meanwhile.
  always_ff @(posedge clk_i) begin
    size_bad_q <= ring_size_i == '0 || ring_size_i > 32'd16 || pending > ring_mask + 32'd1 || unasked > pending;
    if (state_q == StCheck) command_q <= ring_base_i[31:6] + {10'd0, index};
  end

  // Dealing: word 0 decides for all eight.
  logic        word_valid, word_ready, first, known, mask_bad, deal, buffer_ready;
  logic [2:0]  word_q;
  logic [1:0]  unit, unit_q, unit_now;
  logic [3:0]  allowed_wait, allowed_post;
  logic [63:0] word;

  localparam logic [1:0] UnitLoad = 2'd0;
  localparam logic [1:0] UnitCompute = 2'd1;
  localparam logic [1:0] UnitStore = 2'd2;
  localparam logic [3:0] Lcw = 4'd1 << fr_pkg::TOKEN_LCW;
  localparam logic [3:0] Lca = 4'd1 << fr_pkg::TOKEN_LCA;
  localparam logic [3:0] Cl = 4'd1 << fr_pkg::TOKEN_CL;
  localparam logic [3:0] Sl = 4'd1 << fr_pkg::TOKEN_SL;

  fr_fifo #(.Width(64), .Depth(Room * 8)) u_buffer (
    .clk_i, .rst_ni,
    .push_valid_i(data_valid_i),
    .push_ready_o(buffer_ready),
    .push_data_i (data_i),
    .pop_valid_o (word_valid),
    .pop_ready_i (word_ready),
    .pop_data_o  (word),
    .level_o     ()
  );

  logic [7:0]  opcode, wait_mask, post_mask;
  logic [31:0] tag;
  assign tag       = word[fr_pkg::CMD_TAG_LSB +: fr_pkg::CMD_TAG_W];
  assign opcode    = word[fr_pkg::CMD_OPCODE_LSB +: fr_pkg::CMD_OPCODE_W];
  assign wait_mask = word[fr_pkg::CMD_WAIT_LSB +: fr_pkg::CMD_WAIT_W];
  assign post_mask = word[fr_pkg::CMD_POST_LSB +: fr_pkg::CMD_POST_W];

  always_comb begin
    known        = 1'b1;
    unit         = UnitStore;
    allowed_wait = 4'd0;
    allowed_post = Sl;
    unique case (opcode)
      fr_pkg::OP_LOAD: begin
        unit         = UnitLoad;
        allowed_wait = Cl | Sl;
        allowed_post = Lcw | Lca;
      end
      fr_pkg::OP_COMPUTE: begin
        unit         = UnitCompute;
        allowed_wait = Lcw | Lca;
        allowed_post = Cl;
      end
      fr_pkg::OP_STORE, fr_pkg::OP_SIGNAL: ;
      default: known = 1'b0;
    endcase
  end

  assign first    = word_q == '0;
  assign mask_bad = (wait_mask & ~{4'd0, allowed_wait}) != '0 || (post_mask & ~{4'd0, allowed_post}) != '0;
  assign deal     = word_valid && !halt_i && (!first || (known && !mask_bad));
  assign unit_now = first ? unit : unit_q;
  assign dealt    = deal && word_ready && word_q == 3'd7;
  assign word_o   = word;

  assign load_valid_o    = deal && unit_now == UnitLoad;
  assign compute_valid_o = deal && unit_now == UnitCompute;
  assign store_valid_o   = deal && unit_now == UnitStore;
  assign word_ready      = (load_valid_o && load_ready_i) || (compute_valid_o && compute_ready_i)
                           || (store_valid_o && store_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) word_q <= '0;
    else if (word_ready) word_q <= word_q + 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (first) unit_q <= unit;
  end

  // A command already here is older than one not yet asked for.
  always_comb begin
    error_valid_o = 1'b0;
    error_code_o  = fr_pkg::ERR_BAD_SHAPE;
    error_addr_o  = '0;
    error_tag_o   = tag;
    if (!halt_i && word_valid && first && (!known || mask_bad)) begin
      error_valid_o = 1'b1;
      if (!known) error_code_o = fr_pkg::ERR_ILLEGAL_OPCODE;
    end else if (!halt_i && ring_bad) begin
      error_valid_o = 1'b1;
      error_tag_o   = '1;
      if (base_bad) begin
        error_code_o = fr_pkg::ERR_MISALIGNED;
        error_addr_o = ring_base_i;
      end
    end
  end

  `FR_ASSERT(there_is_room_for_every_word_asked_for, !data_valid_i || buffer_ready)
endmodule

`default_nettype wire

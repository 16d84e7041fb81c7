// Chooses the register at a byte offset; unused offsets read 0.
`default_nettype none

module fr_regs_read #(
  parameter logic [31:0] CapsArray = 0,  // values of the CAPS registers
  parameter int CapsAct = 0,
  parameter int CapsSqueeze = 0,
  parameter int CapsWeight = 0,
  parameter int CapsPool = 0
) (
  input  logic [11:0]  offset_i,
  input  logic [31:0]  control_i,
  input  logic [31:0]  status_i,
  input  logic [31:0]  ring_base_i,
  input  logic [31:0]  ring_size_i,
  input  logic [31:0]  head_i,
  input  logic [31:0]  tail_i,
  input  logic [31:0]  sequence_i,
  input  logic [1:0]   irq_enable_i,
  input  logic [1:0]   irq_status_i,
  input  logic [7:0]   error_code_i,
  input  logic [31:0]  error_tag_i,
  input  logic [31:0]  error_addr_i,
  input  logic [31:0]  window_base_i,
  input  logic [31:0]  window_limit_i,
  input  logic [31:0]  watchdog_i,
  input  logic [511:0] stamp_i,
  output logic [31:0]  data_o
);
  // The counters stand in the register map in the order of the stamp record, so one index serves all.
  localparam int FirstWord = fr_pkg::STAMP_CYCLES_WORD;
  localparam int LastWord = fr_pkg::STAMP_WRITE_BEATS_WORD;

  logic [3:0]  word;
  logic [31:0] counter;
  logic        is_counter;

  assign word       = offset_i[5:2] - fr_pkg::REG_COUNT_CYCLES[5:2] + 4'(FirstWord);
  assign is_counter = offset_i >= fr_pkg::REG_COUNT_CYCLES && offset_i <= fr_pkg::REG_COUNT_WRITE_BEATS;
  assign counter    = stamp_i[32'(word) * 32 +: 32];

  initial if (32'(fr_pkg::REG_COUNT_WRITE_BEATS) - 32'(fr_pkg::REG_COUNT_CYCLES) != 4 * (LastWord - FirstWord))
    $fatal(1, "fr_regs_read: counters and stamp record are not in the same order");

  always_comb begin
    unique case (offset_i)
      fr_pkg::REG_ID:           data_o = fr_pkg::RESET_ID;
      fr_pkg::REG_VERSION:      data_o = fr_pkg::VERSION;
      fr_pkg::REG_ABI_HASH:     data_o = fr_pkg::ABI_HASH;
      fr_pkg::REG_CAPS_ARRAY:   data_o = CapsArray;
      fr_pkg::REG_CAPS_ACT:     data_o = 32'(CapsAct);
      fr_pkg::REG_CAPS_SQUEEZE: data_o = 32'(CapsSqueeze);
      fr_pkg::REG_CAPS_WEIGHT:  data_o = 32'(CapsWeight);
      fr_pkg::REG_CAPS_POOL:    data_o = 32'(CapsPool);
      fr_pkg::REG_CONTROL:      data_o = control_i;
      fr_pkg::REG_STATUS:       data_o = status_i;
      fr_pkg::REG_RING_BASE:    data_o = ring_base_i;
      fr_pkg::REG_RING_SIZE:    data_o = ring_size_i;
      fr_pkg::REG_HEAD:         data_o = head_i;
      fr_pkg::REG_TAIL:         data_o = tail_i;
      fr_pkg::REG_SEQUENCE:     data_o = sequence_i;
      fr_pkg::REG_IRQ_ENABLE:   data_o = 32'(irq_enable_i);
      fr_pkg::REG_IRQ_STATUS:   data_o = 32'(irq_status_i);
      fr_pkg::REG_ERROR_CODE:   data_o = 32'(error_code_i);
      fr_pkg::REG_ERROR_TAG:    data_o = error_tag_i;
      fr_pkg::REG_ERROR_ADDR:   data_o = error_addr_i;
      fr_pkg::REG_WINDOW_BASE:  data_o = window_base_i;
      fr_pkg::REG_WINDOW_LIMIT: data_o = window_limit_i;
      fr_pkg::REG_WATCHDOG:     data_o = watchdog_i;
      default:                  data_o = is_counter ? counter : '0;
    endcase
  end
endmodule

`default_nettype wire

// Turns the sequencer's steps into read addresses, with adders only, and tells taps that fall into the padding.
//
// ```
// act    = SRC_BASE + kb*SRC_GROUP_STEP + row + ix*(words per pixel) + block offset
// weight = first word of the K-block + parameter words + step within the pixel     (wraps at the buffer's end)
// ```
// Offsets step in the sequencer's cycle; the sums leave two cycles later, as read requests with their flags.
`default_nettype none

module fr_address #(
  parameter int Pc = 8,             // input channels per step
  parameter int Pk = 16,            // output channels
  parameter int WeightWords = 512,  // weight words, a power of two
  localparam int WeightBits = $clog2(WeightWords)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,         // a command begins: take its fields
  input  logic [511:0]          next_i,
  input  logic [15:0]           row_step_i,
  input  logic [15:0]           block_jump_i,
  input  logic                  param_i,
  input  logic                  param_first_i,
  input  logic [1:0]            param_index_i,
  input  logic                  step_i,
  input  logic [1:0]            sub_i,
  input  logic                  pixel_first_i,
  input  logic                  block_first_i,
  input  logic                  word_end_i,
  input  logic                  block_end_i,
  input  logic                  tap_end_i,
  input  logic                  tap_row_end_i,
  input  logic                  pixel_end_i,
  input  logic                  row_end_i,
  input  logic                  kblock_end_i,
  // Read requests and what goes with them.
  output logic                  read_act_o,
  output logic                  read_squeeze_o,
  output logic [15:0]           read_addr_o,
  output logic                  read_weight_o,
  output logic [WeightBits-1:0] weight_addr_o,
  output logic                  param_o,
  output logic [1:0]            param_index_o,
  output logic                  step_o,
  output logic [1:0]            sub_o,
  output logic                  pad_o,           // the tap lies outside the map
  output logic                  squeeze_o,       // source of the step: squeeze buffer
  output logic [7:0]            pad_value_o,
  output logic                  first_o,         // first step of a pixel
  output logic                  last_o,          // last step of a pixel
  output logic                  block_first_o    // of the first pixel of a K-block
);
  localparam int PixelShift = $clog2(Pk / 8);
  localparam int ParamWords = 8 / Pc;

  // Fields of the current command.
  logic [15:0] row_start_q, pitch_q, ring_q, group_q, rows_q, cols_q, row_step_q, block_jump_q;
  logic [15:0] iy0_q, ix0_q;
  logic [3:0]  stride_h_q, stride_w_q;
  logic        packed_q, select_q;
  logic [7:0]  pad_value_q;

  // Offsets of the next step: *_out_* belong to the first tap of the output row or pixel.
  logic [15:0] base_q, row_q, row_out_q, block_q;
  logic [16:0] iy_q, iy_out_q, ix_q, ix_out_q;  // two's complement, wide enough for padding on both sides
  logic [WeightBits-1:0] weight_q, weight_first_q, weight_next_q, kblock_words_q;

  function automatic logic [15:0] Wrap(input logic [15:0] offset, input logic [15:0] step,
                                       input logic [15:0] ring);
    logic [16:0] sum;
    begin
      sum = {1'b0, offset} + {1'b0, step};
      Wrap = sum >= {1'b0, ring} ? sum[15:0] - ring : sum[15:0];
    end
  endfunction

  logic [15:0] row_below, row_out_below;
  logic [16:0] iy_below, iy_out_below, ix_right, ix_out_right;
  assign row_below = Wrap(row_q, pitch_q, ring_q);
  assign row_out_below = Wrap(row_out_q, row_step_q, ring_q);
  assign iy_below = iy_q + 17'd1;
  assign iy_out_below = iy_out_q + 17'(stride_h_q);
  assign ix_right = ix_q + 17'd1;
  assign ix_out_right = ix_out_q + 17'(stride_w_q);

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_start_q <= next_i[fr_pkg::COMPUTE_SRC_ROW_START_LSB+:16];
      pitch_q <= next_i[fr_pkg::COMPUTE_SRC_ROW_PITCH_LSB+:16];
      ring_q <= next_i[fr_pkg::COMPUTE_SRC_RING_LSB+:16];
      group_q <= next_i[fr_pkg::COMPUTE_SRC_GROUP_STEP_LSB+:16];
      rows_q <= next_i[fr_pkg::COMPUTE_IN_ROWS_LSB+:16];
      cols_q <= next_i[fr_pkg::COMPUTE_IN_COLS_LSB+:16];
      iy0_q <= next_i[fr_pkg::COMPUTE_IY0_LSB+:16];
      ix0_q <= next_i[fr_pkg::COMPUTE_IX0_LSB+:16];
      stride_h_q <= next_i[fr_pkg::COMPUTE_STRIDE_H_LSB+:4];
      stride_w_q <= next_i[fr_pkg::COMPUTE_STRIDE_W_LSB+:4];
      packed_q <= next_i[fr_pkg::COMPUTE_SRC_PACKED_LSB];
      select_q <= next_i[fr_pkg::COMPUTE_SRC_SELECT_LSB];
      pad_value_q <= next_i[fr_pkg::COMPUTE_ZP_IN_LSB+:8];
      kblock_words_q <= next_i[fr_pkg::COMPUTE_KBLOCK_WORDS_LSB+:WeightBits];
      row_step_q <= row_step_i;
      block_jump_q <= block_jump_i;
      base_q <= next_i[fr_pkg::COMPUTE_SRC_BASE_LSB+:16];
      weight_q <= next_i[fr_pkg::COMPUTE_WEIGHT_BASE_LSB+:WeightBits];
    end else begin
      if (kblock_end_i) base_q <= base_q + group_q;
      if (kblock_end_i) weight_q <= weight_next_q;
      else if (pixel_end_i) weight_q <= weight_first_q;
      else if (step_i || param_i) weight_q <= weight_q + WeightBits'(1);
    end

    if (param_first_i) begin
      weight_first_q <= weight_q + WeightBits'(ParamWords);
      weight_next_q <= weight_q + kblock_words_q;
      block_q <= '0;
      row_q <= row_start_q;
      row_out_q <= row_start_q;
      iy_q <= {iy0_q[15], iy0_q};
      iy_out_q <= {iy0_q[15], iy0_q};
      ix_q <= {ix0_q[15], ix0_q};
      ix_out_q <= {ix0_q[15], ix0_q};
    end else if (word_end_i) begin
      if (tap_end_i) block_q <= '0;
      else block_q <= block_q + (block_end_i ? block_jump_q : 16'd1);
      if (row_end_i) begin
        ix_q <= {ix0_q[15], ix0_q};
        ix_out_q <= {ix0_q[15], ix0_q};
        iy_q <= iy_out_below;
        iy_out_q <= iy_out_below;
        row_q <= row_out_below;
        row_out_q <= row_out_below;
      end else if (pixel_end_i) begin
        ix_q <= ix_out_right;
        ix_out_q <= ix_out_right;
        iy_q <= iy_out_q;
        row_q <= row_out_q;
      end else if (tap_row_end_i) begin
        ix_q <= ix_out_q;
        iy_q <= iy_below;
        row_q <= row_below;
      end else if (tap_end_i) begin
        ix_q <= ix_right;
      end
    end
  end

  // First cycle: pairs of offsets, padding. Second cycle: the address.
  logic [15:0]           lines1_q, columns1_q, addr2_q, column;
  logic                  step1_q, step2_q, param1_q, param2_q, pad1_q, pad2_q, squeeze1_q, squeeze2_q;
  logic                  first1_q, first2_q, last1_q, last2_q, block_first1_q, block_first2_q;
  logic [1:0]            sub1_q, sub2_q, index1_q, index2_q;
  logic [7:0]            value1_q, value2_q;
  logic [WeightBits-1:0] weight1_q, weight2_q;
  logic                  read2_q, weight_read2_q;
  assign column = packed_q ? ix_q[15:0] : ix_q[15:0] << PixelShift;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step1_q <= 1'b0;
      param1_q <= 1'b0;
      step2_q <= 1'b0;
      param2_q <= 1'b0;
      read2_q <= 1'b0;
      weight_read2_q <= 1'b0;
    end else begin
      step1_q <= step_i;
      param1_q <= param_i;
      step2_q <= step1_q;
      param2_q <= param1_q;
      read2_q <= step1_q && !pad1_q;
      weight_read2_q <= step1_q || param1_q;
    end
    if (step_i || param_i) begin
      lines1_q <= base_q + row_q;
      columns1_q <= column + block_q;
      // A negative coordinate is a large unsigned one.
      pad1_q <= iy_q >= {1'b0, rows_q} || ix_q >= {1'b0, cols_q};
      weight1_q <= weight_q;
      index1_q <= param_index_i;
      sub1_q <= sub_i;
      first1_q <= pixel_first_i;
      last1_q <= pixel_end_i;
      block_first1_q <= block_first_i;
      squeeze1_q <= select_q;
      value1_q <= pad_value_q;
    end
    if (step1_q || param1_q) begin
      addr2_q <= lines1_q + columns1_q;
      pad2_q <= pad1_q;
      weight2_q <= weight1_q;
      index2_q <= index1_q;
      sub2_q <= sub1_q;
      first2_q <= first1_q;
      last2_q <= last1_q;
      block_first2_q <= block_first1_q;
      squeeze2_q <= squeeze1_q;
      value2_q <= value1_q;
    end
  end

  assign read_act_o = read2_q && !squeeze2_q;
  assign read_squeeze_o = read2_q && squeeze2_q;
  assign read_addr_o = addr2_q;
  assign read_weight_o = weight_read2_q;
  assign weight_addr_o = weight2_q;
  assign param_o = param2_q;
  assign param_index_o = index2_q;
  assign step_o = step2_q;
  assign sub_o = sub2_q;
  assign pad_o = pad2_q;
  assign squeeze_o = squeeze2_q;
  assign pad_value_o = value2_q;
  assign first_o = first2_q;
  assign last_o = last2_q;
  assign block_first_o = block_first2_q;
endmodule

`default_nettype wire

// Pooling on the result path: passes words through, takes 2x2 or 3x3 maxima with stride 2, or sums all pixels.
//
// ```
//            columns                       rows
//  words -> window maximum h (Pk bytes) -> line buffer L: max(L, h) -> beats
//        -> Pk sums (int32) ----------------------------------------->
// ```
// A beat carries a word (`keep`), or only the end of a row, K-block or command. Rows restart when the line buffer has
// been written, so a line of one word works too. At the end of a row the last column may end two 3x3 windows: its
// words then pass a second time, from the window registers.
`default_nettype none

module fr_pool #(
  parameter int Pk = 16,           // output channels: 8, 16 or 32
  parameter int PoolWords = 1024,  // line buffer, 64-bit words
  localparam int PixelWords = Pk / 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // The command; stable while valid, `cfg_done_i` ends it.
  input  logic        cfg_valid_i,
  input  logic        cfg_done_i,
  input  logic [2:0]  mode_i,  // 0 none, 1 maximum 3x3, 2 maximum 2x2, 3 sum
  input  logic        row_phase_i,
  input  logic        pad_left_i,
  input  logic        map_first_i,
  input  logic        map_last_i,
  input  logic [15:0] rows_i,
  input  logic [15:0] cols_i,
  input  logic [7:0]  kblocks_i,
  input  logic [15:0] line_base_i,
  input  logic [15:0] pool_cols_i,
  // Requantised words in order kb, row, column, word.
  input  logic        in_valid_i,
  output logic        in_ready_o,
  input  logic [63:0] in_data_i,
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic        out_keep_o,
  output logic [63:0] out_data_o,
  output logic        out_row_end_o,     // end of a row that leaves
  output logic        out_kblock_end_o,
  output logic        out_cmd_end_o
);
  localparam int LineBits = $clog2(PoolWords);
  localparam int PixelShift = $clog2(PixelWords);
  localparam int SumWords = Pk / 2;
  localparam int SumBits = $clog2(SumWords);
  localparam logic [2:0] ModeMax3 = 3'd1;
  localparam logic [2:0] ModeMax2 = 3'd2;
  localparam logic [2:0] ModeSum = 3'd3;

  typedef enum logic [1:0] {
    StTake,   // takes words from the input
    StAgain,  // passes the last column's words again
    StSums,   // sends the sums of a K-block
    StDone    // all words of the command taken; waits for its end
  } state_e;

  function automatic logic [63:0] Maximum(input logic [63:0] a, input logic [63:0] b);
    for (int i = 0; i < 8; i++) begin
      Maximum[8*i+:8] = $signed(a[8*i+:8]) > $signed(b[8*i+:8]) ? a[8*i+:8] : b[8*i+:8];
    end
  endfunction

  // Position of the next word, limits as counters that start at 1.
  state_e              state_d, state_q;
  logic [1:0]          word_q;
  logic [15:0]         x_q, y_q, windows_q;
  logic [7:0]          kb_q;
  logic [SumBits-1:0]  sum_word_q;
  logic [LineBits-1:0] line_base_q, line_q;
  logic [64*PixelWords-1:0] window_q;  // ring: the next word's maximum is at the bottom
  logic [32*Pk-1:0]         sums_q;    // ring, too; channel 0 is at the bottom between pixels

  logic max3, max2, pooled, sum_mode;
  assign max3 = mode_i == ModeMax3;
  assign max2 = mode_i == ModeMax2;
  assign pooled = max3 || max2;
  assign sum_mode = mode_i == ModeSum;

  logic word_last, x_first, x_last, y_first, y_last, kb_last, column_phase, line_phase;
  assign word_last = word_q == 2'(PixelWords - 1);
  assign x_first = x_q == 16'd1;
  assign x_last = x_q == cols_i;
  assign y_first = y_q == 16'd1;
  assign y_last = y_q == rows_i;
  assign kb_last = kb_q == kblocks_i;
  assign column_phase = !x_q[0] ^ (max3 && pad_left_i);
  assign line_phase = !y_q[0] ^ row_phase_i;

  // What the word at hand does: `begins` a window and/or `ends` one.
  logic room, begins, ends, twice, row_emits, again;
  assign again = state_q == StAgain;
  assign room = windows_q < pool_cols_i;
  assign begins = x_first || !column_phase;
  assign ends = room && (x_last || (max3 ? !column_phase && !x_first : column_phase));
  assign twice = max3 && x_last && !x_first && !column_phase && !again && windows_q + 16'd1 < pool_cols_i;
  always_comb begin
    row_emits = 1'b1;
    if (max3) row_emits = line_phase ? map_last_i && y_last : !(map_first_i && y_first);
    if (max2) row_emits = line_phase || (map_last_i && y_last);
  end

  logic [63:0] window, widened, horizontal;
  assign window = window_q[63:0];
  assign widened = Maximum(window, in_data_i);
  // The first column and a 2x2 window's first column have nothing before them.
  assign horizontal = again ? window : (x_first || (max2 && !column_phase)) ? in_data_i : widened;

  // Beat 1: horizontal maximum with the line buffer's word; beat 2: result.
  logic        valid1_q, keep1_q, store1_q, fresh_out1_q, fresh_line1_q, row_end1_q, kb_end1_q, cmd_end1_q;
  logic [63:0] data1_q, line_word, vertical1;
  logic [LineBits-1:0] line1_q, line_addr_q;
  logic                line_write_q;
  logic [63:0]         line_data_q;
  logic        valid2_q, keep2_q, row_end2_q, kb_end2_q, cmd_end2_q;
  logic [63:0] data2_q;
  logic        go1, go2, take, fire, beat, row_start_wait, row_done, kb_done;

  assign go2 = !valid2_q || out_ready_i;
  assign go1 = !valid1_q || go2;
  // A row may read what the one before has just written, when it is that short.
  assign row_start_wait = pooled && x_first && word_q == '0 && !again && (valid1_q || line_write_q);
  assign take = cfg_valid_i && state_q == StTake && in_valid_i && go1 && !row_start_wait;
  assign in_ready_o = cfg_valid_i && state_q == StTake && go1 && !row_start_wait;
  assign fire = take || (again && go1);  // a word passes, from the input or from the window registers
  assign row_done = fire && word_last && x_last && !twice;
  assign kb_done = row_done && y_last;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StTake: begin
        if (take && word_last && x_last && twice) state_d = StAgain;
        else if (kb_done && sum_mode) state_d = StSums;
        else if (kb_done && kb_last) state_d = StDone;
      end
      StAgain: begin
        if (kb_done && kb_last) state_d = StDone;
        else if (row_done) state_d = StTake;
      end
      StSums: begin
        if (go1 && sum_word_q == '1 && kb_last) state_d = StDone;
        else if (go1 && sum_word_q == '1) state_d = StTake;
      end
      default: state_d = StDone;
    endcase
    if (cfg_done_i) state_d = StTake;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StTake;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (!cfg_valid_i) begin
      word_q <= '0;
      x_q <= 16'd1;
      y_q <= 16'd1;
      kb_q <= 8'd1;
      windows_q <= '0;
      sum_word_q <= '0;
      line_base_q <= line_base_i[LineBits-1:0];
      line_q <= line_base_i[LineBits-1:0];
    end else begin
      if (fire) begin
        word_q <= word_last ? '0 : word_q + 2'd1;
        if (word_last && !(twice && !again)) begin
          x_q <= x_last ? 16'd1 : x_q + 16'd1;
          if (x_last) y_q <= y_last ? 16'd1 : y_q + 16'd1;
        end
        if (row_done) windows_q <= '0;
        else if (ends && word_last) windows_q <= windows_q + 16'd1;
        if (kb_done) begin
          line_base_q <= line_base_q + LineBits'(pool_cols_i << PixelShift);
          line_q <= line_base_q + LineBits'(pool_cols_i << PixelShift);
        end else if (row_done) begin
          line_q <= line_base_q;
        end else if (ends) begin
          line_q <= line_q + LineBits'(1);
        end
      end
      if (state_q == StSums && go1) sum_word_q <= sum_word_q + SumBits'(1);
      if (sum_mode ? state_q == StSums && go1 && sum_word_q == '1 : kb_done) kb_q <= kb_q + 8'd1;
    end
  end

  // Window registers and sums turn by one word per word.
  logic [63:0] window_new;
  assign window_new = begins || again ? (again ? window : in_data_i) : widened;
  logic [255:0] sums_new;
  always_comb begin
    for (int i = 0; i < 8; i++) begin
      sums_new[32*i+:32] = {{24{in_data_i[8*i+7]}}, in_data_i[8*i+:8]}
                         + (x_first && y_first ? 32'd0 : sums_q[32*i+:32]);
    end
  end
  if (PixelWords == 1) begin : g_one_word
    always_ff @(posedge clk_i) begin
      if (fire && pooled) window_q <= window_new;
      if (take && sum_mode) sums_q <= sums_new;
    end
  end else begin : g_words
    always_ff @(posedge clk_i) begin
      if (fire && pooled) window_q <= {window_new, window_q[64*PixelWords-1:64]};
      if (take && sum_mode) sums_q <= {sums_new, sums_q[32*Pk-1:256]};
    end
  end

  // A word that ends no window leaves no beat, unless the row ends with it.
  always_comb begin
    beat = fire && !sum_mode && (!pooled || ends || row_done);
    if (state_q == StSums && go1) beat = 1'b1;
  end

  fr_ram_1r1w #(
    .Width     (64),
    .Depth     (PoolWords),
    .OutputReg (0)
  ) u_line (
    .clk_i,
    .write_i      (line_write_q),
    .write_addr_i (line_addr_q),
    .write_data_i (line_data_q),
    .read_i       (fire && pooled && ends),
    .read_addr_i  (line_q),
    .read_data_o  (line_word)
  );
  assign vertical1 = Maximum(line_word, data1_q);

  // From the block RAM through the comparison and back into it is too much for one cycle.
  always_ff @(posedge clk_i) begin
    line_write_q <= rst_ni && valid1_q && store1_q && go2;
    line_addr_q <= line1_q;
    line_data_q <= fresh_line1_q ? data1_q : vertical1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      if (go1) valid1_q <= beat;
      if (go2) valid2_q <= valid1_q;
    end
    if (go1 && beat) begin
      data1_q <= state_q == StSums ? sums_q[64*sum_word_q+:64] : pooled ? horizontal : in_data_i;
      keep1_q <= !pooled || (ends && row_emits);
      store1_q <= ends && (max3 || (max2 && !line_phase));
      line1_q <= line_q;
      // 3x3: an even row closes the window above and opens the next; an odd row widens it.
      // 2x2: an even row opens the window; an odd row closes it.
      fresh_line1_q <= !line_phase || (map_first_i && y_first);
      fresh_out1_q <= !pooled || (max2 ? !line_phase : line_phase && map_first_i && y_first);
      if (state_q == StSums) begin
        row_end1_q <= 1'b0;
        kb_end1_q <= sum_word_q == '1;
        cmd_end1_q <= sum_word_q == '1 && kb_last;
      end else begin
        row_end1_q <= row_done && row_emits;
        kb_end1_q <= kb_done;
        cmd_end1_q <= kb_done && kb_last;
      end
    end
    if (go2 && valid1_q) begin
      data2_q <= fresh_out1_q ? data1_q : vertical1;
      keep2_q <= keep1_q;
      row_end2_q <= row_end1_q;
      kb_end2_q <= kb_end1_q;
      cmd_end2_q <= cmd_end1_q;
    end
  end

  assign out_valid_o = valid2_q;
  assign out_keep_o = keep2_q;
  assign out_data_o = data2_q;
  assign out_row_end_o = row_end2_q;
  assign out_kblock_end_o = kb_end2_q;
  assign out_cmd_end_o = cmd_end2_q;
endmodule

`default_nettype wire

// AXI4 memory for the four-state run: every bit is X until it has been written. Answers the two read IDs in any order,
// pauses at random, and reports what a bus must never show: X where something is valid, a payload that changes while it
// waits, a burst beyond the memory or across 128 bytes.
`default_nettype none

module fr_fourstate_memory #(
  parameter logic [31:0] Base = 32'h10000000,
  parameter int Words = 65536  // of 64 bits
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output int          faults_o,
  input  logic        arid_i,
  input  logic [31:0] araddr_i,
  input  logic [7:0]  arlen_i,
  input  logic        arvalid_i,
  output logic        arready_o,
  output logic        rid_o,
  output logic [63:0] rdata_o,
  output logic [1:0]  rresp_o,
  output logic        rlast_o,
  output logic        rvalid_o,
  input  logic        rready_i,
  input  logic [31:0] awaddr_i,
  input  logic [7:0]  awlen_i,
  input  logic        awvalid_i,
  output logic        awready_o,
  input  logic [63:0] wdata_i,
  input  logic [7:0]  wstrb_i,
  input  logic        wlast_i,
  input  logic        wvalid_i,
  output logic        wready_o,
  output logic [1:0]  bresp_o,
  output logic        bvalid_o,
  input  logic        bready_i
);
  localparam int Slots = 64;  // bursts remembered per queue; more than the engine has in flight

  logic [63:0] mem [Words];

  task automatic Fault(input [8*40-1:0] text, input [63:0] value);
    begin
      faults_o = faults_o + 1;
      if (faults_o <= 20) $display("%t: %0s %h", $time, text, value);
    end
  endtask

  function automatic int Place(input logic [31:0] address);
    Place = int'((address - Base) >> 3);
  endfunction

  function automatic logic Inside(input logic [31:0] address, input logic [7:0] length);
    Inside = (^{address, length} !== 1'bx) && address >= Base && address[2:0] == 3'd0
             && Place(address) + int'(length) < Words && 32'(address[6:3]) + 32'(length) < 32'd16;
  endfunction

  // Reads: one queue per ID, one burst being answered.
  logic [31:0] read_addr [2*Slots];
  logic [7:0]  read_len [2*Slots];
  int          read_in [2], read_out [2];
  logic        serving, serving_id;
  logic [31:0] serving_addr;
  logic [7:0]  serving_left;
  // Writes: addresses and data arrive independently; a response follows when both are there.
  logic [31:0] write_addr [Slots];
  logic [7:0]  write_len [Slots];
  logic [63:0] write_data [16*Slots];
  logic        write_last [16*Slots];
  int          aw_in, aw_out, w_in, w_out;

  // What was offered and not taken in the cycle before.
  logic        ar_waits, aw_waits, w_waits;
  logic [40:0] ar_was;
  logic [39:0] aw_was;
  logic [72:0] w_was;

  initial faults_o = 0;

  always @(posedge clk_i) begin
    if (^{arvalid_i, rready_i, awvalid_i, wvalid_i, bready_i} === 1'bx && rst_ni)
      Fault("X on a handshake", {59'd0, arvalid_i, rready_i, awvalid_i, wvalid_i, bready_i});
    if (!rst_ni) begin
      ar_waits <= 1'b0;
      aw_waits <= 1'b0;
      w_waits  <= 1'b0;
    end else begin
      ar_waits <= arvalid_i && !arready_o;
      aw_waits <= awvalid_i && !awready_o;
      w_waits  <= wvalid_i && !wready_o;
      ar_was   <= {arid_i, araddr_i, arlen_i};
      aw_was   <= {awaddr_i, awlen_i};
      w_was    <= {wdata_i, wstrb_i, wlast_i};
      if (ar_waits && (!arvalid_i || ar_was !== {arid_i, araddr_i, arlen_i})) Fault("AR changed while waiting", 64'(araddr_i));
      if (aw_waits && (!awvalid_i || aw_was !== {awaddr_i, awlen_i})) Fault("AW changed while waiting", 64'(awaddr_i));
      if (w_waits && (!wvalid_i || w_was !== {wdata_i, wstrb_i, wlast_i})) Fault("W changed while waiting", wdata_i);
      if (arvalid_i && (arid_i === 1'bx || !Inside(araddr_i, arlen_i))) Fault("bad read burst", {24'd0, arlen_i, araddr_i});
      if (awvalid_i && !Inside(awaddr_i, awlen_i)) Fault("bad write burst", {24'd0, awlen_i, awaddr_i});
      if (wvalid_i && ^{wdata_i, wstrb_i, wlast_i} === 1'bx) Fault("X in write data", wdata_i);
      if (wvalid_i && wstrb_i !== 8'hFF) Fault("bytes masked", 64'(wstrb_i));
    end
  end

  logic        pick;
  logic [31:0] next_addr;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      arready_o <= 1'b0;
      awready_o <= 1'b0;
      wready_o  <= 1'b0;
      rvalid_o  <= 1'b0;
      bvalid_o  <= 1'b0;
      bresp_o   <= 2'b00;
      rresp_o   <= 2'b00;
      serving    = 1'b0;
      read_in[0] = 0;
      read_in[1] = 0;
      read_out[0] = 0;
      read_out[1] = 0;
      aw_in  = 0;
      aw_out = 0;
      w_in   = 0;
      w_out  = 0;
    end else begin
      arready_o <= $urandom % 4 != 0;
      awready_o <= $urandom % 4 != 0;
      wready_o  <= $urandom % 4 != 0;

      // The payload is undefined while nothing is valid: the engine must not look at it.
      if (rvalid_o && rready_i) begin
        rvalid_o <= 1'b0;
        rid_o    <= 1'bx;
        rdata_o  <= 'x;
        rlast_o  <= 1'bx;
      end
      if ((!rvalid_o || rready_i) && $urandom % 8 != 0) begin
        if (!serving) begin
          pick = 1'($urandom);
          if (read_in[pick] == read_out[pick]) pick = !pick;
          if (read_in[pick] != read_out[pick]) begin
            serving      = 1'b1;
            serving_id   = pick;
            serving_addr = read_addr[32'(pick) * Slots + read_out[pick] % Slots];
            serving_left = read_len[32'(pick) * Slots + read_out[pick] % Slots];
            read_out[pick] = read_out[pick] + 1;
          end
        end
        if (serving) begin
          rvalid_o <= 1'b1;
          rid_o    <= serving_id;
          rdata_o  <= mem[Place(serving_addr)];
          rlast_o  <= serving_left == 8'd0;
          serving      = serving_left != 8'd0;
          serving_left = serving_left - 8'd1;
          serving_addr = serving_addr + 32'd8;
        end
      end

      if (bvalid_o && bready_i) bvalid_o <= 1'b0;
      if ((!bvalid_o || bready_i) && aw_in != aw_out && w_in - w_out > int'(write_len[aw_out % Slots])
          && $urandom % 4 == 0) begin
        bvalid_o <= 1'b1;
        next_addr = write_addr[aw_out % Slots];
        for (int i = 0; i <= int'(write_len[aw_out % Slots]); i++) begin
          mem[Place(next_addr)] = write_data[w_out % (16 * Slots)];
          if (write_last[w_out % (16 * Slots)] !== (i == int'(write_len[aw_out % Slots])))
            Fault("WLAST at the wrong beat", 64'(next_addr));
          next_addr = next_addr + 32'd8;
          w_out = w_out + 1;
        end
        aw_out = aw_out + 1;
      end

      if (arvalid_i && arready_o) begin
        read_addr[32'(arid_i) * Slots + read_in[arid_i] % Slots] = araddr_i;
        read_len[32'(arid_i) * Slots + read_in[arid_i] % Slots] = arlen_i;
        read_in[arid_i] = read_in[arid_i] + 1;
      end
      if (awvalid_i && awready_o) begin
        write_addr[aw_in % Slots] = awaddr_i;
        write_len[aw_in % Slots] = awlen_i;
        aw_in = aw_in + 1;
      end
      if (wvalid_i && wready_o) begin
        write_data[w_in % (16 * Slots)] = wdata_i;
        write_last[w_in % (16 * Slots)] = wlast_i;
        w_in = w_in + 1;
      end
    end
  end
endmodule

`default_nettype wire

// The whole engine in a simulator that knows X: memories and registers without reset begin as X, and none may reach a
// register read, a valid bus output or a result. Replays a script made by make_case.cc; one step per line:
//
//   01 ADDR DATA  write a word of the memory (bytes with x stay X)    04 0 0        wait for the interrupt line
//   02 ADDR DATA  write a register                                   05 ADDR DATA  compare a word of the memory
//   03 ADDR DATA  read a register; digits x need only be known       00 0 0        the end
`default_nettype none
`timescale 1ns/1ns

module fr_fourstate_bench #(
  parameter int Pc = 8,
  parameter int Pk = 16,
  parameter int Lanes = 8,
  parameter int AccBits = 25,
  parameter int ActWords = 12800,
  parameter int SqueezeWords = 2048,
  parameter int WeightWords = 512,
  parameter int PoolWords = 1024,
  parameter int StoreFifoWords = 1024,
  parameter int QueueCommands = 4,
  parameter int ReadOutstanding = 8
);
  localparam int MaxSteps = 65536;
  localparam int MaxCycles = 100000;

  logic clk = 1'b0;
  logic rst_n;
  always #5 clk = !clk;

  logic        irq;
  logic [11:0] s_axi_awaddr, s_axi_araddr;
  logic        s_axi_awvalid, s_axi_awready, s_axi_wvalid, s_axi_wready, s_axi_bvalid, s_axi_bready;
  logic        s_axi_arvalid, s_axi_arready, s_axi_rvalid, s_axi_rready;
  logic [31:0] s_axi_wdata, s_axi_rdata;
  logic [3:0]  s_axi_wstrb;
  logic [1:0]  s_axi_bresp, s_axi_rresp;
  logic        m_axi_arid, m_axi_arvalid, m_axi_arready, m_axi_rid, m_axi_rlast, m_axi_rvalid, m_axi_rready;
  logic [31:0] m_axi_araddr, m_axi_awaddr;
  logic [7:0]  m_axi_arlen, m_axi_awlen, m_axi_wstrb;
  logic [63:0] m_axi_rdata, m_axi_wdata;
  logic [1:0]  m_axi_rresp, m_axi_bresp, m_axi_arburst, m_axi_awburst;
  logic [2:0]  m_axi_arsize, m_axi_arprot, m_axi_awsize, m_axi_awprot;
  logic [3:0]  m_axi_arcache, m_axi_awcache;
  logic        m_axi_awid, m_axi_awvalid, m_axi_awready, m_axi_wlast, m_axi_wvalid, m_axi_wready;
  logic        m_axi_bid, m_axi_bvalid, m_axi_bready;
  logic        requant_valid, written_valid, tap_busy;
  logic [63:0] requant_data, written_data;
  logic [31:0] requant_tag, written_tag;
  int          bus_faults, faults;

  fr_engine #(
    .Pc(Pc), .Pk(Pk), .Lanes(Lanes), .AccBits(AccBits), .ActWords(ActWords), .SqueezeWords(SqueezeWords),
    .WeightWords(WeightWords), .PoolWords(PoolWords), .StoreFifoWords(StoreFifoWords), .QueueCommands(QueueCommands),
    .ReadOutstanding(ReadOutstanding)
  ) u_engine (
    .clk_i(clk), .rst_ni(rst_n), .irq_o(irq),
    .s_axi_awaddr, .s_axi_awvalid, .s_axi_awready, .s_axi_wdata, .s_axi_wstrb, .s_axi_wvalid, .s_axi_wready,
    .s_axi_bresp, .s_axi_bvalid, .s_axi_bready, .s_axi_araddr, .s_axi_arvalid, .s_axi_arready, .s_axi_rdata,
    .s_axi_rresp, .s_axi_rvalid, .s_axi_rready,
    .m_axi_arid, .m_axi_araddr, .m_axi_arlen, .m_axi_arsize, .m_axi_arburst, .m_axi_arcache, .m_axi_arprot,
    .m_axi_arvalid, .m_axi_arready, .m_axi_rid, .m_axi_rdata, .m_axi_rresp, .m_axi_rlast, .m_axi_rvalid,
    .m_axi_rready, .m_axi_awid, .m_axi_awaddr, .m_axi_awlen, .m_axi_awsize, .m_axi_awburst, .m_axi_awcache,
    .m_axi_awprot, .m_axi_awvalid, .m_axi_awready, .m_axi_wdata, .m_axi_wstrb, .m_axi_wlast, .m_axi_wvalid,
    .m_axi_wready, .m_axi_bid, .m_axi_bresp, .m_axi_bvalid, .m_axi_bready,
    .tap_requant_valid_o(requant_valid), .tap_requant_data_o(requant_data), .tap_requant_tag_o(requant_tag),
    .tap_written_valid_o(written_valid), .tap_written_data_o(written_data), .tap_written_tag_o(written_tag),
    .tap_busy_o(tap_busy)
  );

  fr_fourstate_memory u_memory (
    .clk_i(clk), .rst_ni(rst_n), .faults_o(bus_faults),
    .arid_i(m_axi_arid), .araddr_i(m_axi_araddr), .arlen_i(m_axi_arlen), .arvalid_i(m_axi_arvalid),
    .arready_o(m_axi_arready), .rid_o(m_axi_rid), .rdata_o(m_axi_rdata), .rresp_o(m_axi_rresp),
    .rlast_o(m_axi_rlast), .rvalid_o(m_axi_rvalid), .rready_i(m_axi_rready),
    .awaddr_i(m_axi_awaddr), .awlen_i(m_axi_awlen), .awvalid_i(m_axi_awvalid), .awready_o(m_axi_awready),
    .wdata_i(m_axi_wdata), .wstrb_i(m_axi_wstrb), .wlast_i(m_axi_wlast), .wvalid_i(m_axi_wvalid),
    .wready_o(m_axi_wready), .bresp_o(m_axi_bresp), .bvalid_o(m_axi_bvalid), .bready_i(m_axi_bready)
  );
  assign m_axi_bid = 1'b0;

  logic [8*200-1:0] script_name;
  logic [103:0]     script [MaxSteps];
  logic [7:0]       operation;
  logic [31:0]      address;
  logic [63:0]      data, found;
  int               cycles, reads, results, compared;

  task automatic Fault(input [8*40-1:0] text, input int step, input [31:0] at, input [63:0] got, input [63:0] want);
    begin
      faults = faults + 1;
      if (faults <= 20) $display("%t: step %0d: %0s at %h: %h, expected %h", $time, step, text, at, got, want);
    end
  endtask

  // Digits that are x in `want` may be anything known.
  function automatic logic Matches(input [63:0] got, input [63:0] want);
    begin
      Matches = ^got !== 1'bx;
      for (int i = 0; i < 64; i++) begin
        if (want[i] !== 1'bx && got[i] !== want[i]) Matches = 1'b0;
      end
    end
  endfunction

  task automatic WriteRegister(input [11:0] at, input [31:0] value);
    begin
      s_axi_awaddr  <= at;
      s_axi_wdata   <= value;
      s_axi_wstrb   <= 4'hF;
      s_axi_awvalid <= 1'b1;
      s_axi_wvalid  <= 1'b1;
      s_axi_bready  <= 1'b1;
      #1;
      while (s_axi_awvalid || s_axi_wvalid) begin
        @(posedge clk);
        if (s_axi_awready) s_axi_awvalid <= 1'b0;
        if (s_axi_wready) s_axi_wvalid <= 1'b0;
        #1;
      end
      s_axi_awaddr <= 'x;
      s_axi_wdata  <= 'x;
      s_axi_wstrb  <= 'x;
      while (!s_axi_bvalid) @(posedge clk);
      @(posedge clk);
      s_axi_bready <= 1'b0;
    end
  endtask

  task automatic ReadRegister(input [11:0] at, output [31:0] value);
    begin
      s_axi_araddr  <= at;
      s_axi_arvalid <= 1'b1;
      s_axi_rready  <= 1'b1;
      #1 @(posedge clk);
      while (!s_axi_arready) @(posedge clk);
      s_axi_arvalid <= 1'b0;
      s_axi_araddr  <= 'x;
      @(posedge clk);
      while (!s_axi_rvalid) @(posedge clk);
      value = s_axi_rdata;
      s_axi_rready <= 1'b0;
    end
  endtask

  initial begin
    if (!$value$plusargs("SCRIPT=%s", script_name)) $fatal(1, "+SCRIPT=FILE is missing");
    $readmemh(script_name, script);
    faults   = 0;
    reads    = 0;
    compared = 0;
    s_axi_awvalid = 1'b0;
    s_axi_wvalid  = 1'b0;
    s_axi_bready  = 1'b0;
    s_axi_arvalid = 1'b0;
    s_axi_rready  = 1'b0;
    rst_n = 1'b0;
    repeat (3) @(posedge clk);
    rst_n <= 1'b1;

    for (int step = 0; script[step][103:96] !== 8'h00; step++) begin
      {operation, address, data} = script[step];
      case (operation)
        8'h01: for (int b = 0; b < 8; b++) begin
          if (^data[8*b +: 8] !== 1'bx) u_memory.mem[u_memory.Place(address)][8*b +: 8] = data[8*b +: 8];
        end
        8'h02: WriteRegister(address[11:0], data[31:0]);
        8'h03: begin
          found = '0;
          ReadRegister(address[11:0], found[31:0]);
          reads++;
          if (!Matches(found, data)) Fault("register", step, address, found, data);
        end
        8'h04: while (irq !== 1'b1) @(posedge clk);
        8'h05: begin
          found = u_memory.mem[u_memory.Place(address)];
          compared++;
          if (!Matches(found, data)) Fault("memory", step, address, found, data);
        end
        default: $fatal(1, "the script is damaged or missing");
      endcase
    end
    $display("%0d cycles, %0d register reads, %0d result words at the taps, %0d words compared, %0d faults", cycles, reads,
             results, compared, faults + bus_faults);
    if (reads == 0 || results == 0 || compared == 0) $fatal(1, "nothing was checked");
    if (faults + bus_faults != 0) $fatal(1, "FAILED");
    $display("PASSED");
    $finish;
  end

  // What the host side and the taps show in every cycle.
  initial begin
    cycles  = 0;
    results = 0;
  end
  always @(posedge clk) if (rst_n) begin
    cycles++;
    if (cycles == MaxCycles) $fatal(1, "no end after %0d cycles", MaxCycles);
    if (^{irq, tap_busy, s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid, s_axi_bresp,
          s_axi_rresp} === 1'bx) Fault("X on the host side", cycles, 32'd0, 64'd0, 64'd0);
    if (s_axi_rvalid && ^s_axi_rdata === 1'bx) Fault("X in a register", cycles, 32'd0, 64'(s_axi_rdata), 64'd0);
    if (requant_valid !== 1'b0 || written_valid !== 1'b0) begin
      results++;
      if (^{requant_valid, written_valid} === 1'bx || (requant_valid && ^{requant_data, requant_tag} === 1'bx)
          || (written_valid && ^{written_data, written_tag} === 1'bx))
        Fault("X in a result", cycles, requant_tag, requant_data, written_data);
    end
  end
endmodule

`default_nettype wire

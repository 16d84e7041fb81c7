// Keeps the first error: its code, the command it belongs to, the address. Later ones are its consequences.
`default_nettype none

module fr_faults (
  input  logic        clk_i,
  input  logic        rst_ni,

  // Sources, most telling first: what the bus answered, what would have left the window, what a command says.
  input  logic        read_valid_i,
  input  logic [7:0]  read_code_i,
  input  logic [31:0] read_tag_i,
  input  logic [31:0] read_addr_i,
  input  logic        write_valid_i,
  input  logic [7:0]  write_code_i,
  input  logic [31:0] write_tag_i,
  input  logic [31:0] write_addr_i,
  input  logic        compute_valid_i,
  input  logic [7:0]  compute_code_i,
  input  logic [31:0] compute_tag_i,
  input  logic        load_valid_i,
  input  logic [7:0]  load_code_i,
  input  logic [31:0] load_tag_i,
  input  logic [31:0] load_addr_i,
  input  logic        store_valid_i,
  input  logic [7:0]  store_code_i,
  input  logic [31:0] store_tag_i,
  input  logic [31:0] store_addr_i,
  input  logic        fetch_valid_i,
  input  logic [7:0]  fetch_code_i,
  input  logic [31:0] fetch_tag_i,
  input  logic [31:0] fetch_addr_i,
  input  logic        overflow_i,       // of a token counter
  input  logic        bite_i,           // of the watchdog

  output logic        error_o,          // holds until reset
  output logic        error_pulse_o,    // the cycle in which it is caught
  output logic [7:0]  code_o,
  output logic [31:0] tag_o,
  output logic [31:0] addr_o
);
  localparam logic [31:0] NoTag = 32'hFFFFFFFF;

  logic [7:0]  code, code_q;
  logic [31:0] tag, tag_q, addr, addr_q;
  logic        error_q, any;

  assign error_o       = error_q;
  assign error_pulse_o = any && !error_q;
  assign code_o        = code_q;
  assign tag_o         = tag_q;
  assign addr_o        = addr_q;
  assign any           = read_valid_i || write_valid_i || compute_valid_i || load_valid_i || store_valid_i
                         || fetch_valid_i || overflow_i || bite_i;

  always_comb begin
    code = fr_pkg::ERR_WATCHDOG;
    tag  = NoTag;
    addr = '0;
    if (read_valid_i) begin
      code = read_code_i;
      tag  = read_tag_i;
      addr = read_addr_i;
    end else if (write_valid_i) begin
      code = write_code_i;
      tag  = write_tag_i;
      addr = write_addr_i;
    end else if (compute_valid_i) begin
      code = compute_code_i;
      tag  = compute_tag_i;
    end else if (load_valid_i) begin
      code = load_code_i;
      tag  = load_tag_i;
      addr = load_addr_i;
    end else if (store_valid_i) begin
      code = store_code_i;
      tag  = store_tag_i;
      addr = store_addr_i;
    end else if (fetch_valid_i) begin
      code = fetch_code_i;
      tag  = fetch_tag_i;
      addr = fetch_addr_i;
    end else if (overflow_i) begin
      code = fr_pkg::ERR_TOKEN_OVERFLOW;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      error_q <= 1'b0;
      code_q  <= fr_pkg::ERR_NONE;
      tag_q   <= '0;
      addr_q  <= '0;
    end else if (error_pulse_o) begin
      error_q <= 1'b1;
      code_q  <= code;
      tag_q   <= tag;
      addr_q  <= addr;
    end
  end
endmodule

`default_nettype wire

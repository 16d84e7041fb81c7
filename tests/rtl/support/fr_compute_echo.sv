// Stands in for fr_compute when the frame around it is tested: a COMPUTE command streams OUT_COLS words of the
// activation buffer (SRC_SELECT 0) or of the weight buffer, slice by slice (SRC_SELECT 1), from SRC_BASE on.
`default_nettype none

module fr_compute #(
  parameter int Pc = 8,
  parameter int Pk = 16,
  parameter int Lanes = 8,
  parameter int AccBits = 25,
  parameter int ActWords = 12800,
  parameter int SqueezeWords = 2048,
  parameter int WeightWords = 512,
  parameter int PoolWords = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         halt_i,
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,
  input  logic [1:0]   token_avail_i,
  output logic [1:0]   token_take_o,
  output logic         token_post_o,
  input  logic         load_act_valid_i,
  output logic         load_act_ready_o,
  input  logic [15:0]  load_act_addr_i,
  input  logic [63:0]  load_act_data_i,
  input  logic         load_weight_valid_i,
  input  logic [15:0]  load_weight_addr_i,
  input  logic [7:0]   load_weight_slice_i,
  input  logic [63:0]  load_weight_data_i,
  output logic         stream_valid_o,
  input  logic         stream_ready_i,
  output logic [63:0]  stream_data_o,
  input  logic [511:0] counters_i,
  output logic         event_step_o,
  output logic         event_wait_weights_o,
  output logic         event_wait_act_o,
  output logic         event_wait_output_o,
  output logic         event_wait_requant_o,
  output logic         event_overhead_o,
  output logic         busy_o,
  output logic         error_valid_o,
  output logic [7:0]   error_code_o,
  output logic [31:0]  error_tag_o,
  output logic         tap_requant_valid_o,
  output logic [63:0]  tap_requant_data_o,
  output logic [31:0]  tap_requant_tag_o,
  output logic         tap_written_valid_o,
  output logic [63:0]  tap_written_data_o,
  output logic [31:0]  tap_written_tag_o
);
  localparam int Slices = Pc * Pk / 8;

  logic [63:0] act [ActWords];
  logic [63:0] weights [WeightWords * Slices];

  typedef enum logic [1:0] {StIdle, StWait, StStream, StPost} state_e;
  state_e       state_q;
  logic [511:0] cmd_q;
  logic [15:0]  count_q;
  logic [15:0]  words, base;
  logic [1:0]   wants;
  logic         from_weights, ready_to_go;
  logic [31:0]  index;
  logic [3:0]   lfsr_q;

  assign words        = cmd_q[fr_pkg::COMPUTE_OUT_COLS_LSB +: 16];
  assign base         = cmd_q[fr_pkg::COMPUTE_SRC_BASE_LSB +: 16];
  assign from_weights = cmd_q[fr_pkg::COMPUTE_SRC_SELECT_LSB];
  assign wants = {cmd_q[fr_pkg::CMD_WAIT_LSB + fr_pkg::TOKEN_LCA], cmd_q[fr_pkg::CMD_WAIT_LSB + fr_pkg::TOKEN_LCW]};
  assign ready_to_go  = (wants & ~token_avail_i) == '0;
  assign index        = from_weights ? 32'(base) * Slices + 32'(count_q) : 32'(base) + 32'(count_q);

  assign cmd_ready_o    = state_q == StIdle && !halt_i;
  assign token_take_o   = state_q == StWait && ready_to_go && !halt_i ? wants : 2'b00;
  assign token_post_o   = state_q == StPost && cmd_q[fr_pkg::CMD_POST_LSB + fr_pkg::TOKEN_CL];
  assign stream_valid_o = state_q == StStream && !halt_i;
  assign stream_data_o  = from_weights ? weights[index % (WeightWords * Slices)] : act[index % ActWords];
  assign busy_o         = state_q != StIdle;
  assign error_valid_o  = state_q == StWait && words == '0;
  assign error_code_o   = fr_pkg::ERR_BAD_SHAPE;
  assign error_tag_o    = cmd_q[fr_pkg::CMD_TAG_LSB +: 32];
  assign load_act_ready_o = lfsr_q[0] || lfsr_q[1];  // now and then its own results have the port

  assign event_step_o         = stream_valid_o && stream_ready_i;
  assign event_wait_output_o  = stream_valid_o && !stream_ready_i;
  assign event_wait_weights_o = state_q == StWait && wants[0] && !token_avail_i[0];
  assign event_wait_act_o     = state_q == StWait && !(wants[0] && !token_avail_i[0]) && !ready_to_go;
  assign event_overhead_o     = (state_q == StWait && ready_to_go) || state_q == StPost;
  assign event_wait_requant_o = 1'b0;
  assign tap_requant_valid_o  = event_step_o;
  assign tap_requant_data_o   = stream_data_o;
  assign tap_requant_tag_o    = error_tag_o;
  assign tap_written_valid_o  = event_step_o;
  assign tap_written_data_o   = counters_i[63:0];
  assign tap_written_tag_o    = error_tag_o;

  always_ff @(posedge clk_i) begin
    if (load_act_valid_i && load_act_ready_o) act[32'(load_act_addr_i) % ActWords] <= load_act_data_i;
    if (load_weight_valid_i) begin
      weights[32'(load_weight_addr_i) * Slices + 32'(load_weight_slice_i)] <= load_weight_data_i;
    end
    if (cmd_ready_o && cmd_valid_i) cmd_q <= cmd_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      count_q <= '0;
      lfsr_q  <= 4'd1;
    end else begin
      lfsr_q <= {lfsr_q[2:0], lfsr_q[3] ^ lfsr_q[2]};
      unique case (state_q)
        StIdle: if (cmd_ready_o && cmd_valid_i) state_q <= StWait;
        StWait: begin
          count_q <= '0;
          if (ready_to_go && !halt_i && words != '0) state_q <= StStream;
        end
        StStream: if (event_step_o) begin
          count_q <= count_q + 1'b1;
          if (count_q + 16'd1 == words) state_q <= StPost;
        end
        StPost: state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end
endmodule

`default_nettype wire

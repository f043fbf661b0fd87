// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Adder tree that rounds: dout + round_out = sum of COUNT signed numbers din and COUNT bits round, of log2(COUNT) cycles before;
// one register per level, every adder takes one of the bits as its carry in. COUNT is a power of two.
`default_nettype none
module rws_dsp_mult_tree #(
    parameter COUNT = 16,
    parameter WIDTH = 7
) (
    input  wire                           clk,
    input  wire [COUNT*WIDTH-1:0]         din,
    input  wire [COUNT-1:0]               round,
    output wire [WIDTH+$clog2(COUNT)-1:0] dout,
    output wire                           round_out
);
    generate
        if (COUNT == 1) begin : gen_leaf
            wire unused_clk = &{1'b0, clk};
            assign dout = din;
            assign round_out = round;
        end else begin : gen_node
            localparam HALF = COUNT / 2;
            localparam HALF_W = WIDTH + $clog2(HALF);

            wire [HALF_W-1:0] low;
            wire [HALF_W-1:0] high;
            wire              low_round;
            wire              high_round;
            reg  [HALF_W:0]   sum_q;
            reg               round_q;

            rws_dsp_mult_tree #(
                .COUNT(HALF),
                .WIDTH(WIDTH)
            ) u_low (
                .clk(clk),
                .din(din[HALF*WIDTH-1:0]),
                .round(round[HALF-1:0]),
                .dout(low),
                .round_out(low_round)
            );

            rws_dsp_mult_tree #(
                .COUNT(HALF),
                .WIDTH(WIDTH)
            ) u_high (
                .clk(clk),
                .din(din[COUNT*WIDTH-1:HALF*WIDTH]),
                .round(round[COUNT-1:HALF]),
                .dout(high),
                .round_out(high_round)
            );

            always @(posedge clk) begin
                sum_q <= {low[HALF_W-1], low} + {high[HALF_W-1], high} + {{HALF_W{1'b0}}, low_round};
                round_q <= high_round;
            end

            assign dout = sum_q;
            assign round_out = round_q;
        end
    endgenerate
endmodule
`default_nettype wire

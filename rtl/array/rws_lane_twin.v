// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Behaviour of a LUT lane's end for simulation: when valid, acc <= (first ? 0 : acc) + sum of INPUTS unsigned operands,
// modulo 2^ACC_W, LATENCY cycles after the operands; throughput 1. Like the lane of any family, but for the timing inside.
`default_nettype none
module rws_lane_twin #(
    parameter INPUTS = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 24,
    parameter LATENCY = 4
) (
    input  wire                    clk,
    input  wire                    valid,
    input  wire                    first,
    input  wire [INPUTS*WIDTH-1:0] operand,
    output wire [ACC_W-1:0]        acc
);
    generate
        if (LATENCY < 1) begin : gen_error
            rws_error_latency_must_be_positive u_refused ();
        end
    endgenerate

    localparam SUM_W = WIDTH + $clog2(INPUTS);
    localparam WIDE = (SUM_W > ACC_W) ? SUM_W : ACC_W;

    reg  [SUM_W-1:0] sum;
    wire [SUM_W-1:0] sum_d;
    wire [WIDE-1:0]  addend = {{(WIDE-SUM_W){1'b0}}, sum_d};
    reg  [ACC_W-1:0] acc_q;

    integer k;
    always @* begin
        sum = {SUM_W{1'b0}};
        for (k = 0; k < INPUTS; k = k + 1) sum = sum + {{(SUM_W-WIDTH){1'b0}}, operand[k*WIDTH+:WIDTH]};
    end

    rws_delay #(
        .WIDTH(SUM_W),
        .CYCLES(LATENCY - 1)
    ) u_sum (
        .clk(clk),
        .din(sum),
        .dout(sum_d)
    );

    always @(posedge clk) begin
        if (valid) acc_q <= (first ? {ACC_W{1'b0}} : acc_q) + addend[ACC_W-1:0];
    end

    assign acc = acc_q;
endmodule
`default_nettype wire

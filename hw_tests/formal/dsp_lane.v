// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Two rows of weights in one multiplier per input: both sums are those of the rows, for all activations and weights of two inputs.
// ok belongs to the inputs LATENCY cycles before. Run by dsp_lane.ys.
`default_nettype none
module dsp_lane #(
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter LATENCY = 4
) (
    input  wire               clk,
    input  wire [2*ACT_W-1:0] act,
    input  wire [2*BITS-1:0]  row0,
    input  wire [2*BITS-1:0]  row1,
    output wire               ok
);
    localparam ACC_W = ACT_W + BITS + 4;
    localparam [BITS-1:0] LOWEST = 1 << (BITS - 1);

    wire [ACC_W-1:0]  acc0;
    wire [ACC_W-1:0]  acc1;
    wire [2*BITS-1:0] code0;
    wire [2*BITS-1:0] code1;
    wire [2*ACC_W-1:0] term0;
    wire [2*ACC_W-1:0] term1;
    reg  [LATENCY*2*ACC_W-1:0] sums_q;

    genvar k;
    generate
        for (k = 0; k < 2; k = k + 1) begin : gen_input
            // Levels are symmetric: the lowest number is none.
            wire [BITS-1:0] w0 = (row0[k*BITS+:BITS] == LOWEST) ? {BITS{1'b0}} : row0[k*BITS+:BITS];
            wire [BITS-1:0] w1 = (row1[k*BITS+:BITS] == LOWEST) ? {BITS{1'b0}} : row1[k*BITS+:BITS];
            wire signed [ACC_W-1:0] a = {{(ACC_W-ACT_W){1'b0}}, act[k*ACT_W+:ACT_W]};
            wire signed [ACC_W-1:0] wide0 = {{(ACC_W-BITS){w0[BITS-1]}}, w0};
            wire signed [ACC_W-1:0] wide1 = {{(ACC_W-BITS){w1[BITS-1]}}, w1};

            assign code0[k*BITS+:BITS] = w0;
            assign code1[k*BITS+:BITS] = w1 - {{(BITS-1){1'b0}}, w0[BITS-1]};
            assign term0[k*ACC_W+:ACC_W] = a * wide0;
            assign term1[k*ACC_W+:ACC_W] = a * wide1;
        end
    endgenerate

    rws_lane_dsp #(
        .CELLS("none"),
        .INPUTS(2),
        .ACT_W(ACT_W),
        .BITS(BITS),
        .PAIR(1),
        .ACC_W(ACC_W),
        .LATENCY(LATENCY)
    ) dut (
        .clk(clk),
        .valid(1'b1),
        .first(1'b1),
        .act(act),
        .code0(code0),
        .code1(code1),
        .acc0(acc0),
        .acc1(acc1)
    );

    wire [ACC_W-1:0] sum0 = term0[0+:ACC_W] + term0[ACC_W+:ACC_W];
    wire [ACC_W-1:0] sum1 = term1[0+:ACC_W] + term1[ACC_W+:ACC_W];

    always @(posedge clk) sums_q <= {sums_q[(LATENCY-1)*2*ACC_W-1:0], sum1, sum0};
    assign ok = {acc1, acc0} == sums_q[(LATENCY-1)*2*ACC_W+:2*ACC_W];
endmodule
`default_nettype wire

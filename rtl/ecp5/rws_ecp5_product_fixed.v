// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5: COUNT registered fixed(4) products of one activation and code {sign, magnitude[2:0]} each:
//   product = magnitude * a, ACT_W + 3 bits; sign passes beside it.
// Latency 2, throughput 1, exact. First chain: the two low magnitude bits; second: the high one.
`default_nettype none
module rws_ecp5_product_fixed #(
    parameter COUNT = 2,
    parameter ACT_W = 4
) (
    input  wire                       clk,
    input  wire [COUNT*ACT_W-1:0]     act,
    input  wire [COUNT*4-1:0]         code,
    output wire [COUNT-1:0]           sign,
    output wire [COUNT*(ACT_W+3)-1:0] product
);
    localparam LOW_W = ACT_W + 2;
    localparam HIGH_W = ACT_W + 1;
    localparam PROD_W = ACT_W + 3;

    wire [COUNT*LOW_W-1:0]  a1;
    wire [COUNT*LOW_W-1:0]  a2;
    wire [COUNT*LOW_W-1:0]  m0;
    wire [COUNT*LOW_W-1:0]  m1;
    wire [COUNT*LOW_W-1:0]  low;
    reg  [COUNT*LOW_W-1:0]  low_q;
    wire [COUNT*HIGH_W-1:0] rest;
    wire [COUNT*HIGH_W-1:0] a4;
    wire [COUNT*HIGH_W-1:0] m2;
    wire [COUNT*HIGH_W-1:0] high;
    reg  [COUNT*ACT_W-1:0]  act_q;
    reg  [COUNT-1:0]        m2_q;
    reg  [COUNT-1:0]        early_q;
    reg  [COUNT-1:0]        sign_q;
    reg  [COUNT*PROD_W-1:0] product_q;

    genvar k;
    generate
        for (k = 0; k < COUNT; k = k + 1) begin : gen_input
            assign a1[k*LOW_W+:LOW_W] = {2'b00, act[k*ACT_W+:ACT_W]};
            assign a2[k*LOW_W+:LOW_W] = {1'b0, act[k*ACT_W+:ACT_W], 1'b0};
            assign m0[k*LOW_W+:LOW_W] = {LOW_W{code[4*k]}};
            assign m1[k*LOW_W+:LOW_W] = {LOW_W{code[4*k+1]}};
            assign rest[k*HIGH_W+:HIGH_W] = {1'b0, low_q[k*LOW_W+2+:ACT_W]};
            assign a4[k*HIGH_W+:HIGH_W] = {1'b0, act_q[k*ACT_W+:ACT_W]};
            assign m2[k*HIGH_W+:HIGH_W] = {HIGH_W{m2_q[k]}};

            always @(posedge clk) begin
                m2_q[k] <= code[4*k+2];
                early_q[k] <= code[4*k+3];
                product_q[k*PROD_W+:PROD_W] <= {high[k*HIGH_W+:HIGH_W], low_q[k*LOW_W+:2]};
            end
        end
    endgenerate

    always @(posedge clk) begin
        act_q <= act;
        low_q <= low;
        sign_q <= early_q;
    end

    rws_ecp5_chain #(
        .SLOTS(COUNT * LOW_W),
        // (a & b) ^ (c & d)
        .INITS({COUNT*LOW_W{16'h7888}})
    ) u_low (
        .a(a1),
        .b(m0),
        .c(a2),
        .d(m1),
        .sum(low)
    );

    rws_ecp5_chain #(
        .SLOTS(COUNT * HIGH_W),
        .INITS({COUNT*HIGH_W{16'h7888}})
    ) u_high (
        .a(rest),
        .b({COUNT*HIGH_W{1'b1}}),
        .c(a4),
        .d(m2),
        .sum(high)
    );

    assign sign = sign_q;
    assign product = product_q;
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5 LUT lane for sp2(4) rows: acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W.
//   operand = product of one activation (unsigned) and the magnitude of its code {sign, f1, f2}, inverted where sign is set.
// Operands of cycle t are added in cycle t + LATENCY, when valid and first are given for them; throughput 1.
// LATENCY = 1 + max(1, ceil(log2(INPUTS))).
`default_nettype none
module rws_ecp5_lane_sp2 #(
    parameter INPUTS = 16,
    parameter ACT_W = 4,
    parameter ACC_W = 24
) (
    input  wire                    clk,
    input  wire                    valid,
    input  wire                    first,
    input  wire [INPUTS*ACT_W-1:0] act,
    input  wire [INPUTS*4-1:0]     code,
    output wire [ACC_W-1:0]        acc
);
    localparam COUNT = (INPUTS < 2) ? 2 : INPUTS;
    localparam PROD_W = ACT_W + 3;
    localparam SUM_W = PROD_W + $clog2(COUNT);

    wire [COUNT-1:0]        sign;
    wire [COUNT*PROD_W-1:0] product;
    wire [SUM_W-1:0]        sum;

    genvar k;
    generate
        for (k = 0; k < INPUTS; k = k + 2) begin : gen_products
            localparam USED = (k + 1 < INPUTS) ? 2 : 1;
            rws_ecp5_product_sp2 #(
                .COUNT(USED),
                .ACT_W(ACT_W)
            ) u_products (
                .clk(clk),
                .act(act[k*ACT_W+:USED*ACT_W]),
                .code(code[k*4+:USED*4]),
                .sign(sign[k+:USED]),
                .product(product[k*PROD_W+:USED*PROD_W])
            );
        end
        if (INPUTS < COUNT) begin : gen_pad
            assign sign[COUNT-1:INPUTS] = {(COUNT-INPUTS){1'b0}};
            assign product[COUNT*PROD_W-1:INPUTS*PROD_W] = {((COUNT-INPUTS)*PROD_W){1'b0}};
        end
    endgenerate

    rws_ecp5_tree #(
        .COUNT(COUNT),
        .WIDTH(PROD_W)
    ) u_tree (
        .clk(clk),
        .sign(sign),
        .din(product),
        .dout(sum)
    );

    rws_ecp5_acc #(
        .SUM_W(SUM_W),
        .ACC_W(ACC_W)
    ) u_acc (
        .clk(clk),
        .valid(valid),
        .first(first),
        .sum(sum),
        .acc(acc)
    );
endmodule
`default_nettype wire

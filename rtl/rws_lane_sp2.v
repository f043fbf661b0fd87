// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane for sp2 and pot rows: dot product of INPUTS activations with codes {sign, f1, f2}.
//   product = (f1 ? a << ~f1 : 0) + (f2 ? a << ~f2 : 0), inverted (not negated) where sign is set;
// the missing +1 of every negative code is a constant of the row, folded into its requantization constant.
// M2 = 0 leaves the second term out: pot. Latency 1 + ceil(log2(INPUTS)), throughput 1, exact.
`default_nettype none
module rws_lane_sp2 #(
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter M1 = 2,
    parameter M2 = 1,
    parameter SUM_W = 10
) (
    input  wire                        clk,
    input  wire [INPUTS*ACT_W-1:0]     act,
    input  wire [INPUTS*(1+M1+M2)-1:0] code,
    output wire [SUM_W-1:0]            sum
);
    localparam EXT_W = ACT_W + (ACT_SIGNED ? 0 : 1);
    localparam CODE_W = 1 + M1 + M2;
    localparam SHIFT = (1 << M1) - 1;
    localparam PROD_W = EXT_W + SHIFT;
    localparam LEAVES = 1 << $clog2(INPUTS);

    wire [LEAVES*PROD_W-1:0] leaves;

    genvar k;
    generate
        for (k = 0; k < LEAVES; k = k + 1) begin : gen_input
            if (k < INPUTS) begin : gen_product
                wire              top = ACT_SIGNED ? act[(k+1)*ACT_W-1] : 1'b0;
                wire [PROD_W-1:0] a = {{(PROD_W-ACT_W){top}}, act[k*ACT_W+:ACT_W]};
                wire              sign = code[(k+1)*CODE_W-1];
                wire [M1-1:0]     f1 = code[k*CODE_W+M2+:M1];
                wire [PROD_W-1:0] t1 = (f1 != {M1{1'b0}}) ? a << ~f1 : {PROD_W{1'b0}};
                wire [PROD_W-1:0] magnitude;
                reg  [PROD_W-1:0] product_q;

                if (M2 == 0) begin : gen_pot
                    assign magnitude = t1;
                end else begin : gen_sp2
                    wire [M2-1:0]     f2 = code[k*CODE_W+:M2];
                    wire [M1-1:0]     shift2 = ~{{(M1-M2){1'b0}}, f2};
                    wire [PROD_W-1:0] t2 = (f2 != {M2{1'b0}}) ? a << shift2 : {PROD_W{1'b0}};
                    assign magnitude = t1 + t2;
                end

                always @(posedge clk) product_q <= magnitude ^ {PROD_W{sign}};
                assign leaves[k*PROD_W+:PROD_W] = product_q;
            end else begin : gen_pad
                assign leaves[k*PROD_W+:PROD_W] = {PROD_W{1'b0}};
            end
        end
    endgenerate

    rws_tree #(
        .COUNT(LEAVES),
        .WIDTH(PROD_W)
    ) u_tree (
        .clk(clk),
        .din(leaves),
        .dout(sum)
    );
endmodule
`default_nettype wire

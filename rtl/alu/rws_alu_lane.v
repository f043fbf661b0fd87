// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane of Gowin's or Nexus's cells for SCHEME "sp2" (2, 1) or "fixed" 4: when valid,
//   acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W; operands as in rws_operand_*.
// triple = 3 * act, used by fixed. Latency to acc 2 + max(1, ceil(log2(INPUTS))), throughput 1.
`default_nettype none
module rws_alu_lane #(
    parameter [39:0] CELLS = "gowin",
    parameter [39:0] SCHEME = "sp2",
    parameter INPUTS = 16,
    parameter ACT_W = 4,
    parameter ACC_W = 24
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [INPUTS*ACT_W-1:0]     act,
    input  wire [INPUTS*(ACT_W+2)-1:0] triple,
    input  wire [INPUTS*4-1:0]         code,
    output wire [ACC_W-1:0]            acc
);
    generate
        if (SCHEME != "sp2" && SCHEME != "fixed") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

    localparam COUNT = (INPUTS < 2) ? 2 : INPUTS;
    localparam PROD_W = ACT_W + 3;
    localparam SUM_W = PROD_W + $clog2(COUNT);

    wire [COUNT-1:0]        sign;
    wire [COUNT*PROD_W-1:0] product;
    wire [SUM_W-1:0]        sum;

    genvar k;
    generate
        for (k = 0; k < COUNT; k = k + 1) begin : gen_sign
            assign sign[k] = (k < INPUTS) && code[(k<INPUTS)?4*k+3:3];
        end

        // Eight products share a carry chain.
        for (k = 0; k < INPUTS; k = k + 8) begin : gen_products
            localparam USED = (k + 8 < INPUTS) ? 8 : INPUTS - k;

            rws_alu_product #(
                .CELLS(CELLS),
                .SCHEME(SCHEME),
                .COUNT(USED),
                .ACT_W(ACT_W)
            ) u_products (
                .clk(clk),
                .act(act[k*ACT_W+:USED*ACT_W]),
                .triple(triple[k*(ACT_W+2)+:USED*(ACT_W+2)]),
                .code(code[4*k+:4*USED]),
                .product(product[k*PROD_W+:USED*PROD_W])
            );
        end
        if (INPUTS < COUNT) begin : gen_pad
            assign product[COUNT*PROD_W-1:INPUTS*PROD_W] = {((COUNT-INPUTS)*PROD_W){1'b0}};
        end
    endgenerate

    rws_alu_tree #(
        .CELLS(CELLS),
        .COUNT(COUNT),
        .WIDTH(PROD_W)
    ) u_tree (
        .clk(clk),
        .sign(sign),
        .din(product),
        .dout(sum)
    );

    rws_alu_acc #(
        .CELLS(CELLS),
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

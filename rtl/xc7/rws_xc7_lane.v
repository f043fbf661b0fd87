// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane on 7-series cells for SCHEME "sp2", "pot", "fixed" or "ausn": when valid,
//   acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W; operands as in rws_operand_*.
// MAIN and SUP are M1 and M2 of sp2 and pot, BITS and 0 of fixed, the lane's own of ausn. sp2 (2, 1), pot 3, fixed 4 and
// ausn (2, 1) have products of cells, others behavioural ones; pairs, tree and accumulator are cells for all.
// Latency 3 + levels(ceil(INPUTS / 2)), levels(n) = n <= 2 ? 0 : 1 + levels(n / 3 + n % 3): 3, 4, 5, 5, 6 for 4, 8, 16,
// 32, 64 inputs. Throughput 1.
`default_nettype none
module rws_xc7_lane #(
    parameter [39:0] SCHEME = "sp2",
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter MAIN = 2,
    parameter SUP = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 24
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [INPUTS*ACT_W-1:0]     act,
    input  wire [INPUTS*(ACT_W+2)-1:0] triple,
    input  wire [INPUTS*CODE_W-1:0]    code,
    output wire [ACC_W-1:0]            acc
);
    // Regions of the gates, where the product has any: see rws_xc7_product_pot and rws_xc7_product_ausn.
    localparam LOW = (SCHEME == "pot" && MAIN == 3) ? 4 : (SCHEME == "ausn" && MAIN == 2) ? 2 : 0;
    localparam HIGH = (SCHEME == "pot" && MAIN == 3) ? 3 : (SCHEME == "ausn" && MAIN == 2) ? 2 : 0;
    localparam PAIRS = (INPUTS + 1) / 2;

    wire [2*PAIRS*WIDTH-1:0]   product;
    wire [2*PAIRS-1:0]         sign;
    wire [6*PAIRS-1:0]         gate;
    wire [PAIRS*(WIDTH+1)-1:0] pairs;

    genvar k;
    generate
        for (k = 0; k < 2 * PAIRS; k = k + 1) begin : gen_input
            if (k < INPUTS) begin : gen_product
                rws_xc7_product #(
                    .SCHEME(SCHEME),
                    .ACT_W(ACT_W),
                    .MAIN(MAIN),
                    .SUP(SUP),
                    .CODE_W(CODE_W),
                    .WIDTH(WIDTH)
                ) u_product (
                    .clk(clk),
                    .act(act[k*ACT_W+:ACT_W]),
                    .triple(triple[k*(ACT_W+2)+:ACT_W+2]),
                    .code(code[k*CODE_W+:CODE_W]),
                    .product(product[k*WIDTH+:WIDTH]),
                    .sign(sign[k]),
                    .gate(gate[3*k+:3])
                );
            end else begin : gen_odd
                assign product[k*WIDTH+:WIDTH] = {WIDTH{1'b0}};
                assign sign[k] = 1'b0;
                assign gate[3*k+:3] = 3'b000;
            end
        end

        for (k = 0; k < PAIRS; k = k + 1) begin : gen_pair
            rws_xc7_pair #(
                .WIDTH(WIDTH),
                .LOW(LOW),
                .HIGH(HIGH)
            ) u_pair (
                .clk(clk),
                .x0(product[2*k*WIDTH+:WIDTH]),
                .sign0(sign[2*k]),
                .gate0(gate[6*k+:3]),
                .x1(product[(2*k+1)*WIDTH+:WIDTH]),
                .sign1(sign[2*k+1]),
                .gate1(gate[6*k+3+:3]),
                .sum(pairs[k*(WIDTH+1)+:WIDTH+1])
            );
        end
    endgenerate

    rws_xc7_tree #(
        .COUNT(PAIRS),
        .UNIT_W(WIDTH),
        .TERMS(2),
        .TOTAL(2 * PAIRS),
        .ACC_W(ACC_W)
    ) u_tree (
        .clk(clk),
        .valid(valid),
        .first(first),
        .din(pairs),
        .acc(acc)
    );
endmodule
`default_nettype wire

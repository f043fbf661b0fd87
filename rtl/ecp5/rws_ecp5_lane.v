// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane of ECP5 cells for SCHEME "sp2" (2, 1), "fixed" 4, "pot" 3 or "ausn" (2, 1): when valid,
//   acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W; operands as in rws_operand_*.
// sp2 and fixed make products whose sign the tree applies; pot and ausn shift finely, and pairs are added with their coarse
// shifts (rws_ecp5_window). triple = 3 * act, used by ausn.
// Latency to acc 2 + max(1, ceil(log2(INPUTS))), one more for all but sp2. Throughput 1.
`default_nettype none
module rws_ecp5_lane #(
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
        if (SCHEME != "sp2" && SCHEME != "pot" && SCHEME != "fixed" && SCHEME != "ausn") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

    localparam SHIFTED = (SCHEME == "pot" || SCHEME == "ausn") ? 1 : 0;
    localparam PAIRS = (INPUTS + 1) / 2;
    localparam FINE_W = ACT_W + 3;
    localparam WIDTH = (SCHEME == "pot") ? ACT_W + 6 : ACT_W + 5;
    localparam COUNT = (SHIFTED != 0) ? PAIRS : (INPUTS < 2) ? 2 : INPUTS;
    localparam NUMBER_W = (SHIFTED != 0) ? WIDTH + 1 : ACT_W + 3;
    localparam SUM_W = NUMBER_W + $clog2(COUNT);

    wire                      unused_triple = &{1'b0, triple};
    wire [COUNT-1:0]          sign;
    wire [COUNT*NUMBER_W-1:0] number;
    wire [SUM_W-1:0]          sum;

    genvar k;
    generate
        if (SHIFTED != 0) begin : gen_shifted
            wire [2*PAIRS*FINE_W-1:0] fine;
            wire [2*PAIRS-1:0]        e;

            assign sign = {COUNT{1'b0}};

            for (k = 0; k < INPUTS; k = k + 1) begin : gen_fine
                rws_ecp5_fine #(
                    .SCHEME(SCHEME),
                    .ACT_W(ACT_W)
                ) u_fine (
                    .clk(clk),
                    .act(act[k*ACT_W+:ACT_W]),
                    .triple(triple[k*(ACT_W+2)+:ACT_W+2]),
                    .code(code[4*k+:4]),
                    .fine(fine[k*FINE_W+:FINE_W]),
                    .e(e[k])
                );
            end
            if (2 * PAIRS > INPUTS) begin : gen_pad
                assign fine[INPUTS*FINE_W+:FINE_W] = {FINE_W{1'b0}};
                assign e[INPUTS] = 1'b0;
            end

            for (k = 0; k < PAIRS; k = k + 1) begin : gen_pair
                rws_ecp5_window #(
                    .FINE_W(FINE_W),
                    .STEP((SCHEME == "pot") ? 4 : 2),
                    .WIDTH(WIDTH),
                    .UP((SCHEME == "pot") ? 1'b0 : 1'b1)
                ) u_window (
                    .clk(clk),
                    .fine0(fine[2*k*FINE_W+:FINE_W]),
                    .e0(e[2*k]),
                    .fine1(fine[(2*k+1)*FINE_W+:FINE_W]),
                    .e1(e[2*k+1]),
                    .sum(number[k*NUMBER_W+:NUMBER_W])
                );
            end
        end else begin : gen_signed
            // Eight products share a carry chain.
            for (k = 0; k < INPUTS; k = k + 8) begin : gen_products
                localparam USED = (k + 8 < INPUTS) ? 8 : INPUTS - k;

                if (SCHEME == "sp2") begin : gen_sp2
                    rws_ecp5_product_sp2 #(
                        .COUNT(USED),
                        .ACT_W(ACT_W)
                    ) u_products (
                        .clk(clk),
                        .act(act[k*ACT_W+:USED*ACT_W]),
                        .code(code[k*4+:USED*4]),
                        .sign(sign[k+:USED]),
                        .product(number[k*NUMBER_W+:USED*NUMBER_W])
                    );
                end else begin : gen_fixed
                    rws_ecp5_product_fixed #(
                        .COUNT(USED),
                        .ACT_W(ACT_W)
                    ) u_products (
                        .clk(clk),
                        .act(act[k*ACT_W+:USED*ACT_W]),
                        .code(code[k*4+:USED*4]),
                        .sign(sign[k+:USED]),
                        .product(number[k*NUMBER_W+:USED*NUMBER_W])
                    );
                end
            end
            if (INPUTS < COUNT) begin : gen_pad
                assign sign[COUNT-1:INPUTS] = {(COUNT-INPUTS){1'b0}};
                assign number[COUNT*NUMBER_W-1:INPUTS*NUMBER_W] = {((COUNT-INPUTS)*NUMBER_W){1'b0}};
            end
        end
    endgenerate

    rws_ecp5_tree #(
        .COUNT(COUNT),
        .WIDTH(NUMBER_W)
    ) u_tree (
        .clk(clk),
        .sign(sign),
        .din(number),
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

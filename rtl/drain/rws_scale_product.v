// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// product(t) = x(t - LEVELS - 1) * M, x and the product signed, M unsigned; M arrives with x. Throughput 1.
// MULTIPLIER = 1: a DSP block of CELLS (rws_dsp_product); LEVELS is 1. MULTIPLIER = 0: a tree in LUTs, products with two bits of M,
// then LEVELS of adders, which take M of up to 2^(LEVELS+1) bits. PRODUCT_W holds the product by the width algebra.
`default_nettype none
module rws_scale_product #(
    parameter [39:0] CELLS = "none",
    parameter X_W = 16,
    parameter MUL_W = 4,
    parameter PRODUCT_W = 20,
    parameter LEVELS = 1,
    parameter MULTIPLIER = 0
) (
    input  wire                 clk,
    input  wire [X_W-1:0]       x,
    input  wire [MUL_W-1:0]     mul,
    output wire [PRODUCT_W-1:0] product
);
    generate
        if (MULTIPLIER == 0 && MUL_W > (2 << LEVELS)) begin : gen_error_0
            rws_error_levels_must_take_all_of_mul_w u_refused ();
        end
        if (LEVELS < 0 || (MULTIPLIER != 0 && LEVELS != 1)) begin : gen_error_1
            rws_error_a_multiplier_has_one_level u_refused ();
        end
    endgenerate

    localparam PAIRS = 1 << LEVELS;
    // A product with all 2 * PAIRS bits of M, or with those of the multiplier's signed operand.
    localparam WHOLE_W = MULTIPLIER ? X_W + MUL_W + 1 : X_W + 2 * PAIRS;

    wire [WHOLE_W-1:0] whole;

    genvar l;
    genvar k;
    generate
        if (MULTIPLIER) begin : gen_multiplier
            rws_dsp_product #(
                .CELLS(CELLS),
                .A_W(X_W),
                .B_W(MUL_W + 1),
                .LATENCY(2)
            ) u_product (
                .clk(clk),
                .a(x),
                .b({1'b0, mul}),
                .product(whole)
            );
        end else begin : gen_tree
            wire                         unused_parameters = (CELLS == "none");
            wire [2*PAIRS-1:0]           bits = {{(2*PAIRS-MUL_W){1'b0}}, mul};
            // The trees of all levels, leaves first, each number as wide as the last.
            wire [(2*PAIRS-1)*WHOLE_W-1:0] node;
            wire                         unused_node = &{1'b0, node};

            for (k = 0; k < PAIRS; k = k + 1) begin : gen_leaf
                wire [X_W+1:0] once = {{2{x[X_W-1]}}, x} & {(X_W+2){bits[2*k]}};
                wire [X_W+1:0] twice = {x[X_W-1], x, 1'b0} & {(X_W+2){bits[2*k+1]}};
                reg  [X_W+1:0] leaf_q;

                always @(posedge clk) leaf_q <= once + twice;

                assign node[k*WHOLE_W+:WHOLE_W] = {{(WHOLE_W-X_W-2){leaf_q[X_W+1]}}, leaf_q};
            end

            // Node k of a level is its low child plus its high child, which weighs 2^STEP more.
            for (l = 1; l <= LEVELS; l = l + 1) begin : gen_level
                localparam STEP = 1 << l;
                localparam CHILD_W = X_W + STEP;
                localparam HERE = 2 * PAIRS - (2 * PAIRS >> l);
                localparam BELOW = 2 * PAIRS - (4 * PAIRS >> l);

                for (k = 0; k < PAIRS >> l; k = k + 1) begin : gen_node
                    wire [CHILD_W-1:0]      low = node[(BELOW+2*k)*WHOLE_W+:CHILD_W];
                    wire [CHILD_W-1:0]      high = node[(BELOW+2*k+1)*WHOLE_W+:CHILD_W];
                    wire [CHILD_W-1:0]      carried = {{STEP{low[CHILD_W-1]}}, low[CHILD_W-1:STEP]};
                    reg  [CHILD_W+STEP-1:0] sum_q;

                    always @(posedge clk) sum_q <= {high + carried, low[STEP-1:0]};

                    assign node[(HERE+k)*WHOLE_W+:WHOLE_W] =
                        {{(WHOLE_W-CHILD_W-STEP+1){sum_q[CHILD_W+STEP-1]}}, sum_q[CHILD_W+STEP-2:0]};
                end
            end

            assign whole = node[(2*PAIRS-2)*WHOLE_W+:WHOLE_W];
        end

        if (WHOLE_W > PRODUCT_W) begin : gen_narrow
            wire unused_top = &{1'b0, whole[WHOLE_W-1:PRODUCT_W]};
            assign product = whole[PRODUCT_W-1:0];
        end else begin : gen_wide
            assign product = {{(PRODUCT_W-WHOLE_W+1){whole[WHOLE_W-1]}}, whole[WHOLE_W-2:0]};
        end
    endgenerate
endmodule
`default_nettype wire

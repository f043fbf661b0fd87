// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// y(t) = (x(t - LEVELS - 3) * M + B) >>> (SHIFT_MIN + S), M unsigned, the others signed; M, B and S arrive with x.
// The product is a tree: products with two bits of M, then LEVELS of adders, which take M of up to 2^(LEVELS+1) bits. No
// multiplier. TOTAL_W holds x * M and x * M + B by the width algebra. Throughput 1.
`default_nettype none
module rws_scale #(
    parameter X_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter SHIFT_W = 3,
    parameter SHIFT_MIN = 2,
    parameter TOTAL_W = 20,
    parameter LEVELS = 1
) (
    input  wire                         clk,
    input  wire [X_W-1:0]               x,
    input  wire [MUL_W-1:0]             mul,
    input  wire [ADD_W-1:0]             add,
    input  wire [SHIFT_W-1:0]           shift,
    output wire [TOTAL_W-SHIFT_MIN-1:0] y
);
    localparam PAIRS = 1 << LEVELS;
    // A product with all 2 * PAIRS bits of M; the trees of all levels, leaves first, each number as wide as this one.
    localparam PRODUCT_W = X_W + 2 * PAIRS;

    wire [2*PAIRS-1:0]                 bits = {{(2*PAIRS-MUL_W){1'b0}}, mul};
    wire [(2*PAIRS-1)*PRODUCT_W-1:0]   node;
    wire [PRODUCT_W-1:0]               product = node[(2*PAIRS-2)*PRODUCT_W+:PRODUCT_W];
    wire [TOTAL_W-1:0]                 product_wide;
    wire                               unused_node = &{1'b0, node};
    wire [ADD_W-1:0]                   add_d;
    wire [SHIFT_W-1:0]                 shift_d;
    wire [TOTAL_W-1:0]                 total = product_wide + {{(TOTAL_W-ADD_W){add_d[ADD_W-1]}}, add_d};
    reg  signed [TOTAL_W-SHIFT_MIN-1:0] total_q;
    reg  signed [TOTAL_W-SHIFT_MIN-1:0] y_q;

    genvar l;
    genvar k;
    generate
        for (k = 0; k < PAIRS; k = k + 1) begin : gen_leaf
            wire [X_W+1:0] once = {{2{x[X_W-1]}}, x} & {(X_W+2){bits[2*k]}};
            wire [X_W+1:0] twice = {x[X_W-1], x, 1'b0} & {(X_W+2){bits[2*k+1]}};
            reg  [X_W+1:0] leaf_q;

            always @(posedge clk) leaf_q <= once + twice;

            assign node[k*PRODUCT_W+:PRODUCT_W] = {{(PRODUCT_W-X_W-2){leaf_q[X_W+1]}}, leaf_q};
        end

        // Node k of a level is its low child plus its high child, which weighs 2^STEP more.
        for (l = 1; l <= LEVELS; l = l + 1) begin : gen_level
            localparam STEP = 1 << l;
            localparam CHILD_W = X_W + STEP;
            localparam HERE = 2 * PAIRS - (2 * PAIRS >> l);
            localparam BELOW = 2 * PAIRS - (4 * PAIRS >> l);

            for (k = 0; k < PAIRS >> l; k = k + 1) begin : gen_node
                wire [CHILD_W-1:0]      low = node[(BELOW+2*k)*PRODUCT_W+:CHILD_W];
                wire [CHILD_W-1:0]      high = node[(BELOW+2*k+1)*PRODUCT_W+:CHILD_W];
                wire [CHILD_W-1:0]      carried = {{STEP{low[CHILD_W-1]}}, low[CHILD_W-1:STEP]};
                reg  [CHILD_W+STEP-1:0] sum_q;

                always @(posedge clk) sum_q <= {high + carried, low[STEP-1:0]};

                assign node[(HERE+k)*PRODUCT_W+:PRODUCT_W] =
                    {{(PRODUCT_W-CHILD_W-STEP+1){sum_q[CHILD_W+STEP-1]}}, sum_q[CHILD_W+STEP-2:0]};
            end
        end

        if (PRODUCT_W > TOTAL_W) begin : gen_narrow
            wire unused_product = &{1'b0, product[PRODUCT_W-1:TOTAL_W]};
            assign product_wide = product[TOTAL_W-1:0];
        end else begin : gen_wide
            assign product_wide = {{(TOTAL_W-PRODUCT_W+1){product[PRODUCT_W-1]}}, product[PRODUCT_W-2:0]};
        end
        if (SHIFT_MIN > 0) begin : gen_dropped
            wire unused_low = &{1'b0, total[SHIFT_MIN-1:0]};
        end
    endgenerate

    rws_delay #(
        .WIDTH(ADD_W),
        .CYCLES(LEVELS + 1)
    ) u_add (
        .clk(clk),
        .din(add),
        .dout(add_d)
    );

    rws_delay #(
        .WIDTH(SHIFT_W),
        .CYCLES(LEVELS + 2)
    ) u_shift (
        .clk(clk),
        .din(shift),
        .dout(shift_d)
    );

    always @(posedge clk) begin
        total_q <= total[TOTAL_W-1:SHIFT_MIN];
        y_q <= total_q >>> shift_d;
    end

    assign y = y_q;
endmodule
`default_nettype wire

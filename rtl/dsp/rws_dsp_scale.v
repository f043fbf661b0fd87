// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// total(t) = x(t - 3) * M + B in one DSP block with an adder behind its multiplier, x, B and the total signed, M unsigned; M and B
// arrive with x. Registers stand where the block has its own (operands, product, B, total), so that synthesis takes them in.
// Throughput 1; TOTAL_W holds the total by the width algebra.
`default_nettype none
(* keep_hierarchy *)
module rws_dsp_scale #(
    parameter X_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter TOTAL_W = 20
) (
    input  wire               clk,
    input  wire [X_W-1:0]     x,
    input  wire [MUL_W-1:0]   mul,
    input  wire [ADD_W-1:0]   add,
    output wire [TOTAL_W-1:0] total
);
    // Nothing is cut within the block.
    localparam PRODUCT_W = X_W + MUL_W + 1;
    localparam WIDE_W = ((PRODUCT_W > TOTAL_W) ? PRODUCT_W : TOTAL_W) + 1;

    reg signed [X_W-1:0]       x_q;
    reg signed [MUL_W:0]       mul_q;
    reg signed [PRODUCT_W-1:0] product_q;
    reg        [ADD_W-1:0]     add_q;
    reg        [ADD_W-1:0]     add_late_q;
    reg        [WIDE_W-1:0]    total_q;
    wire                       unused_top = &{1'b0, total_q[WIDE_W-1:TOTAL_W]};

    always @(posedge clk) begin
        x_q <= x;
        mul_q <= {1'b0, mul};
        product_q <= x_q * mul_q;
        add_q <= add;
        add_late_q <= add_q;
        total_q <= {{(WIDE_W-PRODUCT_W){product_q[PRODUCT_W-1]}}, product_q}
                 + {{(WIDE_W-ADD_W){add_late_q[ADD_W-1]}}, add_late_q};
    end

    assign total = total_q[TOTAL_W-1:0];
endmodule
`default_nettype wire

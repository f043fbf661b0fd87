// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// y(t) = (x(t - LEVELS - 3) * M + B) >>> (SHIFT_MIN + S), M unsigned, the others signed; M, B and S arrive with x.
// EVEN = 1: where even is set, halves go to the even side (rws_even, with guard); neither changes while values are on their way.
// MULTIPLIER = 2: a DSP block makes all of x * M + B (rws_dsp_scale); LEVELS is 1 then. Otherwise CELLS, LEVELS and MULTIPLIER are as
// in rws_scale_product. TOTAL_W holds x * M and x * M + B by the width algebra. Throughput 1.
`default_nettype none
module rws_scale #(
    parameter [39:0] CELLS = "none",
    parameter X_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter SHIFT_W = 3,
    parameter SHIFT_MIN = 2,
    parameter TOTAL_W = 20,
    parameter LEVELS = 1,
    parameter MULTIPLIER = 0,
    parameter EVEN = 0,
    parameter GUARD_W = 1
) (
    input  wire                         clk,
    input  wire                         even,
    input  wire [GUARD_W-1:0]           guard,
    input  wire [X_W-1:0]               x,
    input  wire [MUL_W-1:0]             mul,
    input  wire [ADD_W-1:0]             add,
    input  wire [SHIFT_W-1:0]           shift,
    output wire [TOTAL_W-SHIFT_MIN-1:0] y
);
    generate
        if (SHIFT_MIN < 0 || SHIFT_MIN >= TOTAL_W) begin : gen_error_0
            rws_error_shift_min_must_be_below_total_w u_refused ();
        end
        if (ADD_W > TOTAL_W) begin : gen_error_1
            rws_error_total_w_must_hold_add_w u_refused ();
        end
        if (MULTIPLIER == 2 && LEVELS != 1) begin : gen_error_2
            rws_error_a_multiplier_has_one_level u_refused ();
        end
    endgenerate

    localparam KEPT_W = TOTAL_W - SHIFT_MIN;

    wire        [TOTAL_W-1:0] total_q;
    wire        [SHIFT_W-1:0] shift_d;
    wire signed [KEPT_W-1:0]  kept = total_q[TOTAL_W-1:SHIFT_MIN];
    reg  signed [KEPT_W-1:0]  y_q;

    generate
        if (MULTIPLIER == 2) begin : gen_block
            wire unused_parameters = (CELLS == "none");

            rws_dsp_scale #(
                .X_W(X_W),
                .MUL_W(MUL_W),
                .ADD_W(ADD_W),
                .TOTAL_W(TOTAL_W)
            ) u_total (
                .clk(clk),
                .x(x),
                .mul(mul),
                .add(add),
                .total(total_q)
            );
        end else begin : gen_sum
            wire [TOTAL_W-1:0] product;
            wire [ADD_W-1:0]   add_d;
            reg  [TOTAL_W-1:0] sum_q;

            rws_scale_product #(
                .CELLS(CELLS),
                .X_W(X_W),
                .MUL_W(MUL_W),
                .PRODUCT_W(TOTAL_W),
                .LEVELS(LEVELS),
                .MULTIPLIER(MULTIPLIER)
            ) u_product (
                .clk(clk),
                .x(x),
                .mul(mul),
                .product(product)
            );

            rws_delay #(
                .WIDTH(ADD_W),
                .CYCLES(LEVELS + 1)
            ) u_add (
                .clk(clk),
                .din(add),
                .dout(add_d)
            );

            always @(posedge clk) sum_q <= product + {{(TOTAL_W-ADD_W){add_d[ADD_W-1]}}, add_d};

            assign total_q = sum_q;
        end
        if (SHIFT_MIN > 0) begin : gen_dropped
            wire unused_low = &{1'b0, total_q[SHIFT_MIN-1:0]};
        end
    endgenerate

    rws_delay #(
        .WIDTH(SHIFT_W),
        .CYCLES(LEVELS + 2)
    ) u_shift (
        .clk(clk),
        .din(shift),
        .dout(shift_d)
    );

    always @(posedge clk) y_q <= kept >>> shift_d;

    generate
        if (EVEN) begin : gen_even
            wire rest;
            wire keep;

            if (SHIFT_MIN > 0) begin : gen_rest
                assign rest = |total_q[SHIFT_MIN-1:0];
            end else begin : gen_none
                assign rest = 1'b0;
            end

            rws_even #(
                .WIDTH(KEPT_W),
                .SHIFT_W(SHIFT_W),
                .GUARD_W(GUARD_W),
                .DROPPED(SHIFT_MIN)
            ) u_even (
                .clk(clk),
                .even(even),
                .guard(guard),
                .x(kept),
                .rest(rest),
                .shift(shift_d),
                .keep(keep)
            );

            assign y = {y_q[KEPT_W-1:1], y_q[0] && keep};
        end else begin : gen_floor
            wire unused_even = &{1'b0, even, guard};
            assign y = y_q;
        end
    endgenerate
endmodule
`default_nettype wire

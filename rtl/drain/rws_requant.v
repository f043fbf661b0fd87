// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Requantization of Q accumulators per cycle:
//   y = clamp((clamp((acc * M + B) >>> S, lo1, hi1) + ((res * RM + RB) >>> RS)) >>> SS, lo2, hi2)
// with M, B, S per row and the rest per layer. S = SHIFT_MIN + the stored shift. EVEN = 1: even rounds halves of the first
// shift to even, by the upper guard of the bits that it drops where guard is not 0. SUM = 1: there is a shift SS of the sum;
// SUM_EVEN = 1: sum_even rounds its halves to even. CELLS and MULTIPLIER as in rws_scale, LEVELS those of products in LUTs; the
// residual operand arrives 2 + SPLIT cycles after the accumulator, takes one level less and is multiplied in LUTs. RES = 0 leaves
// it and the second clamp out. NEAR = 1: each value has registers for the layer's constants, which come a cycle late then and do
// not change while values are on their way. SPLIT = 1: clamps take two cycles.
// Latency LEVELS + 6 with residual, LEVELS + 4 without, SUM more, and SPLIT more for each clamp; throughput 1.
// Sums are wide enough by the width algebra, and the clamps saturate.
`default_nettype none
module rws_requant #(
    parameter [39:0] CELLS = "none",
    parameter Q = 2,
    parameter ACC_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter SHIFT_W = 3,
    parameter SHIFT_MIN = 2,
    parameter TOTAL_W = 20,
    parameter LEVELS = 2,
    parameter MULTIPLIER = 0,
    parameter NEAR = 0,
    parameter SPLIT = 0,
    parameter Y_W = 9,
    parameter RES = 1,
    parameter RES_W = 4,
    parameter RMUL_W = 4,
    parameter RADD_W = 8,
    parameter RSHIFT_W = 3,
    parameter RTOTAL_W = 11,
    parameter EVEN = 0,
    parameter GUARD_W = 1,
    parameter SUM = 0,
    parameter SUM_EVEN = 0,
    parameter SSHIFT_W = 1
) (
    input  wire                              clk,
    input  wire [Q*ACC_W-1:0]                acc,
    input  wire [Q*(MUL_W+ADD_W+SHIFT_W)-1:0] param,
    input  wire [Y_W-1:0]                    lo1,
    input  wire [Y_W-1:0]                    hi1,
    input  wire [Y_W-1:0]                    lo2,
    input  wire [Y_W-1:0]                    hi2,
    input  wire [Q*RES_W-1:0]                res,
    input  wire [RMUL_W-1:0]                 res_mul,
    input  wire [RADD_W-1:0]                 res_add,
    input  wire [RSHIFT_W-1:0]               res_shift,
    input  wire                              even,
    input  wire [GUARD_W-1:0]                guard,
    input  wire [SSHIFT_W-1:0]               sum_shift,
    input  wire                              sum_even,
    output wire [Q*Y_W-1:0]                  y
);
    generate
        if (LEVELS < ((RES != 0 || MULTIPLIER != 0) ? 1 : 0)) begin : gen_error
            rws_error_residuals_and_multipliers_need_a_level u_refused ();
        end
    endgenerate

    localparam PARAM_W = MUL_W + ADD_W + SHIFT_W;
    localparam SCALED_W = TOTAL_W - SHIFT_MIN;

    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [SCALED_W-1:0] scaled;
            wire [Y_W-1:0]      clamped;
            wire [Y_W-1:0]      waited;
            wire [Y_W-1:0]      near_lo1;
            wire [Y_W-1:0]      near_hi1;
            wire                near_even;
            wire [GUARD_W-1:0]  near_guard;

            if (EVEN) begin : gen_even
                rws_copy #(
                    .WIDTH(1 + GUARD_W),
                    .CYCLES(NEAR)
                ) u_near (
                    .clk(clk),
                    .din({even, guard}),
                    .dout({near_even, near_guard})
                );
            end else begin : gen_floor
                wire unused_even = &{1'b0, even, guard};
                assign near_even = 1'b0;
                assign near_guard = {GUARD_W{1'b0}};
            end

            rws_copy #(
                .WIDTH(2 * Y_W),
                .CYCLES(NEAR)
            ) u_near (
                .clk(clk),
                .din({lo1, hi1}),
                .dout({near_lo1, near_hi1})
            );

            rws_scale #(
                .CELLS(CELLS),
                .X_W(ACC_W),
                .MUL_W(MUL_W),
                .ADD_W(ADD_W),
                .SHIFT_W(SHIFT_W),
                .SHIFT_MIN(SHIFT_MIN),
                .TOTAL_W(TOTAL_W),
                .LEVELS((MULTIPLIER != 0) ? 1 : LEVELS),
                .MULTIPLIER(MULTIPLIER),
                .EVEN(EVEN),
                .GUARD_W(GUARD_W)
            ) u_scale (
                .clk(clk),
                .even(near_even),
                .guard(near_guard),
                .x(acc[q*ACC_W+:ACC_W]),
                .mul(param[q*PARAM_W+:MUL_W]),
                .add(param[q*PARAM_W+MUL_W+:ADD_W]),
                .shift(param[q*PARAM_W+MUL_W+ADD_W+:SHIFT_W]),
                .y(scaled)
            );

            rws_clamp #(
                .X_W(SCALED_W),
                .Y_W(Y_W),
                .SPLIT(SPLIT)
            ) u_clamp (
                .clk(clk),
                .x(scaled),
                .lo(near_lo1),
                .hi(near_hi1),
                .y(clamped)
            );

            // Where a multiplier is done before the residual's product.
            rws_delay #(
                .WIDTH(Y_W),
                .CYCLES((MULTIPLIER != 0) ? LEVELS - 1 : 0)
            ) u_wait (
                .clk(clk),
                .din(clamped),
                .dout(waited)
            );

            if (RES) begin : gen_residual
                rws_requant_sum #(
                    .SPLIT(SPLIT),
                    .NEAR(NEAR),
                    .Y_W(Y_W),
                    .RES_W(RES_W),
                    .RMUL_W(RMUL_W),
                    .RADD_W(RADD_W),
                    .RSHIFT_W(RSHIFT_W),
                    .RTOTAL_W(RTOTAL_W),
                    .LEVELS(LEVELS),
                    .SUM(SUM),
                    .SUM_EVEN(SUM_EVEN),
                    .SSHIFT_W(SSHIFT_W)
                ) u_sum (
                    .clk(clk),
                    .x(waited),
                    .res(res[q*RES_W+:RES_W]),
                    .res_mul(res_mul),
                    .res_add(res_add),
                    .res_shift(res_shift),
                    .lo(lo2),
                    .hi(hi2),
                    .sum_shift(sum_shift),
                    .sum_even(sum_even),
                    .y(y[q*Y_W+:Y_W])
                );
            end else begin : gen_plain
                wire unused_parameters = (RTOTAL_W == 0) && (SUM == 0) && (SUM_EVEN == 0);
                wire unused_residual = &{1'b0, res, res_mul, res_add, res_shift, lo2, hi2, sum_shift, sum_even};
                assign y[q*Y_W+:Y_W] = waited;
            end
        end
    endgenerate
endmodule
`default_nettype wire

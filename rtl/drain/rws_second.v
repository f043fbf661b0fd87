// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Second results of Q values a cycle, for the window feed, with a layer's constants, M unsigned, the others signed:
//   second = clamp((y * M + B) >>> S, lo, hi)
// and place, where they are written, at the same time. NEAR registers of constants are a value's own; they do not change while values
// are on their way. SPLIT as in rws_clamp. Latency LEVELS + 4 + SPLIT, throughput 1; wide enough by the width algebra.
`default_nettype none
module rws_second #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter MUL_W = 4,
    parameter ADD_W = 8,
    parameter SHIFT_W = 3,
    parameter TOTAL_W = 12,
    parameter LEVELS = 1,
    parameter NEAR = 0,
    parameter SPLIT = 0,
    parameter PLACE_W = 8
) (
    input  wire               clk,
    input  wire [Q*Y_W-1:0]   y,
    input  wire [PLACE_W-1:0] place,
    input  wire [MUL_W-1:0]   mul,
    input  wire [ADD_W-1:0]   add,
    input  wire [SHIFT_W-1:0] shift,
    input  wire [Y_W-1:0]     lo,
    input  wire [Y_W-1:0]     hi,
    output wire [Q*Y_W-1:0]   second,
    output wire [PLACE_W-1:0] second_place
);
    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [MUL_W-1:0]   near_mul;
            wire [ADD_W-1:0]   near_add;
            wire [SHIFT_W-1:0] near_shift;
            wire [Y_W-1:0]     near_lo;
            wire [Y_W-1:0]     near_hi;
            wire [TOTAL_W-1:0] scaled;

            rws_copy #(
                .WIDTH(MUL_W + ADD_W + SHIFT_W + 2*Y_W),
                .CYCLES(NEAR)
            ) u_near (
                .clk(clk),
                .din({mul, add, shift, lo, hi}),
                .dout({near_mul, near_add, near_shift, near_lo, near_hi})
            );

            rws_scale #(
                .CELLS("none"),
                .X_W(Y_W),
                .MUL_W(MUL_W),
                .ADD_W(ADD_W),
                .SHIFT_W(SHIFT_W),
                .SHIFT_MIN(0),
                .TOTAL_W(TOTAL_W),
                .LEVELS(LEVELS),
                .MULTIPLIER(0),
                .EVEN(0),
                .GUARD_W(1)
            ) u_scale (
                .clk(clk),
                .even(1'b0),
                .guard(1'b0),
                .x(y[q*Y_W+:Y_W]),
                .mul(near_mul),
                .add(near_add),
                .shift(near_shift),
                .y(scaled)
            );

            rws_clamp #(
                .X_W(TOTAL_W),
                .Y_W(Y_W),
                .SPLIT(SPLIT)
            ) u_clamp (
                .clk(clk),
                .x(scaled),
                .lo(near_lo),
                .hi(near_hi),
                .y(second[q*Y_W+:Y_W])
            );
        end
    endgenerate

    rws_delay #(
        .WIDTH(PLACE_W),
        .CYCLES(LEVELS + 4 + SPLIT)
    ) u_place (
        .clk(clk),
        .din(place),
        .dout(second_place)
    );
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Requantization rounds as the layer says: ok belongs to the inputs LEVELS + 3 cycles before. With even the constant is a bias
// plus half a unit, and the result is the nearest integer, of two the even one, by remainders; else the shifted total. With a
// guard, halves are those of the total cut to so many bits behind the point.
// Run by scale.ys.
`default_nettype none
module scale #(
    parameter HALF_EVEN = 1,
    parameter SHIFT_MIN = 0,
    parameter GUARD = 0,
    parameter LEVELS = 1,
    parameter MULTIPLIER = 0
) (
    input  wire       clk,
    input  wire [5:0] x,
    input  wire [2:0] mul,
    input  wire [6:0] bias,
    input  wire [1:0] shift,
    output wire       ok
);
    localparam TOTAL_W = 12;
    localparam DEPTH = LEVELS + 3;

    wire even = HALF_EVEN != 0;
    wire [2:0] all = {1'b0, shift} + SHIFT_MIN;
    wire [TOTAL_W-1:0] unit = 12'd1 << all;
    wire [TOTAL_W-1:0] half = {1'b0, unit[TOTAL_W-1:1]};
    wire signed [TOTAL_W-1:0] wide_bias = {{(TOTAL_W-7){bias[6]}}, bias};
    wire signed [TOTAL_W-1:0] wide_x = {{(TOTAL_W-6){x[5]}}, x};
    wire signed [TOTAL_W-1:0] wide_mul = {{(TOTAL_W-3){1'b0}}, mul};
    wire signed [TOTAL_W-1:0] add = even ? wide_bias + half : wide_bias;
    wire signed [TOTAL_W-1:0] value = wide_x * wide_mul + wide_bias;
    wire signed [TOTAL_W-1:0] below = value >>> all;
    wire [TOTAL_W-1:0] remainder = value - (below << all);
    wire [TOTAL_W-1:0] twice = {remainder[TOTAL_W-2:0], 1'b0};
    wire up = even && (twice > unit || (twice == unit && below[0]));
    wire signed [TOTAL_W-1:0] plain = below + {{(TOTAL_W-1){1'b0}}, up};
    // With a guard the total is first cut to that many bits behind the point.
    wire signed [TOTAL_W-1:0] total = wide_x * wide_mul + {{(TOTAL_W-8){add[7]}}, add[7:0]};
    wire signed [TOTAL_W-1:0] cut = total >>> (all - GUARD);
    wire signed [TOTAL_W-1:0] whole = cut >>> GUARD;
    wire                      tie = (cut == (whole <<< GUARD)) && whole[0];
    wire signed [TOTAL_W-1:0] expected = (GUARD == 0) ? plain : whole - {{(TOTAL_W-1){1'b0}}, tie};

    wire [TOTAL_W-SHIFT_MIN-1:0] y;
    wire [TOTAL_W-1:0] expected_d;

    rws_scale #(
        .CELLS("none"),
        .X_W(6),
        .MUL_W(3),
        .ADD_W(8),
        .SHIFT_W(2),
        .SHIFT_MIN(SHIFT_MIN),
        .TOTAL_W(TOTAL_W),
        .LEVELS(LEVELS),
        .MULTIPLIER(MULTIPLIER),
        .EVEN(1),
        .GUARD_W(2)
    ) dut (
        .clk(clk),
        .even(even),
        .guard(GUARD[1:0]),
        .x(x),
        .mul(mul),
        .add(add[7:0]),
        .shift(shift),
        .y(y)
    );

    rws_delay #(
        .WIDTH(TOTAL_W),
        .CYCLES(DEPTH)
    ) u_expected (
        .clk(clk),
        .din(expected),
        .dout(expected_d)
    );

    // A shift is its guard at least.
    wire [1:0] shift_d;
    rws_delay #(
        .WIDTH(2),
        .CYCLES(DEPTH)
    ) u_shift (
        .clk(clk),
        .din(shift),
        .dout(shift_d)
    );

    assign ok = shift_d < GUARD || y == expected_d[TOTAL_W-SHIFT_MIN-1:0];
endmodule
`default_nettype wire

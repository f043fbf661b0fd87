// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation models of iCE40's logic cell: a 4-input table and the carry beside it. Where an unknown input cannot change an output,
// that output is known.
`default_nettype none
module SB_LUT4 #(
    parameter [15:0] LUT_INIT = 16'h0000
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    output wire O
);
    wire [7:0] by8 = I3 ? LUT_INIT[15:8] : LUT_INIT[7:0];
    wire [3:0] by4 = I2 ? by8[7:4] : by8[3:0];
    wire [1:0] by2 = I1 ? by4[3:2] : by4[1:0];

    assign O = I0 ? by2[1] : by2[0];
endmodule

module SB_CARRY (
    input  wire CI,
    input  wire I0,
    input  wire I1,
    output wire CO
);
    assign CO = (I0 & I1) | ((I0 | I1) & CI);
endmodule
`default_nettype wire

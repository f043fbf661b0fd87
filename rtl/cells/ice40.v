// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation models of iCE40's logic cell: a 4-input table and the carry beside it.
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
    assign O = LUT_INIT[{I3, I2, I1, I0}];
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

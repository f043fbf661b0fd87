// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation models of the 7-series cells that rws_xc7_* instantiate (Xilinx UG953, UG474).
`default_nettype none
module LUT6 #(
    parameter [63:0] INIT = 64'd0
) (
    output wire O,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
    assign O = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule

module LUT6_2 #(
    parameter [63:0] INIT = 64'd0
) (
    output wire O6,
    output wire O5,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
    assign O6 = INIT[{I5, I4, I3, I2, I1, I0}];
    assign O5 = INIT[{1'b0, I4, I3, I2, I1, I0}];
endmodule

module CARRY4 (
    output wire [3:0] CO,
    output wire [3:0] O,
    input  wire       CI,
    input  wire       CYINIT,
    input  wire [3:0] DI,
    input  wire [3:0] S
);
    wire [4:0] carry = {(S & carry[3:0]) | (~S & DI), CI | CYINIT};
    assign O = S ^ carry[3:0];
    assign CO = carry[4:1];
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation models of the 7-series cells that rws_xc7_* instantiate (Xilinx UG953, UG474). Where an unknown input cannot change an
// output, that output is known.
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
    wire [31:0] by32 = I5 ? INIT[63:32] : INIT[31:0];
    wire [15:0] by16 = I4 ? by32[31:16] : by32[15:0];
    wire [7:0] by8 = I3 ? by16[15:8] : by16[7:0];
    wire [3:0] by4 = I2 ? by8[7:4] : by8[3:0];
    wire [1:0] by2 = I1 ? by4[3:2] : by4[1:0];

    assign O = I0 ? by2[1] : by2[0];
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
    wire [31:0] low = INIT[31:0];
    wire [31:0] by32 = I5 ? INIT[63:32] : INIT[31:0];
    wire [15:0] by16 = I4 ? by32[31:16] : by32[15:0];
    wire [7:0] by8 = I3 ? by16[15:8] : by16[7:0];
    wire [3:0] by4 = I2 ? by8[7:4] : by8[3:0];
    wire [1:0] by2 = I1 ? by4[3:2] : by4[1:0];
    wire [15:0] low16 = I4 ? low[31:16] : low[15:0];
    wire [7:0] low8 = I3 ? low16[15:8] : low16[7:0];
    wire [3:0] low4 = I2 ? low8[7:4] : low8[3:0];
    wire [1:0] low2 = I1 ? low4[3:2] : low4[1:0];

    assign O6 = I0 ? by2[1] : by2[0];
    assign O5 = I0 ? low2[1] : low2[0];
endmodule

module CARRY4 (
    output wire [3:0] CO,
    output wire [3:0] O,
    input  wire       CI,
    input  wire       CYINIT,
    input  wire [3:0] DI,
    input  wire [3:0] S
);
    wire c0 = S[0] ? CI | CYINIT : DI[0];
    wire c1 = S[1] ? c0 : DI[1];
    wire c2 = S[2] ? c1 : DI[2];
    wire c3 = S[3] ? c2 : DI[3];

    assign O = S ^ {c2, c1, c0, CI | CYINIT};
    assign CO = {c3, c2, c1, c0};
endmodule
`default_nettype wire

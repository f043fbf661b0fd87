// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of ECP5's carry cell: per half, sum = lut4(d, c, b, a) ^ cin and
//   cout = lut4(d, c, b, a) ? cin : lut2(b, a), where lut2 is the low quarter of lut4's table.
`default_nettype none
module CCU2C #(
    parameter [15:0] INIT0 = 16'h0000,
    parameter [15:0] INIT1 = 16'h0000,
    parameter [15:0] INJECT1_0 = "NO",
    parameter [15:0] INJECT1_1 = "NO"
) (
    input  wire CIN,
    input  wire A0,
    input  wire B0,
    input  wire C0,
    input  wire D0,
    input  wire A1,
    input  wire B1,
    input  wire C1,
    input  wire D1,
    output wire S0,
    output wire S1,
    output wire COUT
);
    wire p0;
    wire p1;
    wire low0;
    wire low1;
    wire cin0 = (INJECT1_0 == "NO") ? CIN : 1'b0;
    wire g0 = (INJECT1_0 == "NO") ? low0 : 1'b0;
    wire g1 = (INJECT1_1 == "NO") ? low1 : 1'b0;
    wire c0 = p0 ? CIN : g0;
    wire cin1 = (INJECT1_1 == "NO") ? c0 : 1'b0;

    rws_ecp5_lut4 #(
        .INIT(INIT0)
    ) u_p0 (
        .A(A0),
        .B(B0),
        .C(C0),
        .D(D0),
        .Z(p0)
    );

    rws_ecp5_lut4 #(
        .INIT(INIT1)
    ) u_p1 (
        .A(A1),
        .B(B1),
        .C(C1),
        .D(D1),
        .Z(p1)
    );

    rws_ecp5_lut4 #(
        .INIT(INIT0)
    ) u_low0 (
        .A(A0),
        .B(B0),
        .C(1'b0),
        .D(1'b0),
        .Z(low0)
    );

    rws_ecp5_lut4 #(
        .INIT(INIT1)
    ) u_low1 (
        .A(A1),
        .B(B1),
        .C(1'b0),
        .D(1'b0),
        .Z(low1)
    );

    assign S0 = p0 ^ cin0;
    assign S1 = p1 ^ cin1;
    assign COUT = p1 ? c0 : g1;
endmodule

// A table of 4 inputs; where an unknown input cannot change it, its output is known.
module rws_ecp5_lut4 #(
    parameter [15:0] INIT = 16'h0000
) (
    input  wire A,
    input  wire B,
    input  wire C,
    input  wire D,
    output wire Z
);
    wire [7:0] by8 = D ? INIT[15:8] : INIT[7:0];
    wire [3:0] by4 = C ? by8[7:4] : by8[3:0];
    wire [1:0] by2 = B ? by4[3:2] : by4[1:0];

    assign Z = A ? by2[1] : by2[0];
endmodule
`default_nettype wire

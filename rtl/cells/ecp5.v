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
    wire p0 = INIT0[{D0, C0, B0, A0}];
    wire p1 = INIT1[{D1, C1, B1, A1}];
    wire cin0 = (INJECT1_0 == "NO") ? CIN : 1'b0;
    wire cin1 = (INJECT1_1 == "NO") ? c0 : 1'b0;
    wire g0 = (INJECT1_0 == "NO") ? INIT0[{2'b00, B0, A0}] : 1'b0;
    wire g1 = (INJECT1_1 == "NO") ? INIT1[{2'b00, B1, A1}] : 1'b0;
    wire c0 = p0 ? CIN : g0;

    assign S0 = p0 ^ cin0;
    assign S1 = p1 ^ cin1;
    assign COUT = p1 ? c0 : g1;
endmodule
`default_nettype wire

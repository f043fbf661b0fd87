// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of Nexus's carry cell: per half, sum = lut4(d, c, b, a) ^ cin and
//   cout = lut4(d, c, b, a) ? cin : lut4(0, c, b, a). Tables are written in hexadecimal, "0x6699". Other modes make it stop.
`default_nettype none
module CCU2 #(
    parameter [23:0] INJECT = "YES",
    parameter [47:0] INIT0 = "0x0000",
    parameter [47:0] INIT1 = "0x0000"
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
    // Digits are 0x30 to 0x39 and A to F 0x41 to 0x46: bit 6 and the low four of a letter.
    function [3:0] digit(input letter, input [3:0] low);
        digit = letter ? low + 4'd9 : low;
    endfunction

    localparam [15:0] TABLE0 = {
        digit(INIT0[30], INIT0[27:24]),
        digit(INIT0[22], INIT0[19:16]),
        digit(INIT0[14], INIT0[11:8]),
        digit(INIT0[6], INIT0[3:0])
    };
    localparam [15:0] TABLE1 = {
        digit(INIT1[30], INIT1[27:24]),
        digit(INIT1[22], INIT1[19:16]),
        digit(INIT1[14], INIT1[11:8]),
        digit(INIT1[6], INIT1[3:0])
    };

    wire known = INJECT == "NO" && INIT0[47:32] == "0x" && INIT1[47:32] == "0x";
    wire pass0;
    wire pass1;
    wire low0;
    wire low1;
    wire middle = pass0 ? CIN : low0;

    initial if (!known) $stop;

    rws_nexus_lut4 #(
        .INIT(TABLE0)
    ) u_pass0 (
        .A(A0),
        .B(B0),
        .C(C0),
        .D(D0),
        .Z(pass0)
    );

    rws_nexus_lut4 #(
        .INIT(TABLE1)
    ) u_pass1 (
        .A(A1),
        .B(B1),
        .C(C1),
        .D(D1),
        .Z(pass1)
    );

    rws_nexus_lut4 #(
        .INIT(TABLE0)
    ) u_low0 (
        .A(A0),
        .B(B0),
        .C(C0),
        .D(1'b0),
        .Z(low0)
    );

    rws_nexus_lut4 #(
        .INIT(TABLE1)
    ) u_low1 (
        .A(A1),
        .B(B1),
        .C(C1),
        .D(1'b0),
        .Z(low1)
    );

    assign S0 = pass0 ^ CIN;
    assign S1 = pass1 ^ middle;
    assign COUT = pass1 ? middle : low1;
endmodule

// A table of 4 inputs; where an unknown input cannot change it, its output is known.
module rws_nexus_lut4 #(
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

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
    wire pass0 = TABLE0[{D0, C0, B0, A0}];
    wire pass1 = TABLE1[{D1, C1, B1, A1}];
    wire middle = pass0 ? CIN : TABLE0[{1'b0, C0, B0, A0}];

    always @* if (!known) $stop;

    assign S0 = pass0 ^ CIN;
    assign S1 = pass1 ^ middle;
    assign COUT = pass1 ? middle : TABLE1[{1'b0, C1, B1, A1}];
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of Gowin's carry cell in two of its modes (UG288): a full adder of I0 and I1, inverted where I3 is 0 (2);
// of I3 and I0 & I1 (9). Other modes make it stop.
`default_nettype none
module ALU #(
    parameter ALU_MODE = 0
) (
    input  wire I0,
    input  wire I1,
    input  wire I3,
    input  wire CIN,
    output wire SUM,
    output wire COUT
);
    wire known = ALU_MODE == 2 || ALU_MODE == 9;
    wire start = (ALU_MODE == 9) ? I0 & I1 : I0;
    wire pass = (ALU_MODE == 9) ? start ^ I3 : I0 ^ I1 ^ ~I3;

    initial if (!known) $stop;

    assign SUM = pass ^ CIN;
    assign COUT = pass ? CIN : start;
endmodule
`default_nettype wire

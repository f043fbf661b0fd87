// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// iCE40: triple = 3 * a in plain tables, without a carry chain: one level at ACT_W = 4, two at ACT_W = 8. Combinational.
`default_nettype none
module rws_ice40_triple #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] a,
    output wire [ACT_W+1:0] triple
);
    wire [ACT_W+1:0] once = {2'b00, a};
    wire [ACT_W+1:0] twice = {1'b0, a, 1'b0};
    wire [ACT_W+1:0] carry;

    assign carry = {(once[ACT_W:0] & twice[ACT_W:0]) | ((once[ACT_W:0] | twice[ACT_W:0]) & carry[ACT_W:0]), 1'b0};
    assign triple = once ^ twice ^ carry;
endmodule
`default_nettype wire

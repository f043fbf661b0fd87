// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// triple = 3 * act, combinational and exact: shared by all rows, so written in gates while a LUT or two per bit do.
`default_nettype none
module rws_triple #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    output wire [ACT_W+1:0] triple
);
    wire [ACT_W+1:0] x = {2'b00, act};
    wire [ACT_W+1:0] y = {1'b0, act, 1'b0};

    generate
        if (ACT_W <= 5) begin : gen_gates
            wire [ACT_W+1:0] carry = {(x[ACT_W:0] & y[ACT_W:0]) | ((x[ACT_W:0] | y[ACT_W:0]) & carry[ACT_W:0]), 1'b0};
            assign triple = x ^ y ^ carry;
        end else begin : gen_chain
            assign triple = x + y;
        end
    endgenerate
endmodule
`default_nettype wire

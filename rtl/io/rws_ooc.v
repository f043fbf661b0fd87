// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Stands in for the pads of a design that is placed alone: to_core is a shift register behind din, and
// dout(t + 1) = XOR over i of from_core[OUTPUTS-1-i](t - i), so no input is constant and no output is unused.
// Every path into and out of the design begins or ends in a register here.
`default_nettype none
module rws_ooc #(
    parameter INPUTS = 2,
    parameter OUTPUTS = 2
) (
    input  wire               clk,
    input  wire               din,
    output wire               dout,
    output wire [INPUTS-1:0]  to_core,
    input  wire [OUTPUTS-1:0] from_core
);
    reg [INPUTS-1:0]  shift_q;
    reg [OUTPUTS-1:0] fold_q;

    always @(posedge clk) begin
        shift_q <= {shift_q[INPUTS-2:0], din};
        fold_q <= {fold_q[OUTPUTS-2:0], 1'b0} ^ from_core;
    end

    assign to_core = shift_q;
    assign dout = fold_q[OUTPUTS-1];
endmodule
`default_nettype wire

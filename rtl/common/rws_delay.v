// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Delay line: dout(t) = din(t - CYCLES). No reset: the core's reset outlasts every line.
`default_nettype none
module rws_delay #(
    parameter WIDTH = 1,
    parameter CYCLES = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] din,
    output wire [WIDTH-1:0] dout
);
    generate
        if (CYCLES == 0) begin : gen_wire
            wire unused_clk = &{1'b0, clk};
            assign dout = din;
        end else if (CYCLES == 1) begin : gen_one
            reg [WIDTH-1:0] line_q;
            always @(posedge clk) line_q <= din;
            assign dout = line_q;
        end else begin : gen_line
            reg [CYCLES*WIDTH-1:0] line_q;
            always @(posedge clk) line_q <= {line_q[(CYCLES-1)*WIDTH-1:0], din};
            assign dout = line_q[CYCLES*WIDTH-1:(CYCLES-1)*WIDTH];
        end
    endgenerate
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Copy for timing: dout(t) = din(t - CYCLES), in registers near what they drive. Others hold the same values, and no synthesis may
// merge them: Yosys honours the attribute of the process, other tools those of the register. No reset. Throughput 1.
`default_nettype none
module rws_copy #(
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
        end else begin : gen_copy
            (* keep = "true", dont_touch = "true", syn_preserve = 1 *) reg [CYCLES*WIDTH-1:0] copy_q;
            wire [(CYCLES+1)*WIDTH-1:0] line = {copy_q, din};

            (* keep *)
            always @(posedge clk) copy_q <= line[CYCLES*WIDTH-1:0];
            assign dout = line[CYCLES*WIDTH+:WIDTH];
        end
    endgenerate
endmodule
`default_nettype wire

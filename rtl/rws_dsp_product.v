// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Signed product in a register, for a DSP block. Latency 1, throughput 1.
// Its border is kept where a design is flattened: Yosys's iCE40 DSP pass, up to 0.70 at least, takes an adder behind two
// such products into one block and loses the other block.
`default_nettype none
(* keep_hierarchy *)
module rws_dsp_product #(
    parameter A_W = 5,
    parameter B_W = 4
) (
    input  wire                      clk,
    input  wire signed [A_W-1:0]     a,
    input  wire signed [B_W-1:0]     b,
    output wire signed [A_W+B_W-1:0] product
);
    reg signed [A_W+B_W-1:0] product_q;

    always @(posedge clk) product_q <= b * a;

    assign product = product_q;
endmodule
`default_nettype wire

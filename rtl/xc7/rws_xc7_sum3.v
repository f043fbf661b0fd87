// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Registered sum of three unsigned numbers on 7-series cells: sum = x + y + z modulo 2^OUT_W, IN_W <= OUT_W <= IN_W + 2.
// One LUT per bit and one for the carry; latency 1, throughput 1.
`default_nettype none
module rws_xc7_sum3 #(
    parameter IN_W = 8,
    parameter OUT_W = 10
) (
    input  wire             clk,
    input  wire [IN_W-1:0]  x,
    input  wire [IN_W-1:0]  y,
    input  wire [IN_W-1:0]  z,
    output wire [OUT_W-1:0] sum
);
    generate
        if (OUT_W < IN_W || OUT_W > IN_W + 2) begin : gen_error
            rws_error_out_w_must_hold_the_sum u_refused ();
        end
    endgenerate

    localparam EXTEND = (OUT_W > IN_W) ? 1 : 0;
    localparam WIDTH = IN_W + EXTEND;

    wire [WIDTH:0]   total;
    reg  [OUT_W-1:0] sum_q;

    rws_xc7_add3 #(
        .WIDTH(WIDTH)
    ) u_add (
        .x({{EXTEND{1'b0}}, x}),
        .y({{EXTEND{1'b0}}, y}),
        .z({{EXTEND{1'b0}}, z}),
        .clear(1'b0),
        .total(total)
    );

    wire unused_top = &{1'b0, total[WIDTH]};

    always @(posedge clk) sum_q <= total[OUT_W-1:0];
    assign sum = sum_q;
endmodule
`default_nettype wire

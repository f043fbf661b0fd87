// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation only: the drain's values as 32-bit lanes, Q of each of D pixels, with the layer's number, for layer-by-layer comparison.
`default_nettype none
module rws_trace #(
    parameter Q = 2,
    parameter D = 1,
    parameter Y_W = 9
) (
    input  wire [D-1:0]       written,
    input  wire [7:0]         layer,
    input  wire [D*Q*Y_W-1:0] y,
    output wire [D-1:0]       trace_valid,
    output wire [7:0]         trace_layer,
    output wire [D*Q*32-1:0]  trace_data
);
    genvar q;
    generate
        for (q = 0; q < D * Q; q = q + 1) begin : gen_value
            if (Y_W < 32) begin : gen_extend
                assign trace_data[q*32+:32] = {{(32-Y_W){y[(q+1)*Y_W-1]}}, y[q*Y_W+:Y_W]};
            end else begin : gen_same
                assign trace_data[q*32+:32] = y[q*Y_W+:32];
            end
        end
    endgenerate

    assign trace_valid = written;
    assign trace_layer = layer;
endmodule
`default_nettype wire

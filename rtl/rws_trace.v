// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation only: the drain's values as 16-bit lanes, with the layer's number, for layer-by-layer comparison.
`default_nettype none
module rws_trace #(
    parameter Q = 2,
    parameter Y_W = 9
) (
    input  wire             written,
    input  wire [7:0]       layer,
    input  wire [Q*Y_W-1:0] y,
    output wire             trace_valid,
    output wire [7:0]       trace_layer,
    output wire [Q*16-1:0]  trace_data
);
    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            if (Y_W < 16) begin : gen_extend
                assign trace_data[q*16+:16] = {{(16-Y_W){y[(q+1)*Y_W-1]}}, y[q*Y_W+:Y_W]};
            end else begin : gen_same
                assign trace_data[q*16+:16] = y[q*Y_W+:16];
            end
            if (Y_W > 16) begin : gen_clamped
                wire unused_high = &{1'b0, y[q*Y_W+16+:Y_W-16]};
            end
        end
    endgenerate

    assign trace_valid = written;
    assign trace_layer = layer;
endmodule
`default_nettype wire

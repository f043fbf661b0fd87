// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Picks the drain's next Q accumulators, of the arrays or of the pooling unit. Latency 1.
// index = pixel * (slots / Q) + slice; hold is slot-major, pixel-minor, and the slots of a slice are consecutive.
// VECTOR = 0: the core has no pooling unit.
`default_nettype none
module rws_select #(
    parameter ROWS = 4,
    parameter CI = 4,
    parameter PX = 2,
    parameter Q = 2,
    parameter HOLD_W = 8,
    parameter VECTOR = 1,
    parameter VEC_W = 6,
    parameter INDEX_W = 2
) (
    input  wire                       clk,
    input  wire [ROWS*PX*HOLD_W-1:0]  array_hold,
    input  wire [CI*PX*VEC_W-1:0]     vector_hold,
    input  wire                       vector,
    input  wire [INDEX_W-1:0]         index,
    output wire [Q*HOLD_W-1:0]        dout
);
    wire [ROWS*PX*HOLD_W-1:0] array_view;
    wire [Q*HOLD_W-1:0]       array_pick = array_view[index*Q*HOLD_W+:Q*HOLD_W];
    reg  [Q*HOLD_W-1:0]       dout_q;

    genvar p;
    genvar s;
    generate
        for (p = 0; p < PX; p = p + 1) begin : gen_pixel
            for (s = 0; s < ROWS; s = s + 1) begin : gen_row
                assign array_view[(p*ROWS+s)*HOLD_W+:HOLD_W] = array_hold[(s*PX+p)*HOLD_W+:HOLD_W];
            end
        end

        if (VECTOR) begin : gen_vector
            wire [CI*PX*VEC_W-1:0] vector_view;
            wire [Q*VEC_W-1:0]     vector_pick = vector_view[index*Q*VEC_W+:Q*VEC_W];

            for (p = 0; p < PX; p = p + 1) begin : gen_pooled
                for (s = 0; s < CI; s = s + 1) begin : gen_channel
                    assign vector_view[(p*CI+s)*VEC_W+:VEC_W] = vector_hold[(s*PX+p)*VEC_W+:VEC_W];
                end
            end
            for (s = 0; s < Q; s = s + 1) begin : gen_value
                always @(posedge clk) begin
                    if (vector) dout_q[s*HOLD_W+:HOLD_W] <=
                        {{(HOLD_W-VEC_W){vector_pick[(s+1)*VEC_W-1]}}, vector_pick[s*VEC_W+:VEC_W]};
                    else dout_q[s*HOLD_W+:HOLD_W] <= array_pick[s*HOLD_W+:HOLD_W];
                end
            end
        end else begin : gen_arrays_only
            wire unused_vector = &{1'b0, vector, vector_hold};
            always @(posedge clk) dout_q <= array_pick;
        end
    endgenerate

    assign dout = dout_q;
endmodule
`default_nettype wire

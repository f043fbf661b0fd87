// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Picks the drain's next Q accumulators of D pixels, of the arrays or of the pooling unit. LEAD registers, of each value alone, delay the
// index; the accumulators have to wait for it. SPLIT = 1: picked in two cycles, of four entries in the first.
// index = pixel / D * (slots / Q) + slice; hold is slot-major, pixel-minor, and the slots of a slice are consecutive.
// VECTOR = 0: the core has no pooling unit. Latency 1 + LEAD + SPLIT, throughput 1.
`default_nettype none
module rws_select #(
    parameter ROWS = 4,
    parameter CI = 4,
    parameter PX = 2,
    parameter Q = 2,
    parameter D = 1,
    parameter HOLD_W = 8,
    parameter VECTOR = 1,
    parameter VEC_W = 6,
    parameter INDEX_W = 2,
    parameter LEAD = 0,
    parameter SPLIT = 0
) (
    input  wire                       clk,
    input  wire [ROWS*PX*HOLD_W-1:0]  array_hold,
    input  wire [CI*PX*VEC_W-1:0]     vector_hold,
    input  wire                       vector,
    input  wire [INDEX_W-1:0]         index,
    output wire [D*Q*HOLD_W-1:0]      dout
);
    generate
        if (ROWS % Q != 0) begin : gen_error_0
            rws_error_q_must_divide_rows u_refused ();
        end
        if (VECTOR != 0 && CI % Q != 0) begin : gen_error_1
            rws_error_q_must_divide_ci u_refused ();
        end
        if (PX % D != 0) begin : gen_error_3
            rws_error_d_must_divide_px u_refused ();
        end
        if ((1 << INDEX_W) < ROWS * PX / D / Q) begin : gen_error_2
            rws_error_index_w_must_count_slots u_refused ();
        end
    endgenerate

    localparam SLOTS = ROWS * PX / D / Q;
    localparam VEC_SLOTS = CI * PX / D / Q;

    genvar s;
    genvar i;
    generate
        for (s = 0; s < D * Q; s = s + 1) begin : gen_value
            localparam PIXEL = s / Q;
            localparam SLOT = s % Q;
            wire                    near_vector;
            wire [INDEX_W-1:0]      near_index;
            wire [SLOTS*HOLD_W-1:0] array_view;
            wire [HOLD_W-1:0]       array_pick;
            wire [HOLD_W-1:0]       pick;
            reg  [HOLD_W-1:0]       dout_q;

            rws_copy #(
                .WIDTH(1 + INDEX_W),
                .CYCLES(LEAD)
            ) u_near (
                .clk(clk),
                .din({vector, index}),
                .dout({near_vector, near_index})
            );

            // Entry i is slot (i * Q + SLOT) mod ROWS of the lane's pixel (i * Q + SLOT) / ROWS.
            for (i = 0; i < SLOTS; i = i + 1) begin : gen_array
                assign array_view[i*HOLD_W+:HOLD_W] =
                    array_hold[((i*Q+SLOT)%ROWS*PX+(i*Q+SLOT)/ROWS*D+PIXEL)*HOLD_W+:HOLD_W];
            end

            rws_pick #(
                .COUNT(SLOTS),
                .WIDTH(HOLD_W),
                .INDEX_W(INDEX_W),
                .SPLIT(SPLIT)
            ) u_array (
                .clk(clk),
                .din(array_view),
                .index(near_index),
                .dout(array_pick)
            );

            if (VECTOR) begin : gen_vector
                wire                       pooled;
                wire [VEC_SLOTS*VEC_W-1:0] vector_view;
                wire [VEC_W-1:0]           vector_pick;

                for (i = 0; i < VEC_SLOTS; i = i + 1) begin : gen_pooled
                    assign vector_view[i*VEC_W+:VEC_W] =
                        vector_hold[((i*Q+SLOT)%CI*PX+(i*Q+SLOT)/CI*D+PIXEL)*VEC_W+:VEC_W];
                end

                rws_pick #(
                    .COUNT(VEC_SLOTS),
                    .WIDTH(VEC_W),
                    .INDEX_W(INDEX_W),
                    .SPLIT(SPLIT)
                ) u_vector (
                    .clk(clk),
                    .din(vector_view),
                    .index(near_index),
                    .dout(vector_pick)
                );

                rws_delay #(
                    .WIDTH(1),
                    .CYCLES(SPLIT)
                ) u_pooled (
                    .clk(clk),
                    .din(near_vector),
                    .dout(pooled)
                );

                assign pick = pooled ? {{(HOLD_W-VEC_W){vector_pick[VEC_W-1]}}, vector_pick} : array_pick;
            end else begin : gen_arrays_only
                wire unused_vector = &{1'b0, near_vector, vector_hold};

                assign pick = array_pick;
            end

            always @(posedge clk) dout_q <= pick;

            assign dout[s*HOLD_W+:HOLD_W] = dout_q;
        end
    endgenerate
endmodule
`default_nettype wire

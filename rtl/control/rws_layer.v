// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The running layer's descriptor: DESC_WORDS 32-bit words (fields below, least significant first), shifted in word by word.
// Front fields are read where they stand; the words of the next layer come in while the back end still drains, which
// therefore has a copy of its fields, taken with go. The last fields are there where a parameter asks for them: even with
// EVEN = 1, guard of GUARD bits where GUARD is not 0, sum_shift with SUM = 1, sum_even with SUM_EVEN = 1; else these are 0.
`default_nettype none
module rws_layer #(
    parameter DESC_WORDS = 12,
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter XW = 5,
    parameter DRAIN_W = 4,
    parameter BANK_W = 1,
    parameter RES_W = 4,
    parameter Y_W = 9,
    parameter RMUL_W = 4,
    parameter RADD_W = 12,
    parameter RSHIFT_W = 4,
    parameter ARRAYS = 2,
    parameter EVEN = 0,
    parameter GUARD = 0,
    parameter GUARD_W = 1,
    parameter SUM = 0,
    parameter SUM_EVEN = 0,
    parameter SSHIFT_W = 1
) (
    input  wire                clk,
    input  wire                shift,
    input  wire [31:0]         word,
    input  wire                go,
    // front: sequencer, fetch and arrays
    output wire                vector,
    output wire                sum,
    output wire                image_start,
    output wire                free_input,
    output wire                last_layer,
    output wire                src_is_input,
    output wire [ADDR_W-1:0]   src_base,
    output wire [ADDR_W-1:0]   src_stride,
    output wire [CB_W-1:0]     cb_last,
    output wire [TAP_W-1:0]    tap_base,
    output wire [TAP_W-1:0]    tap_last,
    output wire [ADDR_W-1:0]   block_last,
    output wire [GROUP_W-1:0]  group_last,
    output wire [XW-1:0]       in_h,
    output wire [XW-1:0]       in_w,
    output wire [XW-1:0]       pitch,
    output wire [XW-1:0]       step_y,
    output wire [XW-1:0]       step_x,
    output wire [DRAIN_W-1:0]  drain_last,
    output wire [ARRAYS*(GROUP_W+1)-1:0] array_groups,
    output wire                next_to_out,
    // back: drain, requantization, write
    output wire                back_vector,
    output wire [ADDR_W-1:0]   back_block_last,
    output wire [XW-1:0]       back_pitch,
    output wire [BANK_W-1:0]   back_lane_last,
    output wire                to_act,
    output wire                to_res,
    output wire                to_out,
    output wire                from_res,
    output wire [ADDR_W-1:0]   dst_base,
    output wire [ADDR_W-1:0]   dst_stride,
    output wire [ADDR_W-1:0]   dst_plane_x,
    output wire [ADDR_W-1:0]   dst_plane_y,
    output wire [ADDR_W-1:0]   dst_pitch_row,
    output wire [BANK_W-1:0]   dst_pitch_bank,
    output wire [2:0]          phase_y_last,
    output wire [2:0]          phase_x_last,
    output wire [XW-1:0]       out_h,
    output wire [XW-1:0]       out_w,
    output wire [RES_W-1:0]    res_dst,
    output wire [RES_W-1:0]    res_src,
    output wire [RES_W-1:0]    res_stride,
    output wire [Y_W-1:0]      lo1,
    output wire [Y_W-1:0]      hi1,
    output wire [Y_W-1:0]      lo2,
    output wire [Y_W-1:0]      hi2,
    output wire [RMUL_W-1:0]   res_mul,
    output wire [RADD_W-1:0]   res_add,
    output wire [RSHIFT_W-1:0] res_shift,
    output wire                even,
    output wire [GUARD_W-1:0]  guard,
    output wire [SSHIFT_W-1:0] sum_shift,
    output wire                sum_even
);
    localparam FRONT_W = 6 + 3*ADDR_W + CB_W + 2*TAP_W + GROUP_W + 5*XW + DRAIN_W + ARRAYS*(GROUP_W+1);
    localparam PLAIN_W = 10 + 5*ADDR_W + 2*BANK_W + 2*XW + 3*RES_W + 4*Y_W + RMUL_W + RADD_W + RSHIFT_W;
    localparam GUARD_BASE = PLAIN_W + EVEN;
    localparam SUM_BASE = GUARD_BASE + GUARD;
    localparam SUM_EVEN_BASE = SUM_BASE + (SUM ? SSHIFT_W : 0);
    localparam BACK_W = SUM_EVEN_BASE + SUM_EVEN;
    localparam DESC_W = 32 * DESC_WORDS;

    reg [DESC_W-1:0] desc_q;
    reg [BACK_W-1:0] back_q;
    reg              back_vector_q;
    reg [ADDR_W-1:0] back_block_last_q;
    reg [XW-1:0]     back_pitch_q;

    always @(posedge clk) begin
        if (shift) desc_q <= {word, desc_q[DESC_W-1:32]};
        if (go) begin
            back_q <= desc_q[FRONT_W+BACK_W-1:FRONT_W];
            back_vector_q <= vector;
            back_block_last_q <= block_last;
            back_pitch_q <= pitch;
        end
    end

    assign {array_groups, drain_last, step_x, step_y, pitch, in_w, in_h, group_last, block_last, tap_last, tap_base,
            cb_last, src_stride, src_base, src_is_input, last_layer, free_input, image_start, sum, vector}
        = desc_q[FRONT_W-1:0];
    // to_out of the back end's fields below.
    assign next_to_out = desc_q[FRONT_W+BANK_W+2];

    assign {res_shift, res_add, res_mul, hi2, lo2, hi1, lo1, res_stride, res_src, res_dst, out_w, out_h, phase_x_last,
            phase_y_last, dst_pitch_bank, dst_pitch_row, dst_plane_y, dst_plane_x, dst_stride, dst_base, from_res, to_out,
            to_res, to_act, back_lane_last} = back_q[PLAIN_W-1:0];
    assign back_vector = back_vector_q;
    assign back_block_last = back_block_last_q;
    assign back_pitch = back_pitch_q;

    generate
        if (EVEN) begin : gen_even
            assign even = back_q[PLAIN_W];
        end else begin : gen_floor
            assign even = 1'b0;
        end
        if (GUARD != 0) begin : gen_guard
            assign guard = back_q[GUARD_BASE+:GUARD_W];
        end else begin : gen_no_guard
            assign guard = {GUARD_W{1'b0}};
        end
        if (SUM) begin : gen_sum
            assign sum_shift = back_q[SUM_BASE+:SSHIFT_W];
        end else begin : gen_no_sum
            assign sum_shift = {SSHIFT_W{1'b0}};
        end
        if (SUM_EVEN) begin : gen_sum_even
            assign sum_even = back_q[SUM_EVEN_BASE];
        end else begin : gen_sum_floor
            assign sum_even = 1'b0;
        end
        if (DESC_W > FRONT_W + BACK_W) begin : gen_spare
            wire unused_spare = &{1'b0, desc_q[DESC_W-1:FRONT_W+BACK_W]};
        end
    endgenerate
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Drain: walks the captured accumulators of a block, PX pixels times SLICES slices of Q rows, one slice per cycle, and
// says where each goes. Slices whose parameter word has write = 0 (rows that pad a group) are skipped, so the channels
// of a tensor stay dense; param_write comes 1 + WAY cycles after stage 0. Stage 0 picks accumulators and parameters (these
// a cycle before with EARLY = 1); stage 1, with the flag, computes addresses; the write happens BACK - WAY cycles after it,
// when the requantized values are there. Of passes of several digits (DIGIT_W > 0) only the last one's slices go anywhere; digit_head,
// at stage 0, tells those of the first. Throughput a slice per cycle; counters are wide enough by the plan.
`default_nettype none
module rws_drain #(
    parameter PX = 2,
    parameter SLICES = 2,
    parameter CI_SLICES = 2,
    parameter INDEX_W = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter RES_W = 4,
    parameter PARAM_W = 4,
    parameter XW = 5,
    parameter GROUP_W = 3,
    parameter BY_BLOCK = 0,
    parameter EARLY = 0,
    parameter WAY = 0,
    parameter BACK = 7,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               layer_load,
    input  wire               image_load,
    input  wire               captured,
    input  wire               vector,
    input  wire [GROUP_W-1:0] group_last,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [BANK_W-1:0]  lane_last,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire               to_act,
    input  wire               to_res,
    input  wire               to_out,
    input  wire [XW-1:0]      pitch,
    input  wire [XW-1:0]      out_h,
    input  wire [XW-1:0]      out_w,
    input  wire [ADDR_W-1:0]  dst_base,
    input  wire [ADDR_W-1:0]  dst_stride,
    input  wire [ADDR_W-1:0]  dst_plane_x,
    input  wire [ADDR_W-1:0]  dst_plane_y,
    input  wire [ADDR_W-1:0]  dst_pitch_row,
    input  wire [BANK_W-1:0]  dst_pitch_bank,
    input  wire [2:0]         phase_y_last,
    input  wire [2:0]         phase_x_last,
    input  wire [RES_W-1:0]   res_dst,
    input  wire [RES_W-1:0]   res_src,
    input  wire [RES_W-1:0]   res_stride,
    output wire [INDEX_W-1:0] index,
    output wire               run,
    output wire               digit_head,
    output wire [PARAM_W-1:0] param_raddr,
    input  wire               param_write,
    output wire [RES_W-1:0]   res_raddr,
    output wire               act_we,
    output wire [BANK_W-1:0]  act_wbank,
    output wire [SLICE_W-1:0] act_wslice,
    output wire [ADDR_W-1:0]  act_waddr,
    output wire               res_we,
    output wire [RES_W-1:0]   res_waddr,
    output wire               out_push,
    // a pixel of the result ends, and is one of the image
    output wire               out_lane,
    output wire               out_real,
    output wire               written,
    output wire               pass_end,
    output wire               pass_done
);
    generate
        if ((1 << INDEX_W) < PX * SLICES) begin : gen_error_0
            rws_error_index_w_must_count_slices u_refused ();
        end
        if (BACK < WAY + 2) begin : gen_error_1
            rws_error_back_must_exceed_way u_refused ();
        end
    endgenerate

    // Stage 0.
    wire head;
    wire lane_end;
    wire digit_end;
    wire pass_end0;
    wire group_end;
    wire all_end;

    rws_drain_loops #(
        .SLICES(SLICES),
        .CI_SLICES(CI_SLICES),
        .INDEX_W(INDEX_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .PARAM_W(PARAM_W),
        .GROUP_W(GROUP_W),
        .BY_BLOCK(BY_BLOCK),
        .EARLY(EARLY),
        .DIGIT_W(DIGIT_W)
    ) u_loops (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .image_load(image_load),
        .captured(captured),
        .vector(vector),
        .by_block(to_out),
        .group_last(group_last),
        .block_last(block_last),
        .lane_last(lane_last),
        .digit_last(digit_last),
        .run(run),
        .head(head),
        .lane_end(lane_end),
        .digit_head(digit_head),
        .digit_end(digit_end),
        .pass_end(pass_end0),
        .group_end(group_end),
        .all_end(all_end),
        .index(index),
        .param(param_raddr)
    );

    wire whole = run && digit_end;

    // Stage 1: where it goes.
    wire valid1;
    wire head1;
    wire lane_end1;
    wire pass_end1;
    wire group_end1;
    wire all_end1;

    rws_delay #(
        .WIDTH(6),
        .CYCLES(1 + WAY)
    ) u_stage1 (
        .clk(clk),
        .din({whole && !rst, head, whole && lane_end, whole && pass_end0, run && group_end, run && all_end}),
        .dout({valid1, head1, lane_end1, pass_end1, group_end1, all_end1})
    );

    wire               in_image;
    wire [BANK_W-1:0]  bank_q;
    wire [SLICE_W-1:0] word_q;
    wire [RES_W-1:0]   res_waddr_q;

    rws_drain_place #(
        .PX(PX),
        .CI_SLICES(CI_SLICES),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W),
        .RES_W(RES_W),
        .XW(XW),
        .BY_BLOCK(BY_BLOCK),
        .DELAY(BACK - 2 - WAY)
    ) u_place (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .valid(valid1),
        .head(head1),
        .lane_end(lane_end1),
        .group_end(group_end1),
        .all_end(all_end1),
        .param_write(param_write),
        .pitch(pitch),
        .out_h(out_h),
        .out_w(out_w),
        .dst_base(dst_base),
        .dst_stride(dst_stride),
        .dst_plane_x(dst_plane_x),
        .dst_plane_y(dst_plane_y),
        .dst_pitch_row(dst_pitch_row),
        .dst_pitch_bank(dst_pitch_bank),
        .phase_y_last(phase_y_last),
        .phase_x_last(phase_x_last),
        .res_dst(res_dst),
        .res_src(res_src),
        .res_stride(res_stride),
        .in_image(in_image),
        .addr(act_waddr),
        .bank(bank_q),
        .word(word_q),
        .res_waddr(res_waddr_q),
        .res_raddr(res_raddr)
    );

    // Stage 2, then down the pipeline with the values.
    localparam TAG_W = 7 + BANK_W + SLICE_W + RES_W;
    wire             write = valid1 && param_write && in_image;
    reg  [6:0]       flags_q;
    wire [TAG_W-1:0] tag;
    reg              pass_done_q;

    always @(posedge clk) begin
        flags_q <= {pass_end1, write, valid1 && param_write && to_out, valid1 && lane_end1 && to_out, in_image, write && to_res, write && to_act};
    end

    rws_delay #(
        .WIDTH(TAG_W),
        .CYCLES(BACK - 1 - WAY)
    ) u_tag (
        .clk(clk),
        .din({flags_q, bank_q, word_q, res_waddr_q}),
        .dout(tag)
    );

    assign {pass_end, written, out_push, out_lane, out_real, res_we, act_we, act_wbank, act_wslice, res_waddr} = tag;

    always @(posedge clk) pass_done_q <= pass_end;

    assign pass_done = pass_done_q;
endmodule
`default_nettype wire

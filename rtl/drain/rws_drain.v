// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Drain: walks the captured accumulators of a block, PX pixels times SLICES slices of Q rows, one slice per cycle, and says where each
// goes. Slices whose parameter word has write = 0 (rows that pad a group) are skipped, so the channels of a tensor stay dense; param_write
// comes 1 + WAY cycles after stage 0. Stage 0 picks accumulators and parameters (these a cycle before with EARLY = 1); stage 1, with the
// flag, computes addresses; the write happens BACK - WAY cycles after it, when the requantized values are there. Of passes of several
// digits (DIGIT_W > 0) only the last one's slices go anywhere; digit_head, at stage 0, tells those of the first. PART_W > 0: a slice is
// written part_last + 1 times, dst_digit rows apart, for act_part, with the write, of its digits; everything else happens with the last. D
// pixels take their slices at once, or in a layer with single = 1 one after another: run, at stage 0, and out_turn, where results are, say
// which. POOLED = 1: of a layer's pixels only those are written with which a window ends (rws_drain_pixel); windows, which rws_maxima needs,
// come 2 + EARLY cycles before its maxima are written. Throughput a slice per cycle; counters are wide enough by the plan.
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
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter D = 1,
    parameter PART_W = 0,
    parameter PARTS_W = (PART_W > 0) ? PART_W : 1,
    parameter TURN_W = (D > 1) ? $clog2(D) : 1,
    parameter SPREAD_W = (D > 1) ? 1 + BANK_W + (D-1)*(BANK_W+ADDR_W) : 3 + ADDR_W,
    parameter POOLED = 0,
    parameter WINDOW_W = (POOLED != 0) ? 16 : 1
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               layer_load,
    input  wire               image_load,
    input  wire               captured,
    input  wire               vector,
    input  wire               by_block,
    input  wire               single,
    input  wire [GROUP_W-1:0] group_last,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [BANK_W-1:0]  lane_last,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire [PARTS_W-1:0] part_last,
    input  wire               to_act,
    input  wire               to_res,
    input  wire               to_out,
    input  wire [XW-1:0]      pitch,
    input  wire [XW-1:0]      out_h,
    input  wire [XW-1:0]      out_w,
    input  wire [ADDR_W-1:0]  dst_base,
    input  wire [ADDR_W-1:0]  dst_stride,
    input  wire [ADDR_W-1:0]  dst_digit,
    input  wire [ADDR_W-1:0]  dst_plane_y,
    input  wire [ADDR_W-1:0]  dst_pitch_row,
    input  wire [BANK_W-1:0]  dst_pitch_bank,
    input  wire [2:0]         phase_y_last,
    input  wire [SPREAD_W-1:0] spread,
    input  wire [WINDOW_W-1:0] window,
    input  wire [RES_W-1:0]   res_dst,
    input  wire [RES_W-1:0]   res_src,
    input  wire [RES_W-1:0]   res_stride,
    output wire [INDEX_W-1:0] index,
    output wire [D-1:0]       run,
    output wire               digit_head,
    output wire [PARAM_W-1:0] param_raddr,
    input  wire               param_write,
    output wire [RES_W-1:0]   res_raddr,
    output wire [D-1:0]        act_we,
    output wire [D*BANK_W-1:0] act_wbank,
    output wire [SLICE_W-1:0]  act_wslice,
    output wire [D*ADDR_W-1:0] act_waddr,
    output wire [PARTS_W-1:0]  act_part,
    output wire [D-1:0]        res_we,
    output wire [RES_W-1:0]   res_waddr,
    output wire               out_push,
    output wire [TURN_W-1:0]  out_turn,
    // a pixel of the result ends, and is one of the image
    output wire               out_lane,
    output wire               out_real,
    output wire [D-1:0]       written,
    // {mark, back, valid, line, x_head, x_over, y_head, y_over} of rws_maxima
    output wire [7:0]         windows,
    output wire               pass_end,
    output wire               pass_done
);
    generate
        if ((1 << INDEX_W) < PX / D * SLICES) begin : gen_error_0
            rws_error_index_w_must_count_slices u_refused ();
        end
        if (BACK < WAY + 2) begin : gen_error_1
            rws_error_back_must_exceed_way u_refused ();
        end
    endgenerate

    // Stage 0.
    wire head;
    wire [PARTS_W-1:0] part;
    wire lane_end;
    wire span_end;
    wire step;
    wire [TURN_W-1:0] turn;
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
        .DIGIT_W(DIGIT_W),
        .D(D),
        .PART_W(PART_W)
    ) u_loops (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .image_load(image_load),
        .captured(captured),
        .vector(vector),
        .by_block(by_block),
        .single(single),
        .group_last(group_last),
        .block_last(block_last),
        .lane_last(lane_last),
        .digit_last(digit_last),
        .part_last(part_last),
        .run(step),
        .head(head),
        .part(part),
        .lane_end(lane_end),
        .span_end(span_end),
        .turn(turn),
        .digit_head(digit_head),
        .digit_end(digit_end),
        .pass_end(pass_end0),
        .group_end(group_end),
        .all_end(all_end),
        .index(index),
        .param(param_raddr)
    );

    wire whole = step && digit_end;

    // Stage 1: where it goes.
    wire valid1;
    wire head1;
    wire [PARTS_W-1:0] part1;
    wire part_end1;
    wire lane_end1;
    wire span_end1;
    wire [TURN_W-1:0] turn1;
    wire [D-1:0] lanes1;
    wire pass_end1;
    wire group_end1;
    wire all_end1;

    localparam PART_AT = 6 + ((D > 1) ? 1 + TURN_W : 0);
    localparam STAGE_W = PART_AT + PART_W;
    wire [STAGE_W-1:0] stage;
    wire [STAGE_W-1:0] stage1;
    wire [5:0]         ends = {whole && !rst, head, whole && lane_end, whole && pass_end0, step && group_end, step && all_end};

    genvar d;
    generate
        if (D > 1) begin : gen_turns
            assign stage[PART_AT-1:0] = {turn, whole && span_end, ends};
            assign {turn1, span_end1} = stage1[PART_AT-1:6];
        end else begin : gen_one
            wire unused_turn = &{1'b0, turn, span_end};
            assign stage[PART_AT-1:0] = ends;
            assign {turn1, span_end1} = {1'b0, lane_end1};
        end
        if (PART_W > 0) begin : gen_parts
            assign stage[STAGE_W-1:PART_AT] = part;
            assign part1 = stage1[STAGE_W-1:PART_AT];
            assign part_end1 = part1 == {PARTS_W{1'b0}};
        end else begin : gen_no_parts
            wire unused_part = &{1'b0, part, part1};
            assign part1 = 1'b0;
            assign part_end1 = 1'b1;
        end
        for (d = 0; d < D; d = d + 1) begin : gen_lane
            localparam [TURN_W-1:0] TURN = d;
            assign run[d] = step && (!single || turn == TURN);
            assign lanes1[d] = !single || turn1 == TURN;
        end
    endgenerate

    rws_delay #(
        .WIDTH(STAGE_W),
        .CYCLES(1 + WAY)
    ) u_stage1 (
        .clk(clk),
        .din(stage),
        .dout(stage1)
    );

    assign {valid1, head1, lane_end1, pass_end1, group_end1, all_end1} = stage1[5:0];

    wire [D-1:0]        in_image;
    wire                window_end;
    wire [4:0]          windows1;
    wire [D*BANK_W-1:0] bank_q;
    wire [SLICE_W-1:0]  word_q;
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
        .DELAY(BACK - 2 - WAY),
        .D(D),
        .PART_W(PART_W),
        .POOLED(POOLED)
    ) u_place (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .valid(valid1),
        .head(head1),
        .part_end(part_end1),
        .span_end(span_end1),
        .group_end(group_end1),
        .all_end(all_end1),
        .param_write(param_write),
        .pitch(pitch),
        .out_h(out_h),
        .out_w(out_w),
        .dst_base(dst_base),
        .dst_stride(dst_stride),
        .dst_digit(dst_digit),
        .dst_plane_y(dst_plane_y),
        .dst_pitch_row(dst_pitch_row),
        .dst_pitch_bank(dst_pitch_bank),
        .phase_y_last(phase_y_last),
        .spread(spread),
        .window(window),
        .res_dst(res_dst),
        .res_src(res_src),
        .res_stride(res_stride),
        .in_image(in_image),
        .whole(window_end),
        .windows(windows1),
        .addr(act_waddr),
        .bank(bank_q),
        .word(word_q),
        .res_waddr(res_waddr_q),
        .res_raddr(res_raddr)
    );

    // Stage 2, then down the pipeline with the values.
    localparam FLAGS_W = 4 + ((D > 1) ? TURN_W : 0);
    localparam TAG_W = FLAGS_W + D*(3 + BANK_W) + SLICE_W + RES_W + PART_W;
    wire [D-1:0]       write = {D{valid1 && param_write && window_end}} & in_image & lanes1;
    wire [D-1:0]       write_end = write & {D{part_end1}};
    wire [3:0]         flags = {pass_end1, valid1 && param_write && to_out, valid1 && lane_end1 && to_out, in_image[turn1]};
    reg  [FLAGS_W-1:0] flags_q;
    reg  [3*D-1:0]     writes_q;
    wire [FLAGS_W-1:0] flags_out;
    wire [TAG_W-1:0]   tag_d;
    wire [TAG_W-1:0]   tag;
    reg                pass_done_q;

    always @(posedge clk) writes_q <= {write_end, write_end & {D{to_res}}, write & {D{to_act}}};

    rws_delay #(
        .WIDTH(TAG_W),
        .CYCLES(BACK - 1 - WAY)
    ) u_tag (
        .clk(clk),
        .din(tag_d),
        .dout(tag)
    );

    generate
        if (D > 1) begin : gen_out_turn
            always @(posedge clk) flags_q <= {turn1, flags};
            assign out_turn = flags_out[FLAGS_W-1:4];
        end else begin : gen_out_one
            always @(posedge clk) flags_q <= flags;
            assign out_turn = 1'b0;
        end
    endgenerate

    generate
        if (POOLED != 0) begin : gen_windows
            reg [7:0] windows_q;
            always @(posedge clk) windows_q <= {all_end1, group_end1 && by_block, valid1 && in_image[0], windows1 & {head1, 4'd15}};
            rws_delay #(
                .WIDTH(8),
                .CYCLES(BACK - 3 - WAY - EARLY)
            ) u_windows (
                .clk(clk),
                .din(windows_q),
                .dout(windows)
            );
        end else begin : gen_pixels
            wire unused_windows = &{1'b0, windows1};
            assign windows = 8'd0;
        end
        if (PART_W > 0) begin : gen_tag_part
            reg [PARTS_W-1:0] part_q;
            always @(posedge clk) part_q <= part1;
            assign tag_d[TAG_W-1:TAG_W-PART_W] = part_q;
            assign act_part = tag[TAG_W-1:TAG_W-PART_W];
        end else begin : gen_tag
            assign act_part = 1'b0;
        end
    endgenerate

    assign tag_d[TAG_W-PART_W-1:0] = {flags_q, writes_q, bank_q, word_q, res_waddr_q};
    assign {flags_out, written, res_we, act_we, act_wbank, act_wslice, res_waddr} = tag[TAG_W-PART_W-1:0];
    assign {pass_end, out_push, out_lane, out_real} = flags_out[3:0];

    always @(posedge clk) pass_done_q <= pass_end;

    assign pass_done = pass_done_q;
endmodule
`default_nettype wire

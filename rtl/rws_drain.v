// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Drain: walks the captured accumulators of a block, PX pixels times SLICES slices of Q rows, one slice per cycle, and
// says where each goes. Slices whose parameter word has write = 0 (rows that pad a group) are skipped, so the channels
// of a tensor stay dense; param_write comes a cycle after stage 0. Stage 0 picks accumulators and parameters (these a cycle
// before with EARLY = 1); stage 1 computes addresses; the write happens BACK cycles after stage 1, when the requantized
// values are there.
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
    parameter EARLY = 0,
    parameter BACK = 7
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               layer_load,
    input  wire               image_load,
    input  wire               captured,
    input  wire               vector,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [BANK_W-1:0]  lane_last,
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
    output wire               out_skip,
    output wire               written,
    output wire               block_done
);
    localparam WORD_LAST_I = CI_SLICES - 1;
    localparam [SLICE_W-1:0] WORD_LAST = WORD_LAST_I[SLICE_W-1:0];
    localparam BANK_LAST_I = PX - 1;
    localparam [BANK_W-1:0] BANK_LAST = BANK_LAST_I[BANK_W-1:0];

    // Stage 0.
    wire run;
    wire head;
    wire lane_end;
    wire block_end;
    wire group_end;

    rws_drain_loops #(
        .SLICES(SLICES),
        .CI_SLICES(CI_SLICES),
        .INDEX_W(INDEX_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .PARAM_W(PARAM_W),
        .EARLY(EARLY)
    ) u_loops (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .image_load(image_load),
        .captured(captured),
        .vector(vector),
        .block_last(block_last),
        .lane_last(lane_last),
        .run(run),
        .head(head),
        .lane_end(lane_end),
        .block_end(block_end),
        .group_end(group_end),
        .index(index),
        .param(param_raddr)
    );

    // Stage 1: position in the destination, as running sums instead of products.
    reg valid1_q;
    reg head1_q;
    reg lane_end1_q;
    reg block_end1_q;
    reg group_end1_q;
    reg [XW-1:0]      y_q;
    reg [XW-1:0]      x_q;
    reg [2:0]         phase_y_q;
    reg [2:0]         phase_x_q;
    reg [ADDR_W-1:0]  plane_y_q;
    reg [ADDR_W-1:0]  plane_x_q;
    reg [ADDR_W-1:0]  line_row_q;
    reg [BANK_W-1:0]  line_bank_q;
    reg [ADDR_W-1:0]  row_q;
    reg [BANK_W-1:0]  bank_q;
    reg [RES_W-1:0]   pixel_q;
    reg [ADDR_W-1:0]  off_q;
    reg [ADDR_W-1:0]  off_group_q;
    reg [SLICE_W-1:0] word_q;
    reg [SLICE_W-1:0] word_group_q;
    reg [RES_W-1:0]   res_off_q;
    reg [RES_W-1:0]   res_off_group_q;

    wire in_image = y_q < out_h && x_q < out_w;
    wire [ADDR_W-1:0]  off = head1_q ? off_group_q : off_q;
    wire [SLICE_W-1:0] word = head1_q ? word_group_q : word_q;
    wire [RES_W-1:0]   res_off = head1_q ? res_off_group_q : res_off_q;
    wire word_end = word == WORD_LAST;
    wire [ADDR_W-1:0]  off_next = (param_write && word_end) ? off + dst_stride : off;
    wire [SLICE_W-1:0] word_next = !param_write ? word : word_end ? {SLICE_W{1'b0}} : word + {{(SLICE_W-1){1'b0}}, 1'b1};
    wire [RES_W-1:0]   res_off_next = param_write ? res_off + res_stride : res_off;
    wire x_end = x_q + {{(XW-1){1'b0}}, 1'b1} == pitch;
    wire phase_y_end = phase_y_q == phase_y_last;
    wire phase_x_end = phase_x_q == phase_x_last;
    wire [BANK_W:0]   line_bank_far = {1'b0, line_bank_q} + {1'b0, dst_pitch_bank};
    wire              line_carry = line_bank_far > {1'b0, BANK_LAST};
    wire [BANK_W:0]   line_bank_near = line_bank_far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
    wire [BANK_W-1:0] line_bank_next = line_carry ? line_bank_near[BANK_W-1:0] : line_bank_far[BANK_W-1:0];
    wire [ADDR_W-1:0] line_row_next = line_row_q + dst_pitch_row + {{(ADDR_W-1){1'b0}}, line_carry};
    wire              bank_end = bank_q == BANK_LAST;
    wire              unused_carry = &{1'b0, line_bank_near[BANK_W]};

    always @(posedge clk) begin
        valid1_q <= run && !rst;
        head1_q <= head;
        lane_end1_q <= run && lane_end;
        block_end1_q <= run && block_end;
        group_end1_q <= run && group_end;

        if (valid1_q) begin
            off_q <= off_next;
            word_q <= word_next;
            res_off_q <= res_off_next;
            if (group_end1_q) begin
                off_group_q <= off_next;
                word_group_q <= word_next;
                res_off_group_q <= res_off_next;
            end
        end
        if (layer_load) begin
            off_group_q <= {ADDR_W{1'b0}};
            word_group_q <= {SLICE_W{1'b0}};
            res_off_group_q <= {RES_W{1'b0}};
        end

        if (layer_load || group_end1_q) begin
            y_q <= {XW{1'b0}};
            x_q <= {XW{1'b0}};
            phase_y_q <= 3'd0;
            phase_x_q <= 3'd0;
            plane_y_q <= {ADDR_W{1'b0}};
            plane_x_q <= {ADDR_W{1'b0}};
            line_row_q <= {ADDR_W{1'b0}};
            line_bank_q <= {BANK_W{1'b0}};
            row_q <= {ADDR_W{1'b0}};
            bank_q <= {BANK_W{1'b0}};
            pixel_q <= {RES_W{1'b0}};
        end else if (lane_end1_q) begin
            pixel_q <= pixel_q + {{(RES_W-1){1'b0}}, in_image};
            if (x_end) begin
                x_q <= {XW{1'b0}};
                y_q <= y_q + {{(XW-1){1'b0}}, 1'b1};
                phase_x_q <= 3'd0;
                plane_x_q <= {ADDR_W{1'b0}};
                phase_y_q <= phase_y_end ? 3'd0 : phase_y_q + 3'd1;
                plane_y_q <= phase_y_end ? {ADDR_W{1'b0}} : plane_y_q + dst_plane_y;
                line_row_q <= phase_y_end ? line_row_next : line_row_q;
                line_bank_q <= phase_y_end ? line_bank_next : line_bank_q;
                row_q <= phase_y_end ? line_row_next : line_row_q;
                bank_q <= phase_y_end ? line_bank_next : line_bank_q;
            end else begin
                x_q <= x_q + {{(XW-1){1'b0}}, 1'b1};
                phase_x_q <= phase_x_end ? 3'd0 : phase_x_q + 3'd1;
                plane_x_q <= phase_x_end ? {ADDR_W{1'b0}} : plane_x_q + dst_plane_x;
                if (phase_x_end) begin
                    row_q <= row_q + {{(ADDR_W-1){1'b0}}, bank_end};
                    bank_q <= bank_end ? {BANK_W{1'b0}} : bank_q + {{(BANK_W-1){1'b0}}, 1'b1};
                end
            end
        end
    end

    // Stage 2, then down the pipeline with the values.
    localparam TAG_W = 6 + BANK_W + SLICE_W + RES_W;
    wire write = valid1_q && param_write && in_image;
    reg  [ADDR_W-1:0] corner_q;
    reg  [ADDR_W-1:0] inner_q;
    reg  [ADDR_W-1:0] addr_q;
    reg  [RES_W-1:0]  res_waddr_q;
    reg  [RES_W-1:0]  res_raddr_q;
    reg  [TAG_W-RES_W-1:0] tag_q;
    wire [TAG_W-1:0]  tag;
    reg               block_done_q;

    always @(posedge clk) begin
        // The address in two steps; it is not needed for long.
        corner_q <= dst_base + plane_y_q + plane_x_q;
        inner_q <= off + row_q;
        addr_q <= corner_q + inner_q;
        res_waddr_q <= res_dst + res_off + pixel_q;
        res_raddr_q <= res_src + res_off + pixel_q;
        tag_q <= {block_end1_q, write, write && to_out, valid1_q && to_out && !write, write && to_res, write && to_act,
                  bank_q, word};
    end

    rws_delay #(
        .WIDTH(TAG_W),
        .CYCLES(BACK - 1)
    ) u_tag (
        .clk(clk),
        .din({tag_q, res_waddr_q}),
        .dout(tag)
    );

    rws_delay #(
        .WIDTH(ADDR_W),
        .CYCLES(BACK - 2)
    ) u_addr (
        .clk(clk),
        .din(addr_q),
        .dout(act_waddr)
    );

    wire last_write;
    assign {last_write, written, out_push, out_skip, res_we, act_we, act_wbank, act_wslice, res_waddr} = tag;

    always @(posedge clk) block_done_q <= last_write;

    assign res_raddr = res_raddr_q;
    assign block_done = block_done_q;
endmodule
`default_nettype wire

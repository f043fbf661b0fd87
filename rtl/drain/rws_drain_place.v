// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Where the drain's slices go: the address, bank and word of each in activation memory and its address in residual memory, one cycle after
// the slice (addr 2 + DELAY), and whether its pixel is in the image, at once. Positions are running sums instead of products: a slice with
// param_write moves on by a word, CI_SLICES words by dst_stride, and the first slice of every pixel (head) starts again where the row group
// began; behind all_end at the first word, of the next block of pixels. Throughput 1. Numbers are wide enough by the plan; sums wrap.
// PART_W > 0: a slice comes in parts, the next one's place dst_digit rows further (rws_drain_loops); the last has part_end. spread says how
// D pixels lie beside each other in banks of their own: with D = 1 {phase_x_last, dst_plane_x}, otherwise {row and bank from the first one
// to each other, bank and row from one D to the next}. The lanes' banks differ by the plan. window, whole and windows are
// rws_drain_pixel's.
`default_nettype none
module rws_drain_place #(
    parameter PX = 2,
    parameter CI_SLICES = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter RES_W = 4,
    parameter XW = 5,
    parameter BY_BLOCK = 0,
    parameter DELAY = 0,
    parameter D = 1,
    parameter SPREAD_W = (D > 1) ? 1 + BANK_W + (D-1)*(BANK_W+ADDR_W) : 3 + ADDR_W,
    parameter PART_W = 0,
    parameter POOLED = 0,
    parameter WINDOW_W = (POOLED != 0) ? 16 : 1
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               layer_load,
    input  wire               valid,
    input  wire               head,
    input  wire               part_end,
    input  wire               span_end,
    input  wire               group_end,
    input  wire               all_end,
    input  wire               param_write,
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
    output wire [D-1:0]        in_image,
    output wire                whole,
    output wire [4:0]          windows,
    output wire [D*ADDR_W-1:0] addr,
    output wire [D*BANK_W-1:0] bank,
    output wire [SLICE_W-1:0] word,
    output wire [RES_W-1:0]   res_waddr,
    output wire [RES_W-1:0]   res_raddr
);
    localparam BANK_LAST_I = PX - 1;
    localparam [BANK_W-1:0] BANK_LAST = BANK_LAST_I[BANK_W-1:0];
    localparam WORD_LAST_I = CI_SLICES - 1;
    localparam [SLICE_W-1:0] WORD_LAST = WORD_LAST_I[SLICE_W-1:0];

    generate
        if (CI_SLICES > (1 << SLICE_W)) begin : gen_error
            rws_error_slice_w_must_count_slices u_refused ();
        end
    endgenerate

    wire [ADDR_W-1:0] dst_plane_x;
    wire [2:0]        phase_x_last;
    wire              step_row;
    wire [BANK_W-1:0] step_bank;
    wire [D*(BANK_W+ADDR_W)-1:0] aside;
    wire [ADDR_W-1:0] plane_y;
    wire [ADDR_W-1:0] plane_x;
    wire [ADDR_W-1:0] row;
    wire [BANK_W-1:0] pixel_bank;
    wire [RES_W-1:0]  pixel;

    rws_drain_pixel #(
        .PX(PX),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .RES_W(RES_W),
        .XW(XW),
        .BY_BLOCK(BY_BLOCK),
        .D(D),
        .POOLED(POOLED)
    ) u_pixel (
        .clk(clk),
        .start(layer_load),
        .step(span_end),
        .back(group_end),
        .mark(all_end),
        .pitch(pitch),
        .out_h(out_h),
        .out_w(out_w),
        .dst_plane_x(dst_plane_x),
        .dst_plane_y(dst_plane_y),
        .dst_pitch_row(dst_pitch_row),
        .dst_pitch_bank(dst_pitch_bank),
        .phase_y_last(phase_y_last),
        .phase_x_last(phase_x_last),
        .step_row(step_row),
        .step_bank(step_bank),
        .window(window),
        .in_image(in_image),
        .whole(whole),
        .windows(windows),
        .plane_y(plane_y),
        .plane_x(plane_x),
        .row(row),
        .bank(pixel_bank),
        .pixel(pixel)
    );

    wire unused_rst = &{1'b0, rst};

`ifndef SYNTHESIS
    generate
        if (PX < (1 << BANK_W)) begin : gen_range
            wire [31:0] number = {{(32-BANK_W){1'b0}}, pixel_bank};
            // Registers have any value before the first reset.
            reg         started;
            initial started = 1'b0;

            always @(posedge clk) begin
                if (rst) started <= 1'b1;
                if (started && !rst && valid && param_write && in_image[0] && number >= PX) begin
                    $display("%m: a result for bank %0d of %0d", number, PX);
                    $stop;
                    $finish;
                end
            end
        end
    endgenerate
`endif

    reg [ADDR_W-1:0]  off_q;
    reg [ADDR_W-1:0]  off_group_q;
    reg [SLICE_W-1:0] slice_q;
    reg [SLICE_W-1:0] slice_group_q;
    reg [RES_W-1:0]   res_off_q;
    reg [RES_W-1:0]   res_off_group_q;

    wire [ADDR_W-1:0]  off = head ? off_group_q : off_q;
    wire [SLICE_W-1:0] slice = head ? slice_group_q : slice_q;
    wire [RES_W-1:0]   res_off = head ? res_off_group_q : res_off_q;
    wire               word_end = slice == WORD_LAST;
    wire [SLICE_W-1:0] slice_more = word_end ? {SLICE_W{1'b0}} : slice + {{(SLICE_W-1){1'b0}}, 1'b1};
    wire [ADDR_W-1:0]  off_next = (param_write && word_end) ? off + dst_stride : off;
    wire [SLICE_W-1:0] slice_next = param_write ? slice_more : slice;
    wire [RES_W-1:0]   res_off_next = param_write ? res_off + res_stride : res_off;

    always @(posedge clk) begin
        if (valid && part_end) begin
            off_q <= off_next;
            slice_q <= slice_next;
            res_off_q <= res_off_next;
            if (group_end) begin
                off_group_q <= off_next;
                slice_group_q <= slice_next;
                res_off_group_q <= res_off_next;
            end
        end
        if (layer_load || (BY_BLOCK != 0 && all_end)) begin
            off_group_q <= {ADDR_W{1'b0}};
            slice_group_q <= {SLICE_W{1'b0}};
            res_off_group_q <= {RES_W{1'b0}};
        end
    end

    reg [ADDR_W-1:0]  inner_q;
    reg [SLICE_W-1:0] word_q;
    reg [RES_W-1:0]   res_waddr_q;
    reg [RES_W-1:0]   res_raddr_q;

    wire [ADDR_W-1:0] digit_off;
    generate
        if (PART_W > 0) begin : gen_parts
            reg [ADDR_W-1:0] digit_off_q;
            always @(posedge clk) begin
                if (layer_load || (valid && part_end)) digit_off_q <= {ADDR_W{1'b0}};
                else if (valid) digit_off_q <= digit_off_q + dst_digit;
            end
            assign digit_off = digit_off_q;
        end else begin : gen_whole
            wire unused_digit = &{1'b0, dst_digit};
            assign digit_off = {ADDR_W{1'b0}};
        end
    endgenerate

    always @(posedge clk) begin
        inner_q <= off + row + digit_off;
        word_q <= slice;
        res_waddr_q <= res_dst + res_off + pixel;
        res_raddr_q <= res_src + res_off + pixel;
    end

    // The address in two steps; it is not needed for long.
    genvar d;
    generate
        if (D > 1) begin : gen_spread
            assign {aside[D*(BANK_W+ADDR_W)-1:BANK_W+ADDR_W], step_bank, step_row} = spread;
            assign aside[BANK_W+ADDR_W-1:0] = {(BANK_W+ADDR_W){1'b0}};
            assign {phase_x_last, dst_plane_x} = {(3+ADDR_W){1'b0}};
        end else begin : gen_planes
            assign {phase_x_last, dst_plane_x} = spread;
            assign {aside, step_bank, step_row} = {(1+2*BANK_W+ADDR_W){1'b0}};
        end

        for (d = 0; d < D; d = d + 1) begin : gen_lane
            wire [BANK_W-1:0] near;
            reg  [ADDR_W-1:0] corner_q;
            reg  [ADDR_W-1:0] addr_q;
            reg  [BANK_W-1:0] bank_q;

            if (d > 0) begin : gen_aside
                wire [BANK_W-1:0] aside_bank = aside[d*(BANK_W+ADDR_W)+:BANK_W];
                wire [ADDR_W-1:0] aside_row = aside[d*(BANK_W+ADDR_W)+BANK_W+:ADDR_W];
                wire [BANK_W:0]   far = {1'b0, pixel_bank} + {1'b0, aside_bank};
                wire [BANK_W:0]   back = far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
                wire              unused_back = &{1'b0, back[BANK_W]};
                wire              carry = far > {1'b0, BANK_LAST};
                reg               carry_q;

                assign near = carry ? back[BANK_W-1:0] : far[BANK_W-1:0];
                always @(posedge clk) begin
                    carry_q <= carry;
                    corner_q <= dst_base + plane_y + aside_row;
                    addr_q <= corner_q + inner_q + {{(ADDR_W-1){1'b0}}, carry_q};
                end
            end else begin : gen_first
                wire unused_aside = &{1'b0, aside[BANK_W+ADDR_W-1:0], BANK_LAST};

                assign near = pixel_bank;
                always @(posedge clk) begin
                    corner_q <= dst_base + plane_y + plane_x;
                    addr_q <= corner_q + inner_q;
                end
            end

            always @(posedge clk) bank_q <= near;

            rws_delay #(
                .WIDTH(ADDR_W),
                .CYCLES(DELAY)
            ) u_addr (
                .clk(clk),
                .din(addr_q),
                .dout(addr[d*ADDR_W+:ADDR_W])
            );

            assign bank[d*BANK_W+:BANK_W] = bank_q;
        end
    endgenerate

    assign word = word_q;
    assign res_waddr = res_waddr_q;
    assign res_raddr = res_raddr_q;
endmodule
`default_nettype wire

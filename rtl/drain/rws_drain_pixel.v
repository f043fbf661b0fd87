// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Position of the drained pixel in its destination, from the first pixel (start) on with every step; again with back, from the
// pixel behind the last step with mark (BY_BLOCK = 1: of a layer that only streams its results, 2: of any) or else the first. Pixels of the grid lie
// row-major in PITCH columns; those outside out_h x out_w are not in the image. A destination that is read with strides
// is split into planes by phase, so its address is plane_y + plane_x + row, in bank; pixel counts those of the image.
// D > 1: of D pixels side by side, all of one row of the grid, this is the first one's; step_bank and step_row lead to the next D, whose
// phases are the same, so that no plane_x is needed. With POOLED = 1 (D = 1) the grid's pixels are those that maxima over windows are
// taken of (rws_window_axis, rws_maxima), out_h x out_w is their image, and pixels of the destination are the windows: whole tells the last
// pixel of one, windows is {first pixel of a row, x_head, x_over, y_head, y_over}. Running sums instead of products, which wrap. A step shows in the next cycle;
// throughput 1.
`default_nettype none
module rws_drain_pixel #(
    parameter PX = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter RES_W = 4,
    parameter XW = 5,
    parameter BY_BLOCK = 0,
    parameter D = 1,
    parameter POOLED = 0,
    parameter WINDOW_W = (POOLED != 0) ? 16 : 1
) (
    input  wire              clk,
    input  wire              start,
    input  wire              step,
    input  wire              back,
    input  wire              mark,
    input  wire [XW-1:0]     pitch,
    input  wire [XW-1:0]     out_h,
    input  wire [XW-1:0]     out_w,
    input  wire [ADDR_W-1:0] dst_plane_x,
    input  wire [ADDR_W-1:0] dst_plane_y,
    input  wire [ADDR_W-1:0] dst_pitch_row,
    input  wire [BANK_W-1:0] dst_pitch_bank,
    input  wire [2:0]        phase_y_last,
    input  wire [2:0]        phase_x_last,
    input  wire              step_row,
    input  wire [BANK_W-1:0] step_bank,
    // of y and of x: {cut, shared, again, first} of rws_window_axis
    input  wire [WINDOW_W-1:0] window,
    output wire [D-1:0]      in_image,
    output wire              whole,
    output wire [4:0]        windows,
    output wire [ADDR_W-1:0] plane_y,
    output wire [ADDR_W-1:0] plane_x,
    output wire [ADDR_W-1:0] row,
    output wire [BANK_W-1:0] bank,
    output wire [RES_W-1:0]  pixel
);
    generate
        if (PX > (1 << BANK_W)) begin : gen_error
            rws_error_bank_w_must_count_pixels u_refused ();
        end
        if (POOLED != 0 && D != 1) begin : gen_error_1
            rws_error_maxima_are_of_one_pixel_a_cycle u_refused ();
        end
    endgenerate

    localparam [XW-1:0] WIDTH = D;
    localparam BANK_LAST_I = PX - 1;
    localparam [BANK_W-1:0] BANK_LAST = BANK_LAST_I[BANK_W-1:0];

    // What a step moves: where the pixel is in the grid and how many came before it; where its line and it lie.
    localparam AT_W = 2*XW + RES_W;
    localparam PLACE_W = 6 + 2*(ADDR_W + BANK_W) + 2*ADDR_W;
    reg  [AT_W-1:0]    at_q;
    reg  [PLACE_W-1:0] place_q;
    wire [AT_W-1:0]    at_kept;
    wire [PLACE_W-1:0] place_kept;

    wire [XW-1:0]      y_at;
    wire [XW-1:0]      x_at;
    wire [2:0]         phase_y;
    wire [2:0]         phase_x;
    wire [ADDR_W-1:0]  line_row;
    wire [BANK_W-1:0]  line_bank;
    wire [XW-1:0]     x_more = x_at + WIDTH;
    wire              x_end = x_more == pitch;
    wire              phase_y_end = phase_y == phase_y_last;
    wire [BANK_W:0]   line_bank_far = {1'b0, line_bank} + {1'b0, dst_pitch_bank};
    wire              line_carry = line_bank_far > {1'b0, BANK_LAST};
    wire [BANK_W:0]   line_bank_near = line_bank_far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
    wire [BANK_W-1:0] line_bank_next = line_carry ? line_bank_near[BANK_W-1:0] : line_bank_far[BANK_W-1:0];
    wire [ADDR_W-1:0] line_row_next = line_row + dst_pitch_row + {{(ADDR_W-1){1'b0}}, line_carry};
    wire [ADDR_W-1:0] row_next;
    wire [BANK_W-1:0] bank_next;
    wire [2:0]        phase_x_next;
    wire [ADDR_W-1:0] plane_x_next;
    wire              unused_carry = &{1'b0, line_bank_near[BANK_W]};
    // The place moves behind a window, to the next line behind a row of them.
    wire              y_over;
    wire              moves = (x_end || whole) && y_over;

    wire              line_moves = moves && x_end;
    wire              plane_moves = line_moves && phase_y_end;
    wire [2:0]        phase_y_next = plane_moves ? 3'd0 : phase_y + {2'd0, line_moves};
    wire [ADDR_W-1:0] plane_y_more = line_moves ? plane_y + dst_plane_y : plane_y;
    wire [ADDR_W-1:0] plane_y_next = plane_moves ? {ADDR_W{1'b0}} : plane_y_more;
    wire [ADDR_W+BANK_W-1:0] line_next = plane_moves ? {line_row_next, line_bank_next} : {line_row, line_bank};
    wire [ADDR_W+BANK_W-1:0] pixel_next = line_moves ? line_next : moves ? {row_next, bank_next} : {row, bank};
    wire [AT_W-1:0]    at_next = {y_at + {{(XW-1){1'b0}}, x_end}, x_end ? {XW{1'b0}} : x_more,
                                  pixel + {{(RES_W-1){1'b0}}, in_image[0] && whole}};
    wire [PLACE_W-1:0] place_next = {phase_y_next, plane_y_next, phase_x_next, plane_x_next, line_next, pixel_next};

    assign {y_at, x_at, pixel} = at_q;
    assign {phase_y, plane_y, phase_x, plane_x, line_row, line_bank, row, bank} = place_q;

    always @(posedge clk) begin
        if (start || back) begin
            at_q <= start ? {AT_W{1'b0}} : at_kept;
            place_q <= start ? {PLACE_W{1'b0}} : place_kept;
        end else if (step) begin
            at_q <= at_next;
            place_q <= place_next;
        end
    end

    genvar d;
    generate
        if (D == 1) begin : gen_phases
            wire             phase_x_end = phase_x == phase_x_last;
            wire             bank_end = bank == BANK_LAST;
            wire [2:0]       phase_x_more = phase_x_end ? 3'd0 : phase_x + 3'd1;
            wire [ADDR_W-1:0] plane_x_more = phase_x_end ? {ADDR_W{1'b0}} : plane_x + dst_plane_x;
            wire             unused_step = &{1'b0, step_row, step_bank};

            assign phase_x_next = line_moves ? 3'd0 : moves ? phase_x_more : phase_x;
            assign plane_x_next = line_moves ? {ADDR_W{1'b0}} : moves ? plane_x_more : plane_x;
            assign row_next = row + {{(ADDR_W-1){1'b0}}, phase_x_end && bank_end};
            assign bank_next = !phase_x_end ? bank : bank_end ? {BANK_W{1'b0}} : bank + {{(BANK_W-1){1'b0}}, 1'b1};
        end else begin : gen_steps
            wire [BANK_W:0] far = {1'b0, bank} + {1'b0, step_bank};
            wire            carry = far > {1'b0, BANK_LAST};
            wire [BANK_W:0] near = far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
            wire            unused_phases = &{1'b0, dst_plane_x, phase_x_last, phase_x, near[BANK_W]};

            assign phase_x_next = 3'd0;
            assign plane_x_next = {ADDR_W{1'b0}};
            assign row_next = row + {{(ADDR_W-1){1'b0}}, step_row} + {{(ADDR_W-1){1'b0}}, carry};
            assign bank_next = carry ? near[BANK_W-1:0] : far[BANK_W-1:0];
        end
        for (d = 0; d < D; d = d + 1) begin : gen_inside
            localparam [XW-1:0] ASIDE = d;
            assign in_image[d] = y_at < out_h && x_at + ASIDE < out_w;
        end
        if (POOLED != 0) begin : gen_windows
            localparam [XW-1:0] ONE = 1;
            localparam [XW-1:0] TWO = 2;
            wire          x_head;
            wire          x_over;
            wire          y_head;

            rws_window_axis #(
                .BY_BLOCK((BY_BLOCK > 1) ? 1 : 0)
            ) u_x (
                .clk(clk),
                .start(start),
                .step(step),
                .turn(x_end),
                .back(back),
                .mark(mark),
                .single(out_w == ONE),
                .last_next(x_at + TWO == out_w),
                .first(window[2:0]),
                .again(window[5:3]),
                .shared(window[6]),
                .cut(window[7]),
                .head(x_head),
                .over(x_over)
            );

            rws_window_axis #(
                .BY_BLOCK((BY_BLOCK > 1) ? 1 : 0)
            ) u_y (
                .clk(clk),
                .start(start),
                .step(step && x_end),
                .turn(1'b0),
                .back(back),
                .mark(mark),
                .single(out_h == ONE),
                .last_next(y_at + TWO == out_h),
                .first(window[10:8]),
                .again(window[13:11]),
                .shared(window[14]),
                .cut(window[15]),
                .head(y_head),
                .over(y_over)
            );

            assign whole = x_over && y_over;
            assign windows = {x_at == {XW{1'b0}}, x_head, x_over, y_head, y_over};
        end else begin : gen_pixels
            wire unused_window = &{1'b0, window};
            assign y_over = 1'b1;
            assign whole = 1'b1;
            assign windows = 5'd0;
        end
        if (BY_BLOCK != 0) begin : gen_by_block
            reg [AT_W-1:0] at_kept_q;
            always @(posedge clk) begin
                if (start) at_kept_q <= {AT_W{1'b0}};
                else if (mark) at_kept_q <= at_next;
            end
            assign at_kept = at_kept_q;
        end else begin : gen_by_group
            wire unused_mark = mark;
            assign at_kept = {AT_W{1'b0}};
        end
        if (BY_BLOCK > 1) begin : gen_kept
            reg [PLACE_W-1:0] place_kept_q;
            always @(posedge clk) begin
                if (start) place_kept_q <= {PLACE_W{1'b0}};
                else if (mark) place_kept_q <= place_next;
            end
            assign place_kept = place_kept_q;
        end else begin : gen_first
            assign place_kept = {PLACE_W{1'b0}};
        end
    endgenerate
endmodule
`default_nettype wire

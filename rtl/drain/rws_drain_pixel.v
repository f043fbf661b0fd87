// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Position of the drained pixel in its destination, from the first pixel (start) on with every step; again with back, from the
// pixel behind the last mark (BY_BLOCK = 1: of a layer that only streams its results) or else the first. Pixels of the grid lie
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

    reg [XW-1:0]      y_q;
    reg [XW-1:0]      x_q;
    reg [2:0]         phase_y_q;
    reg [ADDR_W-1:0]  plane_y_q;
    reg [ADDR_W-1:0]  line_row_q;
    reg [BANK_W-1:0]  line_bank_q;
    reg [ADDR_W-1:0]  row_q;
    reg [BANK_W-1:0]  bank_q;
    reg [RES_W-1:0]   pixel_q;

    wire [XW-1:0]     y_next;
    wire [XW-1:0]     x_next;
    wire [RES_W-1:0]  pixel_next;
    wire [XW-1:0]     y_kept;
    wire [XW-1:0]     x_kept;
    wire [RES_W-1:0]  pixel_kept;
    wire [XW-1:0]     x_more = x_q + WIDTH;
    wire              x_end = x_more == pitch;
    wire phase_y_end = phase_y_q == phase_y_last;
    wire [BANK_W:0]   line_bank_far = {1'b0, line_bank_q} + {1'b0, dst_pitch_bank};
    wire              line_carry = line_bank_far > {1'b0, BANK_LAST};
    wire [BANK_W:0]   line_bank_near = line_bank_far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
    wire [BANK_W-1:0] line_bank_next = line_carry ? line_bank_near[BANK_W-1:0] : line_bank_far[BANK_W-1:0];
    wire [ADDR_W-1:0] line_row_next = line_row_q + dst_pitch_row + {{(ADDR_W-1){1'b0}}, line_carry};
    wire [ADDR_W-1:0] row_next;
    wire [BANK_W-1:0] bank_next;
    wire              unused_carry = &{1'b0, line_bank_near[BANK_W]};
    // The place moves behind a window, to the next line behind a row of them.
    wire              y_over;
    wire              moves = (x_end || whole) && y_over;

    always @(posedge clk) begin
        if (start || back) begin
            y_q <= start ? {XW{1'b0}} : y_kept;
            x_q <= start ? {XW{1'b0}} : x_kept;
            phase_y_q <= 3'd0;
            plane_y_q <= {ADDR_W{1'b0}};
            line_row_q <= {ADDR_W{1'b0}};
            line_bank_q <= {BANK_W{1'b0}};
            row_q <= {ADDR_W{1'b0}};
            bank_q <= {BANK_W{1'b0}};
            pixel_q <= start ? {RES_W{1'b0}} : pixel_kept;
        end else if (step) begin
            y_q <= y_next;
            x_q <= x_next;
            pixel_q <= pixel_next;
            if (moves && x_end) begin
                phase_y_q <= phase_y_end ? 3'd0 : phase_y_q + 3'd1;
                plane_y_q <= phase_y_end ? {ADDR_W{1'b0}} : plane_y_q + dst_plane_y;
                line_row_q <= phase_y_end ? line_row_next : line_row_q;
                line_bank_q <= phase_y_end ? line_bank_next : line_bank_q;
                row_q <= phase_y_end ? line_row_next : line_row_q;
                bank_q <= phase_y_end ? line_bank_next : line_bank_q;
            end else if (moves) begin
                row_q <= row_next;
                bank_q <= bank_next;
            end
        end
    end

    genvar d;
    generate
        if (D == 1) begin : gen_phases
            reg [2:0]        phase_x_q;
            reg [ADDR_W-1:0] plane_x_q;
            wire             phase_x_end = phase_x_q == phase_x_last;
            wire             bank_end = bank_q == BANK_LAST;
            wire             unused_step = &{1'b0, step_row, step_bank};

            always @(posedge clk) begin
                if (start || back || (step && moves && x_end)) begin
                    phase_x_q <= 3'd0;
                    plane_x_q <= {ADDR_W{1'b0}};
                end else if (step && moves) begin
                    phase_x_q <= phase_x_end ? 3'd0 : phase_x_q + 3'd1;
                    plane_x_q <= phase_x_end ? {ADDR_W{1'b0}} : plane_x_q + dst_plane_x;
                end
            end

            assign plane_x = plane_x_q;
            assign row_next = row_q + {{(ADDR_W-1){1'b0}}, phase_x_end && bank_end};
            assign bank_next = !phase_x_end ? bank_q : bank_end ? {BANK_W{1'b0}} : bank_q + {{(BANK_W-1){1'b0}}, 1'b1};
        end else begin : gen_steps
            wire [BANK_W:0] far = {1'b0, bank_q} + {1'b0, step_bank};
            wire            carry = far > {1'b0, BANK_LAST};
            wire [BANK_W:0] near = far - {1'b0, BANK_LAST} - {{BANK_W{1'b0}}, 1'b1};
            wire            unused_phases = &{1'b0, dst_plane_x, phase_x_last, near[BANK_W]};

            assign plane_x = {ADDR_W{1'b0}};
            assign row_next = row_q + {{(ADDR_W-1){1'b0}}, step_row} + {{(ADDR_W-1){1'b0}}, carry};
            assign bank_next = carry ? near[BANK_W-1:0] : far[BANK_W-1:0];
        end
        for (d = 0; d < D; d = d + 1) begin : gen_inside
            localparam [XW-1:0] ASIDE = d;
            assign in_image[d] = y_q < out_h && x_q + ASIDE < out_w;
        end
        if (POOLED != 0) begin : gen_windows
            wire [XW-1:0] y_more = y_q + {{(XW-1){1'b0}}, 1'b1};
            wire          x_head;
            wire          x_over;
            wire          y_head;

            rws_window_axis u_x (
                .clk(clk),
                .start(start || back || (step && x_end)),
                .step(step),
                .last(x_more == out_w),
                .first(window[2:0]),
                .again(window[5:3]),
                .shared(window[6]),
                .cut(window[7]),
                .head(x_head),
                .over(x_over)
            );

            rws_window_axis u_y (
                .clk(clk),
                .start(start || back),
                .step(step && x_end),
                .last(y_more == out_h),
                .first(window[10:8]),
                .again(window[13:11]),
                .shared(window[14]),
                .cut(window[15]),
                .head(y_head),
                .over(y_over)
            );

            assign whole = x_over && y_over;
            assign windows = {x_q == {XW{1'b0}}, x_head, x_over, y_head, y_over};
        end else begin : gen_pixels
            wire unused_window = &{1'b0, window};
            assign y_over = 1'b1;
            assign whole = 1'b1;
            assign windows = 5'd0;
        end
        if (BY_BLOCK != 0) begin : gen_by_block
            reg [XW-1:0]    y_kept_q;
            reg [XW-1:0]    x_kept_q;
            reg [RES_W-1:0] pixel_kept_q;

            always @(posedge clk) begin
                if (start) begin
                    y_kept_q <= {XW{1'b0}};
                    x_kept_q <= {XW{1'b0}};
                    pixel_kept_q <= {RES_W{1'b0}};
                end else if (mark) begin
                    y_kept_q <= y_next;
                    x_kept_q <= x_next;
                    pixel_kept_q <= pixel_next;
                end
            end

            assign y_kept = y_kept_q;
            assign x_kept = x_kept_q;
            assign pixel_kept = pixel_kept_q;
        end else begin : gen_by_group
            wire unused_mark = mark;
            assign y_kept = {XW{1'b0}};
            assign x_kept = {XW{1'b0}};
            assign pixel_kept = {RES_W{1'b0}};
        end
    endgenerate

    assign y_next = y_q + {{(XW-1){1'b0}}, x_end};
    assign x_next = x_end ? {XW{1'b0}} : x_more;
    assign pixel_next = pixel_q + {{(RES_W-1){1'b0}}, in_image[0] && whole};
    assign plane_y = plane_y_q;
    assign row = row_q;
    assign bank = bank_q;
    assign pixel = pixel_q;
endmodule
`default_nettype wire

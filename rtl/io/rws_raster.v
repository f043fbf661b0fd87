// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Walks over an image and the padding around it, row by row, a pixel with each advance: rows 0..y_last, of which y_first..y_behind-1
// are the image's, and columns likewise. `complete` says that a window of KH x KW pixels that ends in this one is wanted: the
// first is that in the corner, the next ones are step + 1 pixels apart, or next to each other without STRIDED. What depends on the
// position is a register.
`default_nettype none
module rws_raster #(
    parameter Y_W = 4,
    parameter X_W = 4,
    parameter FOLD = 0,
    parameter KH = 1,
    parameter KW = 1,
    parameter STRIDED = 1,
    parameter STEP_W = 1
) (
    input  wire              clk,
    input  wire              start,
    input  wire              advance,
    input  wire [Y_W-1:0]    y_first,
    input  wire [Y_W-1:0]    y_behind,
    input  wire [Y_W-1:0]    y_last,
    input  wire [X_W-1:0]    x_first,
    input  wire [X_W-1:0]    x_behind,
    input  wire [X_W-1:0]    x_last,
    input  wire [STEP_W-1:0] y_step,
    input  wire [STEP_W-1:0] x_step,
    output wire              in_image,
    output wire              complete,
    output wire              last,
    output wire [X_W-1:0]    column,
    output wire [X_W-1:0]    next_column
);
    localparam PHASE_W = ((STRIDED != 0) ? STEP_W : 0) + $clog2(((KH > KW) ? KH : KW) + 1);
    localparam [PHASE_W-1:0] Y_WHOLE = KH - 1;
    localparam [PHASE_W-1:0] X_WHOLE = KW - 1;

    reg [Y_W-1:0] y_q;
    reg [X_W-1:0] x_q;
    reg           y_inside_q;
    reg           inside_q;
    reg           y_end_q;
    reg           x_end_q;

    wire [Y_W-1:0] y_next = start ? {Y_W{1'b0}} : y_q + {{(Y_W-1){1'b0}}, 1'b1};
    wire [X_W-1:0] x_next = (start || x_end_q) ? {X_W{1'b0}} : x_q + {{(X_W-1){1'b0}}, 1'b1};

    wire           y_inside = (start || x_end_q) ? y_next >= y_first && y_next < y_behind : y_inside_q;

    always @(posedge clk) begin
        if (start || advance) begin
            x_q <= x_next;
            x_end_q <= x_next == x_last;
            y_inside_q <= y_inside;
            inside_q <= y_inside && x_next >= x_first && x_next < x_behind;
        end
        if (start || (advance && x_end_q)) begin
            y_q <= y_next;
            y_end_q <= y_next == y_last;
        end
    end

    generate
        if (FOLD) begin : gen_window
            wire [PHASE_W-1:0] y_more;
            wire [PHASE_W-1:0] x_more;
            wire y_here;
            wire x_here;
            if (STRIDED) begin : gen_apart
                assign y_more = {{(PHASE_W-STEP_W){1'b0}}, y_step};
                assign x_more = {{(PHASE_W-STEP_W){1'b0}}, x_step};
            end else begin : gen_next
                wire unused_step = &{1'b0, y_step, x_step};
                assign y_more = {PHASE_W{1'b0}};
                assign x_more = {PHASE_W{1'b0}};
            end
            if (STRIDED || KW > 1) begin : gen_columns
                reg [PHASE_W-1:0] phase_q;
                assign x_here = phase_q == {PHASE_W{1'b0}};
                always @(posedge clk) begin
                    if (start || (advance && x_end_q)) phase_q <= X_WHOLE;
                    else if (advance) phase_q <= x_here ? x_more : phase_q - {{(PHASE_W-1){1'b0}}, 1'b1};
                end
            end else begin : gen_every_column
                wire unused_phase = &{1'b0, x_more, X_WHOLE};
                assign x_here = 1'b1;
            end
            if (STRIDED || KH > 1) begin : gen_rows
                reg [PHASE_W-1:0] phase_q;
                assign y_here = phase_q == {PHASE_W{1'b0}};
                always @(posedge clk) begin
                    if (start) phase_q <= Y_WHOLE;
                    else if (advance && x_end_q) phase_q <= y_here ? y_more : phase_q - {{(PHASE_W-1){1'b0}}, 1'b1};
                end
            end else begin : gen_every_row
                wire unused_phase = &{1'b0, y_more, Y_WHOLE};
                assign y_here = 1'b1;
            end
            assign complete = y_here && x_here;
        end else begin : gen_pixels
            wire unused_step = STRIDED != 0 && &{1'b0, y_step, x_step, Y_WHOLE, X_WHOLE};
            assign complete = 1'b1;
        end
    endgenerate

    assign in_image = inside_q;
    assign last = y_end_q && x_end_q;
    assign column = x_q;
    assign next_column = x_next;
endmodule
`default_nettype wire

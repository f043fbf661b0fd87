// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Where the windows of a maximum begin and end along an axis of an image, of pixel after pixel, from start on: head tells a window's first
// pixel, over its last one. `first` pixels of the image lie before the first window's last one, `again` between a window's last and the
// next one's; with shared = 1 a window's last pixel is the next one's first too, which is no head, because its value is kept. With cut = 1 the
// last window ends with the image, whose last pixel is `last`. Windows of one pixel: all numbers 0. Latency 0, a pixel per step.
`default_nettype none
module rws_window_axis (
    input  wire       clk,
    input  wire       start,
    input  wire       step,
    input  wire       last,
    input  wire [2:0] first,
    input  wire [2:0] again,
    input  wire       shared,
    input  wire       cut,
    output wire       head,
    output wire       over
);
    reg [2:0] left_q;
    reg       head_q;

    always @(posedge clk) begin
        if (start) begin
            left_q <= first;
            head_q <= 1'b1;
        end else if (step) begin
            left_q <= over ? again : left_q - 3'd1;
            head_q <= over && !shared;
        end
    end

    assign head = head_q;
    assign over = left_q == 3'd0 || (cut && last);
endmodule
`default_nettype wire

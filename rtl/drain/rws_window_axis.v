// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Where the windows of a maximum begin and end along an axis of an image, of pixel after pixel, from start on: head tells a window's first
// pixel, over its last one. `first` pixels of the image lie before the first window's last one, `again` between a window's last and the
// next one's; with shared = 1 a window's last pixel is the next one's first too, which is no head, because its value is kept. With cut = 1 the
// last window ends with the image: single tells that this has one pixel, last_next that the next one is its last. Windows of one pixel: all
// numbers 0. With BY_BLOCK = 1 back leads to the pixel behind the last step with mark, or else the first; turn makes a step lead to the
// first. head and over are registers, for long ways begin at them. Latency 0, a pixel per step.
`default_nettype none
module rws_window_axis #(
    parameter BY_BLOCK = 0
) (
    input  wire       clk,
    input  wire       start,
    input  wire       step,
    input  wire       turn,
    input  wire       back,
    input  wire       mark,
    input  wire       single,
    input  wire       last_next,
    input  wire [2:0] first,
    input  wire [2:0] again,
    input  wire       shared,
    input  wire       cut,
    output wire       head,
    output wire       over
);
    // {head, over, pixels before the next last one}
    reg  [4:0] state_q;
    wire [4:0] kept;
    wire [2:0] left = over ? again : state_q[2:0] - 3'd1;
    wire [4:0] fresh = {1'b1, first == 3'd0 || (cut && single), first};
    wire [4:0] moved = turn ? fresh : {over && !shared, left == 3'd0 || (cut && last_next), left};

    always @(posedge clk) begin
        if (start) state_q <= fresh;
        else if (back) state_q <= kept;
        else if (step) state_q <= moved;
    end

    generate
        if (BY_BLOCK != 0) begin : gen_by_block
            reg [4:0] kept_q;
            always @(posedge clk) begin
                if (start) kept_q <= fresh;
                else if (mark) kept_q <= step ? moved : state_q;
            end
            assign kept = kept_q;
        end else begin : gen_by_group
            wire unused_mark = mark;
            assign kept = fresh;
        end
    endgenerate

    assign {head, over} = state_q[4:3];
endmodule
`default_nettype wire

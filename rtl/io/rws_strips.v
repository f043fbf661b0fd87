// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// An image that comes in through a ring of rows while the core reads it, in the place of two buffers (rws_buffers). Rows are those of
// the memory's banks. A block of pixels that the core begins (start) may be the first row behind those that it needs: it needs `ahead` rows
// from its own on, or the whole image; the writer may store `room` rows before the first block begins, and one more with each that begins.
//   row_end: a row is stored; ended: the image is, and the next one waits until the core needs this one no more (free; before that,
// tail: no block is to come, the rest of the image goes where it likes). open says that the writer may go on, rows that a block may
// begin, whole that all is stored, ready that an image has begun. All change a cycle or two behind what changes them, the safe way.
`default_nettype none
module rws_strips #(
    parameter STRIP_W = 4
) (
    input  wire             clk,
    input  wire             rst,
    // of rws_header, stable but in reset
    input  wire [STRIP_W:0] ahead,
    input  wire [STRIP_W:0] room,
    input  wire             row_end,
    input  wire             ended,
    input  wire             start,
    input  wire             tail,
    input  wire             free,
    output wire             open,
    output wire             rows,
    output wire             whole,
    output wire             ready
);
    localparam COUNT_W = STRIP_W + 2;

    reg               whole_q;
    reg               open_q;
    reg               rows_q;
    reg               row_q;
    reg               start_q;
    reg               ready_q;
    // Rows that are left to the writer; rows stored beyond those that the next block needs, below 0 if it has to wait.
    reg [COUNT_W-1:0] left_q;
    reg [COUNT_W-1:0] more_q;

    wire               fresh = rst || free;
    wire               whole_next = !fresh && (whole_q || ended);
    wire [COUNT_W-1:0] left_next = left_q - {{(COUNT_W-1){1'b0}}, row_end} + {{(COUNT_W-1){1'b0}}, start_q};
    wire [COUNT_W-1:0] more_next = more_q + {{(COUNT_W-1){1'b0}}, row_q} - {{(COUNT_W-1){1'b0}}, start};
    wire               some = !more_q[COUNT_W-1];

    always @(posedge clk) begin
        whole_q <= whole_next;
        row_q <= row_end && !fresh;
        start_q <= start && !fresh;
        left_q <= fresh ? {1'b0, room} : left_next;
        more_q <= fresh ? {COUNT_W{1'b0}} - {1'b0, ahead} : more_next;
        open_q <= !fresh && !whole_next && (tail || left_next != {COUNT_W{1'b0}});
        rows_q <= !fresh && (whole_q || (some && (!start || more_q != {COUNT_W{1'b0}})));
        ready_q <= !fresh && (ready_q || row_q || whole_q);
    end

    assign open = open_q;
    assign rows = rows_q;
    assign whole = whole_q;
    assign ready = ready_q;
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Maxima of results over windows, while they are drained: slices of Q values, of pixel after pixel, row after row, SLICES of each pixel. What a
// slice's pixel is in the windows of its row and its column, rws_window_axis tells; a slice that ends windows of both leaves with
// their maximum, the others mean nothing. Windows of one pixel leave values as they are. Along a row a window's maximum so far is kept
// in registers, of the rows above in a memory of WORDS words, one for each slice of a window in a row. Of a value WIDTH bits are compared,
// unsigned; the others are 0 where windows are larger than a pixel.
//   GROUPS > 1: the image may come in blocks of pixels, of each block first the slices of its first row group for every pixel, then those of
// the next: back comes with the last slice of a group, mark with that of the block. Each group has WORDS words.
//   valid, line (the first slice of a row) and the axes' come LATENCY - 1 cycles before their values; shared is the layer's. Latency 2 from
// values, throughput 1. A row has LATENCY + 2 slices at least.
`default_nettype none
module rws_maxima #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter WIDTH = 4,
    parameter SLICES = 2,
    parameter WORDS = 16,
    parameter GROUPS = 1,
    parameter LATENCY = 1
) (
    input  wire             clk,
    input  wire             start,
    input  wire             back,
    input  wire             mark,
    input  wire             valid,
    input  wire             line,
    input  wire             x_head,
    input  wire             x_over,
    input  wire             y_head,
    input  wire             y_over,
    input  wire             x_shared,
    input  wire             y_shared,
    input  wire [Q*Y_W-1:0] values,
    output wire [Q*Y_W-1:0] maxima
);
    localparam AT_W = (WORDS > 1) ? $clog2(WORDS) : 1;
    localparam ADDR_W = AT_W + ((GROUPS > 1) ? $clog2(GROUPS) : 0);
    localparam DEPTH = (GROUPS > 1) ? GROUPS << AT_W : WORDS;
    localparam SLICE_W = (SLICES > 1) ? $clog2(SLICES) : 1;
    localparam SLOT_W = (GROUPS > 1) ? $clog2(GROUPS) + SLICE_W : 1;
    localparam SLICE_LAST_I = SLICES - 1;
    localparam [SLICE_W-1:0] SLICE_LAST = SLICE_LAST_I[SLICE_W-1:0];

    generate
        if (WIDTH >= Y_W) begin : gen_error_0
            rws_error_y_w_must_exceed_width u_refused ();
        end
        if (LATENCY < 1) begin : gen_error_1
            rws_error_latency_must_be_positive u_refused ();
        end
    endgenerate

    // The place of a window in the memory of a row.
    reg  [AT_W-1:0]   at_q;
    wire [AT_W-1:0]   at_here = line ? {AT_W{1'b0}} : at_q;
    wire [AT_W-1:0]   at_next = valid ? at_here + {{(AT_W-1){1'b0}}, x_over} : at_q;
    wire [ADDR_W-1:0] at;
    // The place of a slice among the values ahead.
    wire [SLOT_W-1:0] slot;

    generate
        if (GROUPS > 1) begin : gen_groups
            localparam GROUP_W = $clog2(GROUPS);
            reg [AT_W-1:0]    at_kept_q;
            reg [GROUP_W-1:0] group_q;
            reg [SLICE_W-1:0] slice_q;

            always @(posedge clk) begin
                at_q <= back ? at_kept_q : at_next;
                if (mark) at_kept_q <= at_next;
                if (start || mark) group_q <= {GROUP_W{1'b0}};
                else group_q <= group_q + {{(GROUP_W-1){1'b0}}, back};
                if (start || (valid && slice_q == SLICE_LAST)) slice_q <= {SLICE_W{1'b0}};
                else slice_q <= slice_q + {{(SLICE_W-1){1'b0}}, valid};
            end

            assign at = {group_q, at_here};
            assign slot = {group_q, slice_q};
        end else begin : gen_whole
            wire unused_groups = &{1'b0, start, back, mark, SLICE_LAST};
            always @(posedge clk) at_q <= at_next;
            assign at = at_here;
            assign slot = {SLOT_W{1'b0}};
        end
    endgenerate

    // Along the row, with the values.
    wire              valid1;
    wire              x_head1;
    wire              x_over1;
    wire              y_head1;
    wire              y_over1;
    wire [ADDR_W-1:0] at1;
    wire [SLOT_W-1:0] slot1;

    rws_delay #(
        .WIDTH(5 + ADDR_W + SLOT_W),
        .CYCLES(LATENCY - 1)
    ) u_axes (
        .clk(clk),
        .din({valid, x_head, x_over, y_head, y_over, at, slot}),
        .dout({valid1, x_head1, x_over1, y_head1, y_over1, at1, slot1})
    );

    // Down the column, a cycle later.
    reg              ends_q;
    reg              y_head_q;
    reg              y_keeps_q;
    reg [ADDR_W-1:0] at2_q;
    wire [Q*WIDTH-1:0] above;
    wire [Q*WIDTH-1:0] kept;

    always @(posedge clk) begin
        ends_q <= valid1 && x_over1;
        y_head_q <= y_head1;
        y_keeps_q <= y_over1 && y_shared;
        at2_q <= at1;
    end

    rws_ram #(
        .WIDTH(Q*WIDTH),
        .DEPTH(DEPTH),
        .ADDR_W(ADDR_W),
        .INIT(""),
        .LOGIC(0),
        .LATENCY(LATENCY)
    ) u_ram (
        .clk(clk),
        .we(ends_q),
        .waddr(at2_q),
        .wdata(kept),
        .re(1'b1),
        .raddr(at),
        .rdata(above)
    );

    // Values of the pixel ahead.
    wire [Q*WIDTH-1:0] ahead_all;
    wire [Q*WIDTH-1:0] keep_all;

    genvar q;
    generate
        if (GROUPS > 1) begin : gen_slots
            reg [Q*WIDTH-1:0] slots_q [0:(1<<SLOT_W)-1];
            always @(posedge clk) if (valid1) slots_q[slot1] <= keep_all;
            assign ahead_all = slots_q[slot1];
        end else begin : gen_slices
            reg  [SLICES*Q*WIDTH-1:0] ahead_q;
            wire [(SLICES+1)*Q*WIDTH-1:0] ahead_more = {ahead_q, keep_all};
            wire unused_ahead = &{1'b0, ahead_more[SLICES*Q*WIDTH+:Q*WIDTH], slot1};
            always @(posedge clk) if (valid1) ahead_q <= ahead_more[SLICES*Q*WIDTH-1:0];
            assign ahead_all = ahead_q[SLICES*Q*WIDTH-1-:Q*WIDTH];
        end
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [WIDTH-1:0]        value = values[q*Y_W+:WIDTH];
            wire [WIDTH-1:0]        ahead = ahead_all[q*WIDTH+:WIDTH];
            wire [WIDTH-1:0]        row = (x_head1 || value > ahead) ? value : ahead;
            wire [WIDTH-1:0]        keep = (x_over1 && x_shared) ? value : row;
            reg  [WIDTH-1:0]        row_q;
            wire [WIDTH-1:0]        over = above[q*WIDTH+:WIDTH];
            wire [WIDTH-1:0]        column = (y_head_q || row_q > over) ? row_q : over;
            reg  [WIDTH-1:0]        column_q;
            reg  [2*(Y_W-WIDTH)-1:0] high_q;

            always @(posedge clk) begin
                row_q <= row;
                column_q <= column;
                high_q <= {high_q[Y_W-WIDTH-1:0], values[q*Y_W+WIDTH+:Y_W-WIDTH]};
            end

            assign keep_all[q*WIDTH+:WIDTH] = keep;
            assign kept[q*WIDTH+:WIDTH] = y_keeps_q ? row_q : column;
            assign maxima[q*Y_W+:Y_W] = {high_q[2*(Y_W-WIDTH)-1-:Y_W-WIDTH], column_q};
        end
    endgenerate
endmodule
`default_nettype wire

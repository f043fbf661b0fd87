// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Maxima of results over windows, while they are drained: slices of Q values, of pixel after pixel, row after row, SLICES of each pixel. What a
// slice's pixel is in the windows of its row and its column, rws_window_axis tells; a slice that ends windows of both leaves with
// their maximum, the others mean nothing. Windows of one pixel leave values as they are. Along a row a window's maximum so far is kept
// in registers, of the rows above in a memory of WORDS words, one for each slice of a window in a row. Of a value WIDTH bits are compared,
// unsigned; the others are 0 where windows are larger than a pixel.
//   valid, line (the first slice of a row) and the axes' come LATENCY - 1 cycles before their values; shared is the layer's. Latency 2 from
// values, throughput 1. A row has LATENCY + 2 slices at least.
`default_nettype none
module rws_maxima #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter WIDTH = 4,
    parameter SLICES = 2,
    parameter WORDS = 16,
    parameter LATENCY = 1
) (
    input  wire             clk,
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
    localparam ADDR_W = (WORDS > 1) ? $clog2(WORDS) : 1;

    generate
        if (WIDTH >= Y_W) begin : gen_error_0
            rws_error_y_w_must_exceed_width u_refused ();
        end
        if (LATENCY < 1) begin : gen_error_1
            rws_error_latency_must_be_positive u_refused ();
        end
    endgenerate

    // The place of a window in the memory of a row.
    reg  [ADDR_W-1:0] at_q;
    wire [ADDR_W-1:0] at = line ? {ADDR_W{1'b0}} : at_q;

    always @(posedge clk) if (valid) at_q <= at + {{(ADDR_W-1){1'b0}}, x_over};

    // Along the row, with the values.
    wire              valid1;
    wire              x_head1;
    wire              x_over1;
    wire              y_head1;
    wire              y_over1;
    wire [ADDR_W-1:0] at1;

    rws_delay #(
        .WIDTH(5 + ADDR_W),
        .CYCLES(LATENCY - 1)
    ) u_axes (
        .clk(clk),
        .din({valid, x_head, x_over, y_head, y_over, at}),
        .dout({valid1, x_head1, x_over1, y_head1, y_over1, at1})
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
        .DEPTH(WORDS),
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

    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [WIDTH-1:0]        value = values[q*Y_W+:WIDTH];
            reg  [SLICES*WIDTH-1:0] ahead_q;
            wire [WIDTH-1:0]        ahead = ahead_q[SLICES*WIDTH-1-:WIDTH];
            wire [WIDTH-1:0]        row = (x_head1 || value > ahead) ? value : ahead;
            wire [WIDTH-1:0]        keep = (x_over1 && x_shared) ? value : row;
            wire [(SLICES+1)*WIDTH-1:0] ahead_more = {ahead_q, keep};
            wire                    unused_ahead = &{1'b0, ahead_more[SLICES*WIDTH+:WIDTH]};
            reg  [WIDTH-1:0]        row_q;
            wire [WIDTH-1:0]        over = above[q*WIDTH+:WIDTH];
            wire [WIDTH-1:0]        column = (y_head_q || row_q > over) ? row_q : over;
            reg  [WIDTH-1:0]        column_q;
            reg  [2*(Y_W-WIDTH)-1:0] high_q;

            always @(posedge clk) begin
                if (valid1) ahead_q <= ahead_more[SLICES*WIDTH-1:0];
                row_q <= row;
                column_q <= column;
                high_q <= {high_q[Y_W-WIDTH-1:0], values[q*Y_W+WIDTH+:Y_W-WIDTH]};
            end

            assign kept[q*WIDTH+:WIDTH] = y_keeps_q ? row_q : column;
            assign maxima[q*Y_W+:Y_W] = {high_q[2*(Y_W-WIDTH)-1-:Y_W-WIDTH], column_q};
        end
    endgenerate
endmodule
`default_nettype wire

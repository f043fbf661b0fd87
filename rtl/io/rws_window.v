// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Folds pixels into channels: keeps the last KH - 1 rows of an image in a memory, and the last KH x KW pixels in registers, which
// move on with each pixel (advance). Element (wy * KW + wx) * CHANNELS + c of the window is channel c of its pixel (wy, wx); `slice`
// picks Q of them, zeros behind the last. AHEAD_W > 0: windows wait in a queue of 2^AHEAD_W, with push when they are whole, until pop (rws_queue).
// The window holds a pixel from the cycle behind its advance on. A row has at least
// two columns, unless COLUMNS is 1.
`default_nettype none
module rws_window #(
    parameter KH = 3,
    parameter KW = 3,
    parameter CHANNELS = 1,
    parameter WIDTH = 4,
    parameter Q = 2,
    parameter COLUMNS = 10,
    parameter X_W = 4,
    parameter COUNT_W = 3,
    parameter AHEAD_W = 0
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire                      advance,
    input  wire                      push,
    input  wire                      pop,
    input  wire [CHANNELS*WIDTH-1:0] pixel,
    input  wire [X_W-1:0]            column,
    input  wire [X_W-1:0]            next_column,
    input  wire [COUNT_W-1:0]        slice,
    output wire                      valid,
    output wire                      single,
    output wire                      room,
    output wire [Q*WIDTH-1:0]        elements
);
    localparam PIXEL_W = CHANNELS * WIDTH;
    localparam COLUMN_W = KH * PIXEL_W;
    localparam SLICES = (KH * KW * CHANNELS + Q - 1) / Q;

    // The rows of a column, the oldest lowest.
    wire [COLUMN_W-1:0] rows;
    // Windows of one column and of all, by row, column, channel.
    reg  [KW*COLUMN_W-1:0] window_q;
    wire [KW*COLUMN_W-1:0] window;
    wire [SLICES*Q*WIDTH-1:0] padded;

    generate
        if (KH == 1) begin : gen_one_row
            wire unused_column = &{1'b0, column, next_column};
            assign rows = pixel;
        end else if (COLUMNS == 1) begin : gen_one_column
            reg [COLUMN_W-PIXEL_W-1:0] rows_q;
            wire unused_column = &{1'b0, column, next_column};
            assign rows = {pixel, rows_q};
            always @(posedge clk) if (advance) rows_q <= rows[COLUMN_W-1:PIXEL_W];
        end else begin : gen_rows
            wire [COLUMN_W-PIXEL_W-1:0] rdata;
            assign rows = {pixel, rdata};
            rws_ram #(
                .WIDTH(COLUMN_W - PIXEL_W),
                .DEPTH(COLUMNS),
                .ADDR_W(X_W),
                .INIT(""),
                .LOGIC(0),
                .LATENCY(1)
            ) u_rows (
                .clk(clk),
                .we(advance),
                .waddr(column),
                .wdata(rows[COLUMN_W-1:PIXEL_W]),
                .re(advance),
                .raddr(next_column),
                .rdata(rdata)
            );
        end
    endgenerate

    genvar y, x;
    generate
        for (y = 0; y < KH; y = y + 1) begin : gen_row
            for (x = 0; x < KW; x = x + 1) begin : gen_pixel
                localparam AT = (y * KW + x) * PIXEL_W;
                if (x == KW - 1) begin : gen_newest
                    always @(posedge clk) if (advance) window_q[AT+:PIXEL_W] <= rows[y*PIXEL_W+:PIXEL_W];
                end else begin : gen_older
                    always @(posedge clk) if (advance) window_q[AT+:PIXEL_W] <= window_q[AT+PIXEL_W+:PIXEL_W];
                end
            end
        end
        if (AHEAD_W > 0) begin : gen_ahead
            rws_queue #(
                .WIDTH(KW*COLUMN_W),
                .DEPTH_W(AHEAD_W)
            ) u_queue (
                .clk(clk),
                .rst(rst),
                .push(push),
                .din(window_q),
                .pop(pop),
                .valid(valid),
                .single(single),
                .room(room),
                .dout(window)
            );
        end else begin : gen_here
            wire unused_queue = &{1'b0, rst, push, pop};
            assign {valid, single, room} = 3'b111;
            assign window = window_q;
        end
        if (SLICES * Q > KH * KW * CHANNELS) begin : gen_padded
            assign padded = {{(SLICES*Q-KH*KW*CHANNELS)*WIDTH{1'b0}}, window};
        end else begin : gen_exact
            assign padded = window;
        end
        if (SLICES == 1) begin : gen_only
            wire unused_slice = &{1'b0, slice};
            assign elements = padded;
        end else begin : gen_pick
            localparam PICK_W = $clog2(SLICES);
            if (COUNT_W > PICK_W) begin : gen_spare
                wire unused_slice = &{1'b0, slice[COUNT_W-1:PICK_W]};
            end
            assign elements = padded[slice[PICK_W-1:0]*Q*WIDTH+:Q*WIDTH];
        end
    endgenerate
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// One AXI read port that keeps its columns of a ring of weights full: it reads beats words of 64 bits from base on, and again from
// base, without an end, in bursts of at most 16 beats (AXI3 and AXI4). base is a multiple of 128 bytes, so no burst crosses 4 KiB.
// PER beats make the port's part of a word; arrived pulses with the last of them, freed gives a word's room back. Beats are taken as
// they come, since room is set aside before they are asked for. The ring has 2^RING_W words. flush drops what is on its way, then
// starts over; beats and base do not change without it. error stays up from the first bad response to a flush, and nothing is read or
// marked as arrived behind it.
`default_nettype none
module rws_axi_read #(
    parameter PER = 4,
    parameter RING_W = 9,
    parameter COLUMN_W = 2
) (
    input  wire                clk,
    input  wire                rst,
    input  wire                flush,
    input  wire [31:0]         base,
    input  wire [31:0]         beats,
    input  wire                freed,
    output wire                arrived,
    output wire                error,
    // write to the ring
    output wire                we,
    output wire [COLUMN_W-1:0] column,
    output wire [RING_W-1:0]   addr,
    output wire [63:0]         data,
    // AXI
    output wire [31:0]         araddr,
    output wire [7:0]          arlen,
    output wire                arvalid,
    input  wire                arready,
    input  wire [63:0]         rdata,
    input  wire [1:0]          rresp,
    input  wire                rvalid,
    output wire                rready
);
    localparam ROOM_I = PER << RING_W;
    localparam ROOM_W = $clog2(ROOM_I + 1);
    localparam [ROOM_W-1:0] ROOM = ROOM_I[ROOM_W-1:0];
    localparam [ROOM_W-1:0] WORD = PER;
    localparam [ROOM_W-1:0] BURST = 16;
    localparam LAST_I = PER - 1;
    localparam [COLUMN_W-1:0] LAST = LAST_I[COLUMN_W-1:0];

    generate
        if (ROOM_I < 32) begin : gen_error_0
            rws_error_ring_must_hold_two_bursts u_refused ();
        end
        if (PER > (1 << COLUMN_W)) begin : gen_error_1
            rws_error_column_w_must_count_columns u_refused ();
        end
    endgenerate

    // Beats that may be asked for, that are left of this pass over the weights, and that are on their way.
    reg [ROOM_W-1:0]   room_q;
    reg [31:0]         left_q;
    reg [ROOM_W-1:0]   open_q;
    reg [31:0]         next_q;
    reg                started_q;
    reg                arvalid_q;
    reg [31:0]         araddr_q;
    reg [3:0]          arlen_q;
    reg [COLUMN_W-1:0] column_q;
    reg [RING_W-1:0]   addr_q;
    reg                error_q;
    reg                flushing_q;

    wire               short = left_q < 32'd16;
    wire [4:0]         size = short ? {1'b0, left_q[3:0]} : 5'd16;
    wire               ask = started_q && !flushing_q && !error_q && (!arvalid_q || arready) && room_q >= BURST;
    wire [ROOM_W-1:0]  asked = ask ? {{(ROOM_W-5){1'b0}}, size} : {ROOM_W{1'b0}};
    wire [ROOM_W-1:0]  given = freed ? WORD : {ROOM_W{1'b0}};
    wire [31:0]        left_next = left_q - {27'd0, size};
    wire               pass_end = left_next == 32'd0;
    wire               good = rvalid && !flushing_q && !error_q && !rresp[1];
    wire               column_end = column_q == LAST;

    always @(posedge clk) begin
        if (rst) begin
            open_q <= {ROOM_W{1'b0}};
            arvalid_q <= 1'b0;
            flushing_q <= 1'b1;
        end else begin
            open_q <= open_q + asked - {{(ROOM_W-1){1'b0}}, rvalid};
            arvalid_q <= ask || (arvalid_q && !arready);
            flushing_q <= flush || (flushing_q && (open_q != {ROOM_W{1'b0}} || arvalid_q));
        end
        if (rst || flush || flushing_q) begin
            room_q <= ROOM;
            left_q <= beats;
            next_q <= base;
            started_q <= beats != 32'd0;
            column_q <= {COLUMN_W{1'b0}};
            addr_q <= {RING_W{1'b0}};
            error_q <= 1'b0;
        end else begin
            room_q <= room_q + given - asked;
            if (ask) begin
                left_q <= pass_end ? beats : left_next;
                next_q <= pass_end ? base : next_q + 32'd128;
            end
            if (good) begin
                column_q <= column_end ? {COLUMN_W{1'b0}} : column_q + {{(COLUMN_W-1){1'b0}}, 1'b1};
                if (column_end) addr_q <= addr_q + {{(RING_W-1){1'b0}}, 1'b1};
            end
            error_q <= error_q || (rvalid && rresp[1]);
        end
    end

    always @(posedge clk) begin
        if (ask) begin
            araddr_q <= next_q;
            arlen_q <= size[3:0] - 4'd1;
        end
    end

    wire unused_bits = &{1'b0, rresp[0]};

    assign arrived = good && column_end;
    assign error = error_q;
    assign we = good;
    assign column = column_q;
    assign addr = addr_q;
    assign data = rdata;
    assign araddr = araddr_q;
    assign arlen = {4'd0, arlen_q};
    assign arvalid = arvalid_q;
    assign rready = 1'b1;
endmodule
`default_nettype wire

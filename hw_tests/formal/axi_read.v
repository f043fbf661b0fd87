// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What rws_axi_read promises, for every memory that answers in order and every order of words used: it asks for no more than the ring
// has room for, so no word is written over before it is freed; beats are asked for and written in order, none is lost, none twice; an
// address stays until it is taken; bursts stay within 4 KiB; after a bad response or a reset nothing is marked as arrived. Counters of
// the harness count modulo 2^8, which is more than can be on the way.
`default_nettype none
module axi_read #(
    parameter PER = 3,
    parameter RING_W = 4
) (
    input wire        clk,
    input wire        flush_any,
    input wire        freed_any,
    input wire        arready,
    input wire        rvalid_any,
    input wire [1:0]  rresp,
    input wire [63:0] rdata,
    // the port's own numbers, by the script
    input wire [5:0]  inner_room,
    input wire [5:0]  inner_open,
    input wire        inner_flushing,
    input wire        inner_started,
    input wire [31:0] inner_left,
    input wire [31:0] inner_next
);
    localparam [7:0] ROOM = PER << RING_W;
    localparam [31:0] BASE = 32'h0000_0F80;
    localparam [31:0] BEATS = 32'd37;

    reg        rst_q = 1'b1;
    // Beats on their way, beats written, words freed, words that came, since the last flush.
    reg  [7:0] open_q = 8'd0;
    reg  [7:0] come_q = 8'd0;
    reg  [7:0] freed_q = 8'd0;
    reg  [7:0] words_q = 8'd0;
    reg        waits_q = 1'b0;
    reg [31:0] waiting_q;
    reg  [7:0] length_q;

    wire        we;
    wire  [1:0] column;
    wire  [3:0] addr;
    wire [63:0] data;
    wire        arrived;
    wire        error;
    wire [31:0] araddr;
    wire  [7:0] arlen;
    wire        arvalid;
    wire        rready;
    // Beats of addresses that were taken and of the one that waits.
    wire  [7:0] wanted = arvalid ? arlen + 8'd1 : 8'd0;
    wire        rvalid = rvalid_any && open_q != 8'd0;
    // Words are freed when they have come.
    wire        freed = freed_any && freed_q != words_q && !inner_flushing && !flush_any;
    wire        flush = flush_any;

    rws_axi_read #(
        .PER(PER),
        .RING_W(RING_W),
        .COLUMN_W(2)
    ) u_read (
        .clk(clk),
        .rst(rst_q),
        .flush(flush),
        .base(BASE),
        .beats(BEATS),
        .freed(freed),
        .arrived(arrived),
        .error(error),
        .we(we),
        .column(column),
        .addr(addr),
        .data(data),
        .araddr(araddr),
        .arlen(arlen),
        .arvalid(arvalid),
        .arready(arready),
        .rdata(rdata),
        .rresp(rresp),
        .rvalid(rvalid),
        .rready(rready)
    );

    wire clears = rst_q || flush || inner_flushing;
    wire [7:0] taken = (arvalid && arready) ? wanted : 8'd0;

    always @(posedge clk) begin
        rst_q <= 1'b0;
        open_q <= rst_q ? 8'd0 : open_q + taken - {7'd0, rvalid};
        come_q <= clears ? 8'd0 : come_q + {7'd0, we};
        words_q <= clears ? 8'd0 : words_q + {7'd0, arrived};
        freed_q <= clears ? 8'd0 : freed_q + {7'd0, freed};
        waits_q <= !rst_q && arvalid && !arready;
        waiting_q <= araddr;
        length_q <= arlen;
    end

    // Beats of the ring that are spoken for: asked for, or come and not freed.
    wire [7:0] held = ROOM - {2'd0, inner_room};
    wire [7:0] kept = come_q - PER * freed_q;
    wire [7:0] expected = PER * words_q + {6'd0, column};
    wire [7:0] words = words_q - freed_q;
    wire [7:0] claimed = {2'd0, inner_open} + kept;

    always @(*) if (!rst_q) begin
        // Beats on their way, by both counts.
        assert ({2'd0, inner_open} == open_q + wanted);
        assert (open_q <= ROOM && {2'd0, inner_open} <= ROOM);
        if (!inner_flushing && !error) begin
            // Room is what the ring has less what was asked for and is not free.
            assert (held == claimed && held <= ROOM && kept <= ROOM);
            // Where the next beat goes follows from how many have come.
            assert (come_q == expected);
            assert (column < PER);
            assert (addr == words_q[3:0]);
            assert (words <= (1 << RING_W));
            // A pass is read from its beginning to its end.
            assert (inner_left >= 32'd1 && inner_left <= BEATS);
            assert ((BEATS - inner_left) % 16 == 0);
            assert (inner_next == BASE + 32'd8 * (BEATS - inner_left));
        end
        if (!inner_flushing) assert (inner_started);
        if (we) assert (data == rdata && rvalid && !rresp[1]);
        if (inner_flushing || error) assert (!we && !arrived);
        assert (rready);
        if (arvalid) begin
            assert (arlen <= 8'd15);
            assert (araddr >= BASE && araddr + 32'd8 * {24'd0, wanted} <= BASE + 32'd8 * BEATS);
            assert (araddr[11:0] + {1'b0, wanted, 3'd0} <= 13'h1000);
        end
        if (waits_q) assert (arvalid && araddr == waiting_q && arlen == length_q);
    end
endmodule

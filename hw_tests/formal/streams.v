// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What the stream modules promise, for every behaviour of what is around them, from reset on. `any` registers hold a value
// that the solver picks.
`default_nettype none

// rws_axis_out: the n-th beat pushed is the n-th beat sent, for every n; beats wait unchanged; nothing is sent that was not
// pushed; tlast is on every BEATS-th beat; who reserves once in BLOCK cycles, a cycle after it was told room, never overflows it.
module axis_out #(
    parameter BEATS = 3,
    parameter BLOCK = 1
) (
    input wire       clk,
    input wire       reserve_any,
    input wire       skip_any,
    input wire       push_any,
    input wire [2:0] din,
    input wire       tready
);
    localparam DEPTH = 8;

    reg       rst_q = 1'b1;
    reg       room_q = 1'b0;
    reg [1:0] pause_q = 2'd0;
    reg [3:0] n_any;
    reg [3:0] pushed_q = 4'd0;
    reg [3:0] sent_q = 4'd0;
    reg [1:0] beat_q = 2'd0;
    reg [3:0] held_q = 4'd0;
    reg [2:0] expected_q;
    reg       waits_q = 1'b0;
    reg [7:0] tdata_q;
    reg       tlast_q;

    wire       room;
    wire       tvalid;
    wire       tlast;
    wire [7:0] tdata;
    wire       reserve = reserve_any && room_q && pause_q == 2'd0 && !rst_q;
    wire       push = push_any && held_q != 4'd0 && !rst_q;
    wire       skip = skip_any && !push && held_q != 4'd0 && !rst_q;
    wire       send = tvalid && tready && !rst_q;

    rws_axis_out #(
        .Q(1),
        .Y_W(3),
        .DEPTH(DEPTH),
        .ADDR_W(3),
        .BEATS(BEATS),
        .BLOCK(BLOCK)
    ) u_out (
        .clk(clk),
        .rst(rst_q),
        .room(room),
        .reserve(reserve),
        .skip(skip),
        .push(push),
        .din(din),
        .m_axis_tdata(tdata),
        .m_axis_tvalid(tvalid),
        .m_axis_tready(tready),
        .m_axis_tlast(tlast)
    );

    always @(posedge clk) begin
        rst_q <= 1'b0;
        room_q <= room;
        pause_q <= reserve ? BLOCK - 1 : pause_q - {1'b0, pause_q != 2'd0};
        n_any <= n_any;
        held_q <= held_q + (reserve ? BLOCK : 4'd0) - {3'd0, push || skip};
        pushed_q <= pushed_q + {3'd0, push};
        sent_q <= sent_q + {3'd0, send};
        if (send) beat_q <= (beat_q == BEATS - 1) ? 2'd0 : beat_q + 2'd1;
        if (push && pushed_q == n_any) expected_q <= din;
        waits_q <= tvalid && !tready && !rst_q;
        tdata_q <= tdata;
        tlast_q <= tlast;
    end

    wire [3:0] inside = pushed_q - sent_q;

    always @(*) begin
        if (!rst_q) begin
            assert (inside + held_q <= DEPTH);
            assert (!tvalid || inside != 4'd0);
            assert (!send || sent_q != n_any || pushed_q - sent_q > 4'd8 || tdata[2:0] == expected_q);
            assert (!tvalid || tlast == (beat_q == BEATS - 1));
            assert (!waits_q || (tvalid && tdata == tdata_q && tlast == tlast_q));
        end
    end
endmodule

// rws_axis_in: every beat taken is written once, in order, to its place in the buffer being filled, which is not the one
// being read; the drain's writes pass unchanged and no beat is taken meanwhile; an image is ready when it is complete.
module axis_in #(
    parameter PX = 2,
    parameter SLICES = 3
) (
    input wire       clk,
    input wire [7:0] tdata,
    input wire       tvalid,
    input wire       tlast,
    input wire       free_any,
    input wire       drain_we,
    input wire       drain_wbank,
    input wire       drain_wslice,
    input wire [4:0] drain_waddr,
    input wire [3:0] drain_wdata
);
    localparam PIXELS = 3;
    localparam [4:0] ROWS = 5'd8;
    localparam [4:0] STRIDE = 5'd4;

    reg       rst_q = 1'b1;
    reg [1:0] pixel_q = 2'd0;
    reg [1:0] slice_q = 2'd0;
    reg       fill_q = 1'b0;
    reg       read_q = 1'b0;
    reg [1:0] full_q = 2'd0;
    reg       error_q = 1'b0;

    wire       tready;
    wire       ready;
    wire       select;
    wire       framing_error;
    wire       mem_we;
    wire       mem_wbank;
    wire       mem_wslice;
    wire [4:0] mem_waddr;
    wire [1:0] mem_wdata;
    wire [1:0] res_wdata;
    wire       free = free_any && ready && !rst_q;
    wire       take = tvalid && tready;
    wire       image_end = pixel_q == PIXELS - 1 && slice_q == SLICES - 1;

    rws_axis_in #(
        .Q(1),
        .ACT_W(2),
        .Y_W(4),
        .PX(PX),
        .PIXELS(PIXELS),
        .SLICES(SLICES),
        .CI_SLICES(2),
        .ROWS(ROWS),
        .STRIDE(STRIDE),
        .ADDR_W(5),
        .BANK_W(1),
        .SLICE_W(1)
    ) u_in (
        .clk(clk),
        .rst(rst_q),
        .s_axis_tdata(tdata),
        .s_axis_tvalid(tvalid),
        .s_axis_tready(tready),
        .s_axis_tlast(tlast),
        .ready(ready),
        .select(select),
        .free(free),
        .framing_error(framing_error),
        .drain_we(drain_we),
        .drain_wbank(drain_wbank),
        .drain_wslice(drain_wslice),
        .drain_waddr(drain_waddr),
        .drain_wdata(drain_wdata),
        .mem_we(mem_we),
        .mem_wbank(mem_wbank),
        .mem_wslice(mem_wslice),
        .mem_waddr(mem_waddr),
        .mem_wdata(mem_wdata),
        .res_wdata(res_wdata)
    );

    always @(posedge clk) begin
        rst_q <= 1'b0;
        if (free) begin
            full_q[read_q] <= 1'b0;
            read_q <= !read_q;
        end
        if (take) begin
            slice_q <= (slice_q == SLICES - 1) ? 2'd0 : slice_q + 2'd1;
            if (slice_q == SLICES - 1) pixel_q <= image_end ? 2'd0 : pixel_q + 2'd1;
            if (image_end) begin
                full_q[fill_q] <= 1'b1;
                fill_q <= !fill_q;
            end
            error_q <= error_q || tlast != image_end;
        end
    end

    wire [4:0] place = (fill_q ? ROWS : 5'd0) + (slice_q[1] ? STRIDE : 5'd0) + {3'd0, pixel_q} / PX;

    always @(*) begin
        if (!rst_q) begin
            assert (mem_we == (drain_we || take));
            assert (!take || (!drain_we && !full_q[fill_q]));
            assert (!take || (mem_wdata == tdata[1:0] && mem_waddr == place));
            assert (!take || (mem_wbank == {3'd0, pixel_q} % PX && mem_wslice == slice_q[0]));
            assert (!drain_we || (mem_waddr == drain_waddr && mem_wdata == drain_wdata[1:0]));
            assert (!drain_we || (mem_wbank == drain_wbank && mem_wslice == drain_wslice));
            assert (res_wdata == drain_wdata[1:0]);
            assert (tready == (!drain_we && !full_q[fill_q]));
            assert (ready == full_q[read_q] && select == read_q);
            assert (framing_error == error_q);
        end
    end
endmodule
`default_nettype wire

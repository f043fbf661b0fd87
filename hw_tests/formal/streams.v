// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What the stream modules promise, for every behaviour of what is around them, with resets of any length at any time. `any`
// registers hold a value that the solver picks.
`default_nettype none

// rws_axis_out behind rws_reset. In the cycle after a reset of one cycle, and until the core leaves it, nothing is valid. From
// then on the n-th beat pushed is the n-th beat sent, for every n; beats wait unchanged; nothing is sent that was not pushed;
// tlast is on every BEATS-th beat; who reserves once in BLOCK cycles, a cycle after it was told room, never overflows it.
module axis_out #(
    parameter BEATS = 3,
    parameter BLOCK = 1
) (
    input wire       clk,
    input wire       rst_any,
    input wire       reserve_any,
    input wire       skip_any,
    input wire       push_any,
    input wire [2:0] din,
    input wire       tready
);
    localparam DEPTH = 8;
    localparam BEAT_LAST = BEATS - 1;
    localparam BLOCK_WORDS = BLOCK;

    reg       begun_q = 1'b0;
    reg       past_rst_q;
    reg       room_q;
    reg [1:0] pause_q;
    reg [3:0] n_any;
    reg [3:0] pushed_q;
    reg [3:0] sent_q;
    reg [1:0] beat_q;
    reg [3:0] held_q;
    reg [2:0] expected_q;
    reg       waits_q;
    reg [7:0] tdata_q;
    reg       tlast_q;

    wire       room;
    wire       tvalid;
    wire       tlast;
    wire [7:0] tdata;
    wire       rst = rst_any || !begun_q;
    wire       reserve = reserve_any && room_q && pause_q == 2'd0 && !rst;
    wire       push = push_any && held_q != 4'd0 && !rst;
    wire       skip = skip_any && !push && held_q != 4'd0 && !rst;
    wire       send = tvalid && tready && !rst;

    rws_axis_out #(
        .Q(1),
        .Y_W(3),
        .DEPTH(DEPTH),
        .ADDR_W(3),
        .BEAT_W(2),
        .BLOCK_W(2),
        .BLOCK_MOST(BLOCK)
    ) u_out (
        .clk(clk),
        .rst(rst),
        .beat_last(BEAT_LAST[1:0]),
        .block(BLOCK_WORDS[1:0]),
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
        begun_q <= 1'b1;
        past_rst_q <= rst;
        n_any <= n_any;
        waits_q <= tvalid && !tready && !rst;
        tdata_q <= tdata;
        tlast_q <= tlast;
        if (push && pushed_q == n_any) expected_q <= din;
        if (rst) begin
            room_q <= 1'b0;
            pause_q <= 2'd0;
            held_q <= 4'd0;
            pushed_q <= 4'd0;
            sent_q <= 4'd0;
            beat_q <= 2'd0;
        end else begin
            room_q <= room;
            pause_q <= reserve ? BLOCK - 1 : pause_q - {1'b0, pause_q != 2'd0};
            held_q <= held_q + (reserve ? BLOCK : 4'd0) - {3'd0, push || skip};
            pushed_q <= pushed_q + {3'd0, push};
            sent_q <= sent_q + {3'd0, send};
            if (send) beat_q <= (beat_q == BEATS - 1) ? 2'd0 : beat_q + 2'd1;
        end
    end

    wire [3:0] stored = pushed_q - sent_q;

    always @(*) begin
        if (begun_q && past_rst_q) assert (!tvalid);
        if (begun_q) begin
            assert (stored + held_q <= DEPTH);
            assert (!tvalid || stored != 4'd0);
            assert (!send || sent_q != n_any || pushed_q - sent_q > 4'd8 || tdata[2:0] == expected_q);
            assert (!tvalid || tlast == (beat_q == BEATS - 1));
            assert (!waits_q || (tvalid && tdata == tdata_q && tlast == tlast_q));
        end
    end
endmodule

// rws_reset: io_rst and, from the next cycle on, core_rst are up for a reset of any length, and for 64 cycles behind it. The
// script connects inner_since.
module reset (
    input wire clk,
    input wire rst_any,
    input wire soft_rst
);
    reg       begun_q = 1'b0;
    reg [6:0] since_q;

    wire [6:0] inner_since;
    wire core_rst;
    wire io_rst;
    wire rst = rst_any || !begun_q;

    rws_reset u_reset (
        .clk(clk),
        .rst(rst),
        .soft_rst(soft_rst),
        .core_rst(core_rst),
        .io_rst(io_rst)
    );

    always @(posedge clk) begin
        begun_q <= 1'b1;
        since_q <= (rst || soft_rst) ? 7'd0 : since_q + {6'd0, since_q != 7'd127};
    end

    always @(*) begin
        if (begun_q) begin
            assert (inner_since == (since_q >= 7'd64 ? 7'd64 : since_q));
            assert (core_rst == (since_q <= 7'd64));
            assert (io_rst == (rst || core_rst));
        end
    end
endmodule

// rws_axis_in: what it stores for every beat, in order, is in its place in the buffer being filled, which is not the one being
// read; the drain's writes pass unchanged and no beat is taken meanwhile. An image is ready when its last beat came with tlast.
// The beat behind a tlast or a reset is the first of an image, and so is a last one without tlast: so BEATS beats with tlast on the
// last are an image whatever was before, fewer are none, and where only the last one of an image is lost the next is whole. The
// script connects `inner_*`.
module axis_in #(
    parameter PX = 2,
    parameter SLICES = 3,
    parameter PIXELS = 3
) (
    input wire       clk,
    input wire       rst_any,
    input wire [7:0] tdata_any,
    input wire       tvalid_any,
    input wire       tlast_any,
    input wire       free_any,
    input wire       drain_we,
    input wire       drain_wbank,
    input wire       drain_wslice,
    input wire [4:0] drain_waddr,
    input wire [3:0] drain_wdata
);
    localparam BEATS = PIXELS * SLICES;
    localparam SLICE_LAST = SLICES - 1;
    localparam PIXELS_BEHIND = PIXELS - 2;
    localparam [4:0] ROWS = 5'd8;
    localparam [4:0] STRIDE = 5'd4;

    reg       begun_q = 1'b0;
    reg       past_rst_q;
    reg [1:0] pixel_q;
    reg [1:0] slice_q;
    reg       fill_q;
    reg       read_q;
    reg [1:0] full_q;
    reg       error_q;
    reg [4:0] since_q;
    reg       ended_q;
    reg [4:0] length_q;
    reg       past_fill_q;
    reg       waits_q = 1'b0;
    reg [7:0] tdata_q;
    reg       tlast_q;

    wire [$clog2(SLICES+1)-1:0] inner_count;
    wire [$clog2(PIXELS):0]     inner_left;
    wire                        inner_fill;
    wire [1:0]                  inner_full;
    wire                        inner_word;
    wire                        inner_bank;
    wire [4:0]                  inner_off;
    wire [4:0]                  inner_row;

    // What is offered stays until it is taken.
    wire [7:0] tdata = waits_q ? tdata_q : tdata_any;
    wire       tvalid = waits_q || tvalid_any;
    wire       tlast = waits_q ? tlast_q : tlast_any;
    wire       tready;
    wire       ready;
    wire       select;
    wire       framing_error;
    wire       mem_we;
    wire       mem_wbank;
    wire       mem_wslice;
    wire [4:0] mem_waddr;
    wire [1:0] mem_wdata;
    wire       rst = rst_any || !begun_q;
    wire       free = free_any && ready && !rst;
    wire       room = !drain_we && !full_q[fill_q] && !rst;
    wire       offered = tvalid && room;
    wire       take = tvalid && tready;
    wire       image_end = pixel_q == PIXELS - 1 && slice_q == SLICES - 1;

    rws_axis_in #(
        .Q(1),
        .ACT_W(2),
        .Y_W(4),
        .PX(PX),
        .CI_SLICES(2),
        .PIXEL_W($clog2(PIXELS) + 1),
        .COUNT_W($clog2(SLICES + 1)),
        .ADDR_W(5),
        .BANK_W(1),
        .SLICE_W(1)
    ) u_in (
        .clk(clk),
        .rst(rst),
        .is_signed(1'b0),
        .single(BEATS == 1),
        .slice_last(SLICE_LAST[$clog2(SLICES+1)-1:0]),
        .pixels(PIXELS_BEHIND[$clog2(PIXELS):0]),
        .rows(ROWS),
        .stride(STRIDE),
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
        .mem_wdata(mem_wdata)
    );

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_rst_q <= rst;
        past_fill_q <= fill_q;
        waits_q <= tvalid && !tready && !rst;
        tdata_q <= tdata;
        tlast_q <= tlast;
        // Beats taken since the last tlast or reset, 31 for more; the length of what a tlast has just ended.
        ended_q <= take && tlast && !rst;
        length_q <= since_q + {4'd0, since_q != 5'd31};
        if (rst) since_q <= 5'd0;
        else if (take) since_q <= tlast ? 5'd0 : since_q + {4'd0, since_q != 5'd31};
        if (rst) begin
            pixel_q <= 2'd0;
            slice_q <= 2'd0;
            fill_q <= 1'b0;
            read_q <= 1'b0;
            full_q <= 2'd0;
            error_q <= 1'b0;
        end else begin
            if (free) begin
                full_q[read_q] <= 1'b0;
                read_q <= !read_q;
            end
            if (offered) begin
                slice_q <= (tlast || slice_q == SLICES - 1) ? 2'd0 : slice_q + 2'd1;
                if (tlast || image_end) pixel_q <= 2'd0;
                else if (slice_q == SLICES - 1) pixel_q <= pixel_q + 2'd1;
                if (image_end && tlast) begin
                    full_q[fill_q] <= 1'b1;
                    fill_q <= !fill_q;
                end
                error_q <= error_q || tlast != image_end;
            end
        end
    end

    wire [4:0] place = (fill_q ? ROWS : 5'd0) + (slice_q[1] ? STRIDE : 5'd0) + {3'd0, pixel_q} / PX;
    wire [$clog2(PIXELS):0] left = PIXELS - 2 - pixel_q;
    wire [4:0] position = pixel_q * SLICES + slice_q;
    // A last beat without tlast waits to be the first.
    wire       turned = waits_q && !tlast_q && position == 5'd0;

    always @(*) begin
        if (begun_q) begin
            assert (mem_we == (drain_we || offered));
            assert (!offered || (mem_wdata == tdata[1:0] && mem_waddr == place));
            assert (!offered || (mem_wbank == {3'd0, pixel_q} % PX && mem_wslice == slice_q[0]));
            assert (!drain_we || (mem_waddr == drain_waddr && mem_wdata == drain_wdata[1:0]));
            assert (!drain_we || (mem_wbank == drain_wbank && mem_wslice == drain_wslice));
            assert (tready == (room && (BEATS == 1 || !image_end || tlast)));
            assert (ready == full_q[read_q] && select == read_q);
            assert (framing_error == error_q);
            assert (inner_fill == fill_q && inner_full == full_q);
            assert (inner_count == slice_q && inner_left == left && inner_word == slice_q[0]);
            assert (inner_bank == {3'd0, pixel_q} % PX && inner_row == {3'd0, pixel_q} / PX);
            assert (inner_off == (slice_q[1] ? STRIDE : 5'd0));
            // Positions follow what was taken: until an image's worth is in, every beat has its place.
            assert (slice_q < SLICES && pixel_q < PIXELS);
            assert (since_q >= BEATS || position == since_q || turned && since_q == BEATS - 1);
            assert (since_q < BEATS || since_q > 2 * BEATS - 2 || position == since_q - (BEATS - 1)
                || turned && since_q == 2 * BEATS - 2);
            if (!past_rst_q && ended_q) begin
                assert (length_q >= BEATS || fill_q == past_fill_q);
                assert (length_q != BEATS || fill_q != past_fill_q);
                assert (length_q != 2 * BEATS - 1 || BEATS == 1 || fill_q != past_fill_q);
            end
        end
    end
endmodule
`default_nettype wire

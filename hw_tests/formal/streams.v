// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What the stream modules promise, for every behaviour of what is around them, with resets of any length at any time. `any`
// registers hold a value that the solver picks.
`default_nettype none

// rws_axis_out. In the cycle after a reset of one cycle nothing is valid. From then on, for any pixel and channel, whatever the order's
// table holds, the element that stands for the channel in the words of that pixel, counted in real ones, is the one sent in its
// place: all elements in order, none twice, none left out. tkeep and tlast are those of images of PIXELS pixels; beats wait
// unchanged. Blocks of LANES pixels, not all of them real, are written in PASSES passes with pauses, and a lane may end behind its last
// word. Who reserves a cycle after it was told room never overflows the ring, which has two pixels.
module axis_out #(
    parameter CHANNELS = 3,
    parameter WORDS = 2,
    parameter PASSES = 1,
    parameter LANES = 1,
    parameter PIXELS = 1,
    parameter ORDERED = 0
) (
    input wire       clk,
    input wire       rst_any,
    input wire       reserve_any,
    input wire       step_any,
    input wire       late_any,
    input wire [1:0] real_any,
    input wire [5:0] din,
    input wire       tready
);
    localparam UNIT_LAST = (ORDERED ? WORDS : CHANNELS) - 1;
    localparam PIXEL_LAST = PIXELS - 1;
    localparam WORD_LAST = WORDS - 1;
    localparam BLOCK = LANES;
    localparam SHARE = WORDS / PASSES;
    localparam STREAM_W = ORDERED ? 32 : 16;
    localparam BYTES = STREAM_W / 8;

    reg       begun_q = 1'b0;
    reg       past_rst_q;
    reg       room_q;
    // The order's table; the pixel and channel that are followed.
    reg [7:0] table_any;
    reg [1:0] order_q;
    reg [3:0] pixel_any;
    reg [1:0] channel_any;
    // What is written: reserved blocks, pass, lane, word of the pass, whether only the lane's end is left; real lanes; pixels of earlier
    // blocks.
    reg [2:0] blocks_q;
    reg       pass_q;
    reg       lane_q;
    reg       word_q;
    reg       rest_q;
    reg [1:0] real_q;
    reg [3:0] written_q;
    reg [7:0] expected_q;
    // What is sent: pixel and channel of the beat's first element, pixel of the image.
    reg [3:0] sent_q;
    reg [1:0] channel_q;
    reg [1:0] image_q;
    reg       waits_q;
    reg [STREAM_W-1:0] tdata_q;
    reg [BYTES-1:0]    tkeep_q;
    reg                tlast_q;

    wire       room;
    wire       tvalid;
    wire       tlast;
    wire [STREAM_W-1:0] tdata;
    wire [BYTES-1:0]    tkeep;
    wire [1:0] order_raddr;
    wire       rst = rst_any || !begun_q;
    wire       reserve = reserve_any && room_q && !rst;
    wire       step = step_any && blocks_q != 3'd0 && !rst;
    wire       push = step && !rest_q;
    wire       share_end = SHARE == 1 || word_q;
    wire       lane = step && (rest_q || (share_end && !late_any));
    wire       pass_end = lane && (LANES == 1 || lane_q);
    wire       block_end = pass_end && (PASSES == 1 || pass_q);
    wire       real_lane = real_q[lane_q];
    wire       word = (SHARE == 1) ? pass_q : word_q;
    wire [3:0] pixel = written_q + {3'd0, lane_q && real_q[0]};
    wire [1:0] place = ORDERED ? {channel_any[0], channel_any[1]} : table_any[2*channel_any+:2];
    wire       send = tvalid && tready && !rst;

    rws_axis_out #(
        .Q(2),
        .Y_W(3),
        .OUT_W(8),
        .STREAM_W(STREAM_W),
        .ORDERED(ORDERED),
        .RING_W(1),
        .WORD_W(1),
        .LANE_W(1),
        .UNIT_W(2),
        .PIXEL_W(2),
        .BLOCK_W(2)
    ) u_out (
        .clk(clk),
        .rst(rst),
        .unit_last(UNIT_LAST[1:0]),
        .pixel_last(PIXEL_LAST[1:0]),
        .word_last(WORD_LAST[0]),
        .block(BLOCK[1:0]),
        .room(room),
        .reserve(reserve),
        .push(push),
        .lane(lane),
        .real_lane(real_lane),
        .pass_end(pass_end),
        .din(din),
        .order_raddr(order_raddr),
        .order_rdata(order_q),
        .m_axis_tdata(tdata),
        .m_axis_tkeep(tkeep),
        .m_axis_tvalid(tvalid),
        .m_axis_tready(tready),
        .m_axis_tlast(tlast)
    );

    // The beat's elements, one after the other, and what comes behind them.
    wire [4*BYTES+3:0] at_pixel;
    wire [2*BYTES+1:0] at_channel;
    wire [2*BYTES+1:0] at_image;
    wire [BYTES:0]     ended;
    wire [BYTES-1:0]   wrong;
    assign at_pixel[3:0] = sent_q;
    assign at_channel[1:0] = channel_q;
    assign at_image[1:0] = image_q;
    assign ended[0] = 1'b0;
    genvar e;
    generate
        for (e = 0; e < BYTES; e = e + 1) begin : gen_element
            wire wrap = at_channel[2*e+:2] == CHANNELS - 1;
            wire whole = wrap && at_image[2*e+:2] == PIXELS - 1;
            assign ended[e+1] = ended[e] || whole;
            assign at_channel[2*e+2+:2] = ended[e] ? at_channel[2*e+:2] : wrap ? 2'd0 : at_channel[2*e+:2] + 2'd1;
            assign at_pixel[4*e+4+:4] = at_pixel[4*e+:4] + {3'd0, wrap && !ended[e]};
            assign at_image[2*e+2+:2] = ended[e] ? at_image[2*e+:2] : whole ? 2'd0 : at_image[2*e+:2] + {1'b0, wrap};
            assign wrong[e] = tkeep[e] == ended[e]
                || (!ended[e] && at_pixel[4*e+:4] == pixel_any && at_channel[2*e+:2] == channel_any && tdata[8*e+:8] != expected_q);
        end
    endgenerate

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_rst_q <= rst;
        table_any <= table_any;
        pixel_any <= pixel_any;
        channel_any <= channel_any;
        order_q <= table_any[2*order_raddr+:2];
        waits_q <= tvalid && !tready && !rst;
        tdata_q <= tdata;
        tkeep_q <= tkeep;
        tlast_q <= tlast;
        if (push && real_lane && pixel == pixel_any && word == place[0])
            expected_q <= place[1] ? {{5{din[5]}}, din[5:3]} : {{5{din[2]}}, din[2:0]};
        if (rst || block_end) real_q <= real_any;
        if (rst) begin
            room_q <= 1'b0;
            blocks_q <= 3'd0;
            pass_q <= 1'b0;
            lane_q <= 1'b0;
            word_q <= 1'b0;
            rest_q <= 1'b0;
            written_q <= 4'd0;
            sent_q <= 4'd0;
            channel_q <= 2'd0;
            image_q <= 2'd0;
        end else begin
            room_q <= room;
            blocks_q <= blocks_q + {2'd0, reserve} - {2'd0, block_end};
            if (push) word_q <= !share_end;
            if (step) rest_q <= !lane && share_end;
            if (lane) lane_q <= !pass_end;
            if (pass_end) pass_q <= !block_end;
            if (block_end) written_q <= pixel + {3'd0, real_lane};
            if (send) begin
                sent_q <= at_pixel[4*BYTES+:4];
                channel_q <= at_channel[2*BYTES+:2];
                image_q <= at_image[2*BYTES+:2];
            end
        end
    end

    always @(*) begin
        if (begun_q && past_rst_q) assert (!tvalid);
        if (begun_q) begin
            assert (!tvalid || wrong == {BYTES{1'b0}});
            assert (!tvalid || tlast == ended[BYTES]);
            assert (!tvalid || sent_q != written_q);
            assert (!waits_q || (tvalid && tdata == tdata_q && tkeep == tkeep_q && tlast == tlast_q));
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

// rws_axis_in, a slice to a beat: what it stores for every beat, in order, is in its place in the buffer being filled, which is not
// the one being read; the drain's writes pass unchanged and no beat is stored meanwhile. An image is ready when its last beat came with
// tlast. The beat behind a tlast or a reset is the first of an image, and so is a last one without tlast: so BEATS beats with tlast on
// the last are an image whatever was before, fewer are none, and where only the last one of an image is lost the next is
// whole. The script connects `inner_*`.
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
    localparam BEAT_W = $clog2(BEATS + 1);
    localparam COUNT_W = $clog2(SLICES + 1);
    localparam COLUMN_W = $clog2(PIXELS + 1);
    localparam BEAT_LAST = BEATS - 1;
    localparam SLICE_LAST = SLICES - 1;
    localparam PIXEL_LAST = PIXELS - 1;
    localparam PIXELS_ALL = PIXELS;
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

    wire [COUNT_W-1:0]  inner_count;
    wire [BEAT_W-1:0]   inner_beat;
    wire [COLUMN_W-1:0] inner_x;
    wire                inner_x_inside;
    wire                inner_x_end;
    wire                inner_y;
    wire                inner_y_inside;
    wire                inner_y_end;
    wire                inner_whole;
    wire                inner_fill;
    wire [1:0]          inner_full;
    wire                inner_word;
    wire                inner_bank;
    wire [4:0]          inner_off;
    wire [4:0]          inner_row;

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
    wire       image_end = pixel_q == PIXELS - 1 && slice_q == SLICES - 1;
    wire       offered = tvalid && !full_q[fill_q] && !rst;
    wire       fault = offered && tlast != image_end;
    wire       store = offered && !fault && !drain_we;
    wire       take = tvalid && tready;

    rws_axis_in #(
        .BYTES(1),
        .GRAIN(1),
        .STRADDLE(0),
        .PASS(1),
        .FOLD(0),
        .KH(1),
        .KW(1),
        .CHANNELS(0),
        .COLUMNS(PIXELS),
        .Q(1),
        .ACT_W(2),
        .Y_W(4),
        .PX(PX),
        .CI_SLICES(2),
        .BEAT_W(BEAT_W),
        .COUNT_W(COUNT_W),
        .KEEP_W(1),
        .ROW_W(1),
        .COLUMN_W(COLUMN_W),
        .STEP_W(1),
        .ADDR_W(5),
        .BANK_W(1),
        .SLICE_W(1)
    ) u_in (
        .clk(clk),
        .rst(rst),
        .is_signed(1'b0),
        .single(BEATS == 1),
        .folds(1'b0),
        .beat_last(BEAT_LAST[BEAT_W-1:0]),
        .slice_last(SLICE_LAST[COUNT_W-1:0]),
        .keep(1'b1),
        .y_first(1'b0),
        .y_behind(1'b1),
        .y_last(1'b0),
        .x_first({COLUMN_W{1'b0}}),
        .x_behind(PIXELS_ALL[COLUMN_W-1:0]),
        .x_last(PIXEL_LAST[COLUMN_W-1:0]),
        .y_step(1'b0),
        .x_step(1'b0),
        .rows(ROWS),
        .stride(STRIDE),
        .s_axis_tdata(tdata),
        .s_axis_tkeep(1'b1),
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
            if (fault) begin
                slice_q <= 2'd0;
                pixel_q <= 2'd0;
            end else if (store) begin
                slice_q <= (slice_q == SLICES - 1) ? 2'd0 : slice_q + 2'd1;
                if (image_end) pixel_q <= 2'd0;
                else if (slice_q == SLICES - 1) pixel_q <= pixel_q + 2'd1;
                if (image_end) begin
                    full_q[fill_q] <= 1'b1;
                    fill_q <= !fill_q;
                end
            end
            error_q <= error_q || fault;
        end
    end

    wire [4:0] place = (fill_q ? ROWS : 5'd0) + (slice_q[1] ? STRIDE : 5'd0) + {3'd0, pixel_q} / PX;
    wire [4:0] position = pixel_q * SLICES + slice_q;
    // A last beat without tlast waits to be the first.
    wire       turned = waits_q && !tlast_q && position == 5'd0;

    always @(*) begin
        if (begun_q) begin
            assert (mem_we == (drain_we || store));
            assert (!store || (mem_wdata == tdata[1:0] && mem_waddr == place));
            assert (!store || (mem_wbank == {3'd0, pixel_q} % PX && mem_wslice == slice_q[0]));
            assert (!drain_we || (mem_waddr == drain_waddr && mem_wdata == drain_wdata[1:0]));
            assert (!drain_we || (mem_wbank == drain_wbank && mem_wslice == drain_wslice));
            assert (tready == (fault ? tlast || BEATS == 1 : store));
            assert (ready == full_q[read_q] && select == read_q);
            assert (framing_error == error_q);
            assert (inner_fill == fill_q && inner_full == full_q && !inner_whole);
            assert (inner_count == slice_q && inner_beat == position && inner_word == slice_q[0]);
            assert (inner_x == pixel_q && inner_x_inside && inner_x_end == (pixel_q == PIXELS - 1));
            assert (!inner_y && inner_y_inside && inner_y_end);
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

// rws_gear: what is taken out of beats are their bytes, each once and in order, for every pattern of takes and of beats that come.
// Byte `n_any` since the last reset, wherever it lies, comes out as the n-th. Counts are such that nothing straddles, where the
// unit has no register for it. The script connects `inner_*`.
module gear #(
    parameter BYTES = 4,
    parameter TAKE = 3,
    parameter STRADDLE = 1
) (
    input wire               clk,
    input wire               rst_any,
    input wire [8*BYTES-1:0] beat_any,
    input wire               valid_any,
    input wire               take_any,
    input wire [2:0]         count_any
);
    localparam COUNT_W = $clog2(TAKE + 1);

    reg               begun_q = 1'b0;
    reg [4:0]         n_any;
    reg [4:0]         in_q;
    reg [4:0]         out_q;
    reg [7:0]         byte_q;
    reg               waits_q;
    reg [8*BYTES-1:0] beat_q;

    wire [1:0]         inner_at;
    wire               inner_held;
    wire [8*BYTES-1:0] inner_beat;

    wire               rst = rst_any || !begun_q;
    wire               waiting = waits_q && !rst;
    wire [8*BYTES-1:0] beat = waiting ? beat_q : beat_any;
    wire               valid = waiting || valid_any;
    wire               accept;
    wire               available;
    wire [8*TAKE-1:0]  bytes;
    wire [4:0]         at = {3'd0, out_q[1:0]};
    wire               fits = count_any != 3'd0 && count_any <= TAKE && (STRADDLE || at + count_any <= BYTES);
    wire [COUNT_W-1:0] count = fits ? count_any[COUNT_W-1:0] : 1;
    wire               take = take_any && available && !rst;
    // The bytes before the end of what was taken from the stream.
    wire [4:0]         ahead = in_q - out_q;
    wire [4:0]         nth = n_any - out_q;

    rws_gear #(
        .BYTES(BYTES),
        .GRAIN(1),
        .TAKE(TAKE),
        .STRADDLE(STRADDLE)
    ) u_gear (
        .clk(clk),
        .rst(rst),
        .beat(beat),
        .valid(valid),
        .accept(accept),
        .take(take),
        .done(1'b0),
        .count(count),
        .available(available),
        .bytes(bytes)
    );

    always @(posedge clk) begin
        begun_q <= 1'b1;
        n_any <= n_any;
        waits_q <= valid && !accept && !rst;
        beat_q <= beat;
        if (rst) begin
            in_q <= 5'd0;
            out_q <= 5'd0;
        end else begin
            if (accept) in_q <= in_q + BYTES;
            if (take) out_q <= out_q + count;
        end
        // The byte as it was offered; a count of bytes wraps around with the stream.
        if (valid && !rst && n_any - in_q < BYTES) byte_q <= beat[(n_any-in_q)*8+:8];
    end

    wire       offered_now = valid && n_any - in_q < BYTES;
    wire [4:0] offset = n_any - in_q;
    wire [7:0] expected = offered_now ? beat[offset[1:0]*8+:8] : byte_q;

    always @(*) begin
        if (begun_q && !rst) begin
            assert (inner_at == out_q[1:0]);
            if (STRADDLE) begin
                assert (inner_held == (ahead != 5'd0) && ahead <= BYTES && (ahead == 5'd0 || ahead == BYTES - out_q[1:0]));
                assert (in_q[1:0] == 2'd0 && (inner_held || out_q[1:0] == 2'd0));
                // What is kept is what was offered.
                assert (!inner_held || nth >= ahead || inner_beat[((out_q+nth)&5'd3)*8+:8] == byte_q);
            end else begin
                assert (in_q == (out_q & ~5'd3));
                assert (accept == (take && out_q[1:0] + count == BYTES));
            end
            assert (!(take && nth < count) || bytes[nth[1:0]*8+:8] == expected);
        end
    end
endmodule
`default_nettype wire

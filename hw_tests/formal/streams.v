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
    parameter ORDERED = 0,
    parameter LATENCY = 1
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
        .BLOCK_W(2),
        .LATENCY(LATENCY)
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

// rws_axis_in, a slice to a beat, with the memory's write port. tlast and null bytes cut beats into images; of every image all beats
// (`beat_any`) are stored, each once and in order, in their places in the buffer being filled, which is not the one being read. In
// every cycle in which one waits, a buffer is free and the drain does not write, one is stored, digit by digit with DIGIT_W > 0, in a reset's first cycle too; the
// drain's writes pass unchanged. tready is up but behind a reset or a fault, while two beats wait, and while an image that is in is stored.
//   An image is ready when all its beats are stored, of which the last came with tlast; what is no image never is. The beat
// behind a tlast, a null byte or a reset is the first of an image, and so is a last one without tlast: so BEATS beats with tlast on
// the last are an image whatever was before, fewer are none, and where only the last one of an image is lost the next is
// whole. The script connects `inner_*`.
module axis_in #(
    parameter PX = 2,
    parameter SLICES = 3,
    parameter PIXELS = 3,
    parameter DIGIT_W = 0
) (
    input wire       clk,
    input wire       rst_any,
    input wire [7:0] tdata,
    input wire       tkeep,
    input wire       tvalid,
    input wire       tlast,
    input wire       free_any,
    input wire       drain_we,
    input wire [6:0] drain_place,
    input wire [3:0] drain_value
);
    localparam BEATS = PIXELS * SLICES;
    localparam BEAT_W = $clog2(BEATS + 1);
    localparam COUNT_W = $clog2(SLICES + 1);
    localparam COLUMN_W = $clog2(PIXELS + 1);
    localparam BEAT_LAST = BEATS - 1;
    localparam SLICE_LAST = SLICES - 1;
    localparam PIXEL_LAST = PIXELS - 1;
    localparam PIXELS_ALL = PIXELS;
    localparam WORD_W = 2 >> DIGIT_W;
    localparam DIGIT_LAST = DIGIT_W;
    localparam [4:0] DIGIT_ROWS = 5'd16;
    localparam [4:0] ROWS = 5'd8;
    localparam [4:0] STRIDE = 5'd4;

    reg       begun_q = 1'b0;
    reg       past_rst_q;
    reg       start_q;
    reg       fault_q;
    reg       done_q;
    reg       error_q;
    // Beats of the image that are in; pixel, slice and digit of the next that is stored; the beat that is followed.
    reg [3:0] in_q;
    reg [1:0] pixel_q;
    reg [1:0] slice_q;
    reg       digit_q;
    reg [3:0] beat_any;
    reg [1:0] data_q;
    reg       fill_q;
    reg       read_q;
    reg [1:0] full_q;
    reg [4:0] since_q;
    reg       ended_q;
    reg [4:0] length_q;

    wire                inner_start;
    wire                inner_done;
    wire [BEAT_W-1:0]   inner_beat;
    wire [1:0]          inner_held;
    wire                inner_write;
    wire                inner_whole;
    wire                inner_ready;
    wire                inner_fault;
    wire                inner_stays;
    wire [3:0]          inner_beats;
    wire                inner_half;
    wire [1:0]          inner_full;
    wire                inner_fill;
    wire                inner_select;
    wire                inner_open;
    wire                inner_y;
    wire                inner_y_inside;
    wire                inner_y_end;
    wire [COLUMN_W-1:0] inner_x;
    wire                inner_x_end;
    wire                inner_inside;
    wire [COUNT_W-1:0]  inner_count;
    wire                inner_end;
    wire                inner_word;
    wire                inner_bank;
    wire [4:0]          inner_off;
    wire [4:0]          inner_row;
    wire                inner_digit;
    wire [4:0]          inner_digit_off;

    wire       tready;
    wire       ready;
    wire       select;
    wire       framing_error;
    wire       we;
    wire       wbank;
    wire       wslice;
    wire [4:0] waddr;
    wire [WORD_W-1:0] words;
    wire       mem_we;
    wire [6:0] mem_place;
    wire [WORD_W-1:0] mem_data;
    wire       rst = rst_any || !begun_q;
    wire       free = free_any && ready && !rst;
    wire       accept = tvalid && tready;
    wire       last = in_q == BEATS - 1;
    wire       fault = accept && (tlast != last || (!last && !tkeep));
    wire       turns = fault && last && tkeep && BEATS != 1;
    wire       whole = in_q == BEATS;
    wire [3:0] position = pixel_q * SLICES + slice_q;
    wire [3:0] waiting = in_q - position;
    wire       store = waiting != 4'd0 && !full_q[fill_q] && !start_q && !drain_we;
    wire       stored = store && !digit_q;
    wire       done = stored && position == BEATS - 1;

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
        .SLICES(4),
        .Q(1),
        .IN_W(2),
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
        .SLICE_W(1),
        .WORD_W(WORD_W),
        .DIGIT_W(DIGIT_W)
    ) u_in (
        .clk(clk),
        .rst(rst),
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
        .digit_rows(DIGIT_ROWS),
        .digit_last(DIGIT_LAST[0]),
        .s_axis_tdata(tdata),
        .s_axis_tkeep(tkeep),
        .s_axis_tvalid(tvalid),
        .s_axis_tready(tready),
        .s_axis_tlast(tlast),
        .ready(ready),
        .select(select),
        .free(free),
        .framing_error(framing_error),
        .taken(drain_we),
        .we(we),
        .wbank(wbank),
        .wslice(wslice),
        .waddr(waddr),
        .words(words)
    );

    rws_write_port #(
        .Q(1),
        .IN_W(WORD_W),
        .ACT_W(WORD_W),
        .Y_W(4),
        .PLACE_W(7)
    ) u_port (
        .drain_we(drain_we),
        .drain_place(drain_place),
        .drain_values(drain_value),
        .stream_we(we),
        .stream_place({wbank, wslice, waddr}),
        .stream_elements(words),
        .write({mem_we, mem_place, mem_data})
    );

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_rst_q <= rst;
        start_q <= rst || done || fault;
        fault_q <= fault;
        done_q <= done && !rst;
        beat_any <= beat_any;
        if (accept && beat_any == (turns ? 4'd0 : in_q)) data_q <= tdata[1:0];
        // Beats accepted since the last tlast, null byte or reset, 31 for more; the length of what a tlast has just ended.
        ended_q <= accept && tlast;
        length_q <= since_q + {4'd0, since_q != 5'd31};
        if (rst) since_q <= 5'd0;
        else if (accept) since_q <= (tlast || !tkeep) ? 5'd0 : since_q + {4'd0, since_q != 5'd31};
        if (rst) begin
            in_q <= 4'd0;
            pixel_q <= 2'd0;
            slice_q <= 2'd0;
            digit_q <= DIGIT_LAST[0];
            fill_q <= 1'b0;
            read_q <= 1'b0;
            full_q <= 2'd0;
            error_q <= 1'b0;
        end else begin
            in_q <= done ? 4'd0 : fault ? {3'd0, turns} : in_q + {3'd0, accept};
            if (done || fault) begin
                pixel_q <= 2'd0;
                slice_q <= 2'd0;
                digit_q <= DIGIT_LAST[0];
            end else if (store && digit_q) begin
                digit_q <= 1'b0;
            end else if (store) begin
                digit_q <= DIGIT_LAST[0];
                slice_q <= (slice_q == SLICES - 1) ? 2'd0 : slice_q + 2'd1;
                if (slice_q == SLICES - 1) pixel_q <= pixel_q + 2'd1;
            end
            if (free) begin
                full_q[read_q] <= 1'b0;
                read_q <= !read_q;
            end
            if (done_q) begin
                full_q[fill_q] <= 1'b1;
                fill_q <= !fill_q;
            end
            error_q <= error_q || fault_q;
        end
    end

    wire [4:0] row = (fill_q ? ROWS : 5'd0) + {3'd0, pixel_q} / PX;
    wire [4:0] off = slice_q[1] ? STRIDE : 5'd0;
    wire [4:0] digit_row = (DIGIT_W != 0 && !digit_q) ? DIGIT_ROWS : 5'd0;
    wire [WORD_W-1:0] digit = data_q[WORD_W*digit_q+:WORD_W];
    wire       bank = {3'd0, pixel_q} % PX;
    // The half that the followed beat came in.
    wire [3:0] behind = in_q - beat_any;
    wire       beat_half = inner_write ^ behind[0];

    always @(*) begin
        if (begun_q) begin
            assert (mem_we == (drain_we || store) && we == store);
            assert (!store || mem_place == {bank, slice_q[0], off + row + digit_row});
            assert (!store || position != beat_any || mem_data == digit);
            assert (!store || !ready || select != fill_q);
            assert (!drain_we || (mem_place == drain_place && mem_data == drain_value[WORD_W-1:0]));
            assert (tready == (!rst && !past_rst_q && !fault_q && !whole && waiting < 4'd2));
            assert (ready == full_q[read_q] && select == read_q);
            assert (framing_error == error_q);
            // An image that is in is not cut short; none ends that is not in.
            assert (!done || whole);
            assert (!whole || waiting != 4'd0);
            // Of two buffers that are full or free the older is read or filled.
            assert ((fill_q == read_q) == (full_q[0] == full_q[1]) && (fill_q == read_q || ready));
            // Positions follow what was taken: until an image's worth is in, every beat has its place.
            assert (since_q >= BEATS || in_q == since_q || whole && since_q == 5'd0);
            assert (since_q < BEATS || since_q > 2 * BEATS - 2 || in_q == since_q - (BEATS - 1));
            assert (!ended_q || length_q >= BEATS || in_q == 4'd0);
            assert (!ended_q || length_q != BEATS || whole);
            assert (!ended_q || length_q != 2 * BEATS - 1 || whole);

            assert ((DIGIT_W != 0 || !digit_q) && slice_q < SLICES && pixel_q < PIXELS && in_q <= BEATS && waiting <= 4'd2);
            assert (inner_start == start_q && inner_done == done_q && inner_fault == fault_q);
            assert (start_q == (past_rst_q || fault_q || done_q) && !(past_rst_q && fault_q));
            assert (inner_fill == fill_q && inner_full == full_q && inner_select == read_q);
            assert (past_rst_q || inner_open == !full_q[fill_q]);
            assert (!done_q || !full_q[fill_q]);
            assert (!start_q || position == 4'd0 && digit_q == DIGIT_LAST[0] && in_q == {3'd0, fault_q && inner_stays});
            assert (inner_ready == (!past_rst_q && !fault_q && !whole && waiting < 4'd2));
            if (!fault_q) begin
                assert (inner_beat == (whole ? 4'd0 : in_q) && inner_whole == whole);
                assert (inner_held == (waiting == 4'd0 ? 2'd0 : waiting == 4'd2 ? 2'd3 : inner_write ? 2'd1 : 2'd2));
            end
            if (!start_q) begin
                assert (inner_half == (inner_write ^ waiting[0]));
                assert (inner_x == pixel_q && inner_inside && inner_x_end == (pixel_q == PIXELS - 1));
                assert (!inner_y && inner_y_inside && inner_y_end);
                assert (inner_count == slice_q && inner_end == (slice_q == SLICES - 1) && inner_word == slice_q[0]);
                assert (DIGIT_W == 0 || (inner_digit == digit_q && inner_digit_off == digit_row));
                assert (inner_off == off && inner_row == row && (PX == 1 || inner_bank == bank));
            end
            assert (beat_any < position || beat_any >= in_q || inner_beats[2*beat_half+:2] == data_q);
        end
    end
endmodule

// rws_gear on the halves of rws_beats: what is taken are the elements of the stream's images, each once and in order, for every
// pattern of takes and of beats that come, good and bad, for images of every number of beats. Element `n_any` of an image, wherever
// it lies, comes out as the n-th; a take waits for what it takes and for nothing else, beats wait for a free half. Without STRADDLE
// counts are such that nothing straddles, but an image's last take may reach behind its end. The script connects `inner_*`.
module gear #(
    parameter TAKE = 3,
    parameter STRADDLE = 1
) (
    input wire        clk,
    input wire        rst_any,
    input wire [31:0] tdata,
    input wire [3:0]  tkeep,
    input wire        tvalid,
    input wire        tlast,
    input wire        take_any,
    input wire        done_any,
    input wire [2:0]  count_any
);
    localparam COUNT_W = $clog2(TAKE + 1);
    localparam IN_W = 4;

    reg            begun_q = 1'b0;
    reg            past_rst_q;
    reg            start_q;
    reg            fault_q;
    reg [2:0]      last_any;
    reg [4:0]      n_any;
    reg [IN_W-1:0] element_q;
    // Of the image: beats that are in, elements that were taken.
    reg [3:0]      in_q;
    reg [5:0]      out_q;

    wire [2:0] inner_count;
    wire       inner_write;
    wire       inner_whole;
    wire       inner_ready;
    wire       inner_stays;
    wire [1:0] inner_at;

    wire                 rst = rst_any || !begun_q;
    wire                 tready;
    wire [8*IN_W-1:0]    beats;
    wire [1:0]           held;
    wire                 leaves;
    wire                 half;
    wire                 next_half;
    wire                 bad;
    wire                 beats_fault;
    wire                 available;
    wire [TAKE*IN_W-1:0] elements;
    wire                 accept = tvalid && tready;
    wire                 last = in_q == {1'b0, last_any};
    wire                 full = &tkeep;
    wire                 fault = accept && (tlast != last || (!last && !full));
    wire                 turns = fault && last && full && last_any != 3'd0;
    wire                 whole = in_q == last_any + 4'd1;
    wire                 done = done_any && whole && !start_q;
    wire [3:0]           waiting = in_q - out_q[5:2];
    wire                 fits = count_any != 3'd0 && count_any <= TAKE
        && (STRADDLE != 0 || (done && waiting == 4'd1) || {1'b0, out_q[1:0]} + {1'b0, count_any} <= 4'd4);
    wire [2:0]           count = fits ? count_any : 3'd1;
    wire                 take = take_any && available && !start_q;
    wire [6:0]           out_next = {1'b0, out_q} + count;
    wire                 all_in = out_next <= {1'b0, in_q, 2'd0};
    wire [5:0]           nth = n_any - out_q;

    rws_beats #(
        .BYTES(4),
        .IN_W(IN_W),
        .BEAT_W(3)
    ) u_beats (
        .clk(clk),
        .rst(rst),
        .single(last_any == 3'd0),
        .beat_last(last_any),
        .s_axis_tdata(tdata),
        .s_axis_tkeep(tkeep),
        .s_axis_tvalid(tvalid),
        .s_axis_tready(tready),
        .s_axis_tlast(tlast),
        .leaves(leaves),
        .half(half),
        .done(done),
        .hold(1'b0),
        .elements(beats),
        .held(held),
        .next_half(next_half),
        .bad(bad),
        .fault(beats_fault)
    );

    rws_gear #(
        .BYTES(4),
        .GRAIN(1),
        .IN_W(IN_W),
        .TAKE(TAKE),
        .STRADDLE(STRADDLE)
    ) u_gear (
        .clk(clk),
        .start(start_q),
        .next_half(next_half),
        .beats(beats),
        .held(held),
        .take(take),
        .count(count[COUNT_W-1:0]),
        .available(available),
        .leaves(leaves),
        .half(half),
        .elements(elements)
    );

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_rst_q <= rst;
        // As in rws_axis_in.
        start_q <= rst || done || bad;
        fault_q <= fault;
        last_any <= last_any;
        n_any <= n_any;
        if (accept && n_any[4:2] == (turns ? 3'd0 : in_q[2:0])) element_q <= tdata[8*n_any[1:0]+:IN_W];
        if (rst || done || fault) begin
            in_q <= {3'd0, turns};
            out_q <= 6'd0;
        end else begin
            in_q <= in_q + {3'd0, accept};
            if (take) out_q <= out_next[5:0];
        end
    end

    // The half that the followed element came in.
    wire [3:0] behind = in_q - n_any[4:2];
    wire       n_half = inner_write ^ behind[0];

    always @(*) begin
        if (begun_q) begin
            assert (tready == (!rst && !past_rst_q && !fault_q && !whole && waiting < 4'd2));
            assert (rst || (bad == fault && beats_fault == fault_q));
            assert (start_q || available == (STRADDLE != 0 ? all_in : waiting != 4'd0));
            assert (!take || all_in || (STRADDLE == 0 && done));
            assert (!take || nth >= count || n_any >= {in_q, 2'd0} || elements[nth[1:0]*IN_W+:IN_W] == element_q);

            assert (in_q <= last_any + 4'd1 && out_q <= {in_q, 2'd0} && waiting <= 4'd2);
            assert (!start_q || out_q == 6'd0 && in_q == {3'd0, fault_q && inner_stays});
            assert (inner_ready == (!past_rst_q && !fault_q && !whole && waiting < 4'd2));
            assert (beats_fault == fault_q && (!fault_q || start_q && !past_rst_q) && (!past_rst_q || start_q));
            if (!fault_q) begin
                assert (inner_count == (whole ? 4'd0 : in_q) && inner_whole == whole);
                assert (held == (waiting == 4'd0 ? 2'd0 : waiting == 4'd2 ? 2'd3 : inner_write ? 2'd1 : 2'd2));
            end
            assert (start_q || (half == (inner_write ^ waiting[0]) && inner_at == out_q[1:0]));
            assert (n_any[4:2] < out_q[5:2] || n_any[4:2] >= in_q || beats[(4*n_half+n_any[1:0])*IN_W+:IN_W] == element_q);
        end
    end
endmodule
// rws_strips, for rings of four rows and any room and rows ahead that fit into them. A block begins only when the rows from its own on are
// stored, or the image is; a row is stored only where no block that may still read needs what it replaces, unless none is to come.
module strips (
    input wire clk,
    input wire rst_any,
    input wire row_any,
    input wire end_any,
    input wire start_any,
    input wire tail_any,
    input wire free_any
);
    reg       begun_q = 1'b0;
    reg       past_q = 1'b0;
    reg [2:0] ahead_any;
    reg [2:0] room_any;
    // Rows stored and blocks begun, of this image; its end, and that no block is to come.
    reg [4:0] rows_q;
    reg [4:0] blocks_q;
    reg       ended_q;
    reg       tail_q;
    wire      open;
    wire      rows;
    wire      whole;
    wire      ready;
    wire      rst = rst_any || !begun_q;
    wire      fits = ahead_any != 3'd0 && room_any >= ahead_any && room_any <= 3'd4;
    wire [2:0] ahead = fits ? ahead_any : 3'd1;
    wire [2:0] room = fits ? room_any : 3'd2;
    // Images of at most 8 rows and blocks.
    wire      row = row_any && open && !ended_q && rows_q < 5'd8 && !rst;
    wire      ended = end_any && !ended_q && !rst;
    wire      start = start_any && rows && !tail_q && blocks_q < 5'd8 && !rst;
    wire      tail = tail_q || tail_any;
    wire      free = free_any && whole && tail_q && !rst;

    rws_strips #(
        .STRIP_W(2)
    ) u_strips (
        .clk(clk),
        .rst(rst),
        .ahead(ahead),
        .room(room),
        .row_end(row),
        .ended(ended),
        .start(start),
        .tail(tail),
        .free(free),
        .open(open),
        .rows(rows),
        .whole(whole),
        .ready(ready)
    );

    wire [3:0] inner_left;
    wire [3:0] inner_more;
    wire       inner_row;
    wire       inner_start;
    wire       inner_open;
    wire       inner_rows;
    wire       inner_whole;
    wire [4:0] left = {2'd0, room} + blocks_q - {4'd0, inner_start} - rows_q;
    wire [4:0] more = rows_q - {4'd0, inner_row} - blocks_q - {2'd0, ahead};

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_q <= begun_q;
        ahead_any <= ahead_any;
        room_any <= room_any;
        rows_q <= (rst || free) ? 5'd0 : rows_q + {4'd0, row};
        blocks_q <= (rst || free) ? 5'd0 : blocks_q + {4'd0, start};
        ended_q <= !rst && !free && (ended_q || ended);
        tail_q <= !rst && !free && tail;
        if (past_q && !rst) begin
            if (start) assert (ended_q || rows_q >= blocks_q + {2'd0, ahead});
            if (row) assert (tail_q || rows_q < blocks_q + {2'd0, room});
            if (whole) assert (ended_q);
        end
        if (past_q) begin
            assert (ended_q == inner_whole);
            assert (tail_q || rows_q <= blocks_q + {2'd0, room});
            assert (ended_q || blocks_q == 5'd0 || rows_q + 5'd1 >= blocks_q + {2'd0, ahead});
            assert (rows_q >= {4'd0, inner_row});
            assert (blocks_q >= {4'd0, inner_start});
            assert (rows_q <= 5'd8 && blocks_q <= 5'd8);
            if (!ended_q && !tail_q) assert (inner_left == left[3:0] && left <= 5'd15);
            if (!ended_q) assert (inner_more == more[3:0]);
            if (inner_open && !tail_q) assert (left != 5'd0 || inner_start);
            if (inner_rows && !ended_q) assert (!inner_more[3]);
        end
    end
endmodule

// rws_queue, of four words: they come out as they went in, for every push that room allows, now or in the cycle before, and every pop.
module queue (
    input wire       clk,
    input wire       rst_any,
    input wire       push_any,
    input wire       pop_any,
    input wire [1:0] din
);
    reg       begun_q = 1'b0;
    reg       past_q = 1'b0;
    reg       room_q;
    // The words within, the oldest one lowest, and how many.
    reg [7:0] words_q;
    reg [2:0] count_q;
    wire      valid;
    wire      single;
    wire      room;
    wire [1:0] dout;
    wire      rst = rst_any || !begun_q;
    wire      push = push_any && (room || room_q) && !rst;
    wire      pop = pop_any && valid && !rst;

    rws_queue #(
        .WIDTH(2),
        .DEPTH_W(2)
    ) u_queue (
        .clk(clk),
        .rst(rst),
        .push(push),
        .din(din),
        .pop(pop),
        .valid(valid),
        .single(single),
        .room(room),
        .dout(dout)
    );

    wire [1:0] inner_first;
    wire [1:0] inner_behind;
    wire [2:0] inner_count;
    wire [1:0] inner_word0;
    wire [1:0] inner_word1;
    wire [1:0] inner_word2;
    wire [1:0] inner_word3;
    wire [7:0] inner_words = {inner_word3, inner_word2, inner_word1, inner_word0};
    wire [15:0] turned = {inner_words, inner_words} >> {inner_first, 1'b0};
    wire [7:0] popped = pop ? words_q >> 2 : words_q;
    wire [2:0] left = count_q - {2'd0, pop};

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_q <= begun_q;
        room_q <= room && !rst;
        words_q <= push ? (popped & ~(8'd3 << {left, 1'b0})) | ({6'd0, din} << {left, 1'b0}) : popped;
        count_q <= rst ? 3'd0 : left + {2'd0, push};
        if (past_q) begin
            assert (valid == (count_q != 3'd0));
            assert (single == (count_q == 3'd1));
            if (valid) assert (dout == words_q[1:0]);
            assert (count_q <= 3'd4);
            assert (inner_count == count_q);
            assert (inner_behind == inner_first + count_q[1:0]);
            assert (room == (count_q <= 3'd2));
            if (!room && room_q) assert (count_q <= 3'd3);
            if (count_q > 3'd0) assert (turned[1:0] == words_q[1:0]);
            if (count_q > 3'd1) assert (turned[3:2] == words_q[3:2]);
            if (count_q > 3'd2) assert (turned[5:4] == words_q[5:4]);
            if (count_q > 3'd3) assert (turned[7:6] == words_q[7:6]);
        end
    end
endmodule

`default_nettype wire

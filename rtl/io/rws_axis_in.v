// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Image input: AXI4-Stream of an image as it lies in memory, pixel after pixel, row after row, channels innermost, a byte an element, of
// which the low IN_W bits are stored, BYTES to a beat, without gaps. Each image begins in a beat of its own; the bytes behind its end mean
// nothing. Two image buffers: one is filled while the core reads the other. STRIP_W > 0: a ring of 2^STRIP_W rows instead, which is filled
// while the core reads the same image (rws_strips).
//   Where PASS, a pixel is stored as it is, its channels in slices of Q, zeros behind the last. Where FOLD, windows of KH x KW pixels of
// CHANNELS channels each are stored as pixels (rws_window). `folds` chooses where a core has both. rws_raster adds padding, of pad where
// PADS, else of zeros. Where SIGNED, of an element the bits of mask are stored, those of flip inverted, which makes a signed number an
// unsigned one. With DIGIT_W > 0 elements are stored in digits of WORD_W bits, each in a word of its own, `digit_rows` rows apart, the
// highest first.
//   All goes on in cycles in which the memory's write port is not taken. An image takes one for each digit of a slice, with windows also
// one for each pixel that completes none, and one behind it.
//   rws_beats says what becomes of images of too many or too few beats: the image behind a lost last beat is whole, and the rest of an
// image in which a reset fell is dropped like any that is too short. All of these set framing_error. With strips the core may have begun
// such an image: it gets any numbers for what is missing, and spoilt says that its result is none, when it is stored as a whole.
`default_nettype none
module rws_axis_in #(
    parameter BYTES = 4,
    parameter GRAIN = 1,
    parameter STRADDLE = 1,
    parameter PASS = 1,
    parameter FOLD = 1,
    parameter KH = 3,
    parameter KW = 3,
    parameter CHANNELS = 3,
    parameter COLUMNS = 10,
    parameter STRIDED = 1,
    parameter SLICES = 4,
    parameter Q = 2,
    parameter IN_W = 4,
    parameter SIGNED = 0,
    parameter PADS = 0,
    parameter PX = 2,
    parameter CI_SLICES = 2,
    parameter BEAT_W = 3,
    parameter COUNT_W = 4,
    parameter KEEP_W = 2,
    parameter ROW_W = 4,
    parameter COLUMN_W = 4,
    parameter STEP_W = 1,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter WORD_W = IN_W,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter STRIP_W = 0,
    parameter ROWS_W = (STRIP_W > 0) ? STRIP_W + 1 : 1
) (
    input  wire                clk,
    input  wire                rst,
    // of rws_header, stable but in reset
    input  wire                single,
    input  wire                folds,
    input  wire [BEAT_W-1:0]   beat_last,
    // slices of a stored pixel but one; elements of a pixel's last slice, or of a window's pixel
    input  wire [COUNT_W-1:0]  slice_last,
    input  wire [KEEP_W-1:0]   keep,
    input  wire [ROW_W-1:0]    y_first,
    input  wire [ROW_W-1:0]    y_behind,
    input  wire [ROW_W-1:0]    y_last,
    input  wire [COLUMN_W-1:0] x_first,
    input  wire [COLUMN_W-1:0] x_behind,
    input  wire [COLUMN_W-1:0] x_last,
    input  wire [STEP_W-1:0]   y_step,
    input  wire [STEP_W-1:0]   x_step,
    // the bits of an element; those that are inverted; a padded element
    input  wire [IN_W-1:0]     mask,
    input  wire [IN_W-1:0]     flip,
    input  wire [IN_W-1:0]     pad,
    input  wire [ADDR_W-1:0]   rows,
    input  wire [ADDR_W-1:0]   stride,
    input  wire [ADDR_W-1:0]   digit_rows,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire [ROWS_W-1:0]   strip_ahead,
    input  wire [ROWS_W-1:0]   strip_room,
    input  wire [8*BYTES-1:0]  s_axis_tdata,
    input  wire [BYTES-1:0]    s_axis_tkeep,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    input  wire                s_axis_tlast,
    output wire                ready,
    output wire                select,
    input  wire                free,
    input  wire                block_start,
    input  wire                tail,
    output wire                rows_ready,
    output wire                whole,
    output wire                spoilt,
    output wire                framing_error,
    // to the memory's write port, where that is not taken
    input  wire                taken,
    output wire                we,
    output wire [BANK_W-1:0]   wbank,
    output wire [SLICE_W-1:0]  wslice,
    output wire [ADDR_W-1:0]   waddr,
    output wire [Q*WORD_W-1:0] words
);
    // Windows that wait for the memory's write port while rows go by that complete none.
    localparam AHEAD_W = (STRIP_W > 0 && FOLD != 0) ? 5 : 0;
    localparam PASS_TAKE = PASS ? Q : 0;
    localparam FOLD_TAKE = FOLD ? CHANNELS : 0;
    localparam TAKE = (PASS_TAKE > FOLD_TAKE) ? PASS_TAKE : FOLD_TAKE;
    localparam UNITS_W = $clog2(TAKE / GRAIN + 1);
    localparam SLICE_UNITS_I = Q / GRAIN;
    localparam [UNITS_W-1:0] SLICE_UNITS = SLICE_UNITS_I[UNITS_W-1:0];
    localparam GRAIN_W = $clog2(GRAIN);
    localparam ROUND_I = GRAIN - 1;
    localparam [KEEP_W:0] ROUND = ROUND_I[KEEP_W:0];

    // An image begins behind start. pending: a window waits to be stored; walked: its image has no more pixels.
    reg start_q;
    reg done_q;
    reg pending_q;
    reg walked_q;
    reg error_q;

    // Beats.
    wire [2*BYTES*IN_W-1:0] beats;
    wire [1:0] held;
    wire half;
    wire next_half;
    wire leaves;
    wire bad;
    wire fault;
    wire fill;
    wire open;

    // What is missing of a short image is made up, with strips.
    wire short;
    wire row_end;

    // Pixels and slices.
    wire windows = FOLD != 0 && (PASS == 0 || folds);
    wire digit_end;
    wire free_port = open && !start_q && !taken;
    wire port = free_port && (digit_end || (windows && !pending_q));
    wire in_image;
    wire complete;
    wire walk_end;
    wire available;
    wire slice_end;
    wire has_pixel = !in_image || available || short;
    // With a queue windows come before they are written, else one by one.
    wire queued = AHEAD_W != 0 && windows;
    wire window_valid;
    wire window_single;
    wire window_room;
    wire window = queued ? window_valid : pending_q;
    wire walks = windows ? !walked_q && (queued ? window_room : !pending_q || slice_end) : slice_end;
    wire walk = queued ? !start_q : port;
    wire advance = walk && has_pixel && walks;
    wire take = in_image && available && !short && (windows ? advance : port);
    wire write = free_port && (windows ? window : has_pixel);
    wire written = write && slice_end && digit_end;
    wire last_window = queued ? !pending_q && (!window_valid || (window_single && written)) : !pending_q || written;
    wire done = windows ? walked_q && !start_q && last_window : written && walk_end;
    wire last_take = windows || slice_end;

    wire [KEEP_W:0]    keep_rounded = {1'b0, keep} + ROUND;
    reg  [UNITS_W-1:0] last_units_q;
    wire [UNITS_W-1:0] units = last_take ? last_units_q : SLICE_UNITS;
    wire               unused_rounded = &{1'b0, keep_rounded};
    wire [TAKE*IN_W-1:0] next;
    wire [TAKE*IN_W-1:0] pixel;
    wire [COLUMN_W-1:0] column;
    wire [COLUMN_W-1:0] next_column;
    wire [COUNT_W-1:0] slice;
    wire [DIGITS_W-1:0] digit;
    wire [Q*IN_W-1:0] elements;

    rws_beats #(
        .BYTES(BYTES),
        .IN_W(IN_W),
        .BEAT_W(BEAT_W)
    ) u_beats (
        .clk(clk),
        .rst(rst),
        .single(single),
        .beat_last(beat_last),
        .s_axis_tdata(s_axis_tdata),
        .s_axis_tkeep(s_axis_tkeep),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tlast(s_axis_tlast),
        .leaves(leaves),
        .half(half),
        .done(done && !short),
        .hold(short),
        .elements(beats),
        .held(held),
        .next_half(next_half),
        .bad(bad),
        .fault(fault)
    );

    rws_gear #(
        .BYTES(BYTES),
        .GRAIN(GRAIN),
        .IN_W(IN_W),
        .TAKE(TAKE),
        .STRADDLE(STRADDLE)
    ) u_gear (
        .clk(clk),
        .start(gear_start),
        .next_half(next_half),
        .beats(beats),
        .held(held),
        .take(take),
        .count(units),
        .available(available),
        .leaves(leaves),
        .half(half),
        .elements(next)
    );

    rws_raster #(
        .Y_W(ROW_W),
        .X_W(COLUMN_W),
        .FOLD(FOLD),
        .KH(KH),
        .KW(KW),
        .STRIDED(STRIDED),
        .STEP_W(STEP_W)
    ) u_raster (
        .clk(clk),
        .start(start_q),
        .advance(advance),
        .y_first(y_first),
        .y_behind(y_behind),
        .y_last(y_last),
        .x_first(x_first),
        .x_behind(x_behind),
        .x_last(x_last),
        .y_step(y_step),
        .x_step(x_step),
        .in_image(in_image),
        .complete(complete),
        .last(walk_end),
        .column(column),
        .next_column(next_column)
    );

    rws_input_place #(
        .PX(PX),
        .CI_SLICES(CI_SLICES),
        .SLICES(SLICES),
        .COUNT_W(COUNT_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W),
        .DIGIT_W(DIGIT_W),
        .STRIP_W(STRIP_W)
    ) u_place (
        .clk(clk),
        .start(start_q),
        .write(write),
        .slice_last(slice_last),
        .base((STRIP_W == 0 && (fill ^ done_q)) ? rows : {ADDR_W{1'b0}}),
        .stride(stride),
        .digit_rows(digit_rows),
        .digit_last(digit_last),
        .slice(slice),
        .slice_end(slice_end),
        .digit(digit),
        .digit_end(digit_end),
        .row_end(row_end),
        .wbank(wbank),
        .wslice(wslice),
        .waddr(waddr)
    );

    wire [IN_W-1:0] padding = (PADS != 0) ? pad : {IN_W{1'b0}};
    wire unused_values = &{1'b0, mask, flip, pad};

    genvar e;
    generate
        for (e = 0; e < TAKE; e = e + 1) begin : gen_taken
            localparam [KEEP_W:0] NUMBER = e;
            wire is_there = in_image && (!last_take || NUMBER < {1'b0, keep});
            wire [IN_W-1:0] taken_element = next[e*IN_W+:IN_W];
            wire [IN_W-1:0] element = (SIGNED != 0) ? (taken_element & mask) ^ flip : taken_element;
            assign pixel[e*IN_W+:IN_W] = is_there ? element : padding;
        end

        if (FOLD) begin : gen_fold
            wire [Q*IN_W-1:0] folded;
            rws_window #(
                .KH(KH),
                .KW(KW),
                .CHANNELS(CHANNELS),
                .WIDTH(IN_W),
                .Q(Q),
                .COLUMNS(COLUMNS),
                .X_W(COLUMN_W),
                .COUNT_W(COUNT_W),
                .AHEAD_W(AHEAD_W)
            ) u_window (
                .clk(clk),
                .rst(rst),
                .advance(advance),
                .push(pending_q),
                .pop(written),
                .valid(window_valid),
                .single(window_single),
                .room(window_room),
                .pixel(pixel[CHANNELS*IN_W-1:0]),
                .column(column),
                .next_column(next_column),
                .slice(slice),
                .elements(folded)
            );
            if (PASS) begin : gen_choice
                assign elements = folds ? folded : pixel[Q*IN_W-1:0];
            end else begin : gen_always
                wire unused_folds = &{1'b0, folds};
                assign elements = folded;
            end
        end else begin : gen_pass
            wire unused_window = &{1'b0, folds, complete, column, next_column, slice, pending_q, walked_q};
            wire [31:0] unused_columns = COLUMNS;
            assign {window_valid, window_single, window_room} = 3'b111;
            assign elements = pixel;
        end
    endgenerate

    generate
        if (DIGIT_W > 0) begin : gen_digits
            localparam ALL_W = WORD_W << DIGIT_W;
            for (e = 0; e < Q; e = e + 1) begin : gen_element
                wire [ALL_W-1:0] digits;
                assign digits[IN_W-1:0] = elements[e*IN_W+:IN_W];
                if (ALL_W > IN_W) begin : gen_short
                    assign digits[ALL_W-1:IN_W] = {(ALL_W-IN_W){1'b0}};
                end
                assign words[e*WORD_W+:WORD_W] = digits[digit*WORD_W+:WORD_W];
            end
        end else begin : gen_words
            wire unused_digit = &{1'b0, digit};
            assign words = elements;
        end
    endgenerate

    wire gear_start;
    generate
        if (STRIP_W > 0) begin : gen_strips
            reg short_q;
            reg spoilt_q;
            reg gear_start_q;

            rws_strips #(
                .STRIP_W(STRIP_W)
            ) u_strips (
                .clk(clk),
                .rst(rst),
                .ahead(strip_ahead),
                .room(strip_room),
                .row_end(row_end),
                .ended(done_q),
                .start(block_start),
                .tail(tail),
                .free(free),
                .open(open),
                .rows(rows_ready),
                .whole(whole),
                .ready(ready)
            );

            // A fault takes its beat along, of which the next image's first may be one: taking apart begins anew then.
            always @(posedge clk) begin
                short_q <= !rst && (bad || (short_q && !done));
                spoilt_q <= !rst && (done ? short_q || bad : spoilt_q && !free);
                gear_start_q <= rst || bad || (done && !short_q);
            end

            assign short = short_q;
            assign spoilt = spoilt_q;
            assign gear_start = gear_start_q;
            assign {fill, select} = 2'b00;
        end else begin : gen_buffers
            wire unused_strips = &{1'b0, strip_ahead, strip_room, block_start, tail, row_end};
            assign {short, rows_ready, whole, spoilt} = 4'b0110;
            assign gear_start = start_q;

            rws_buffers u_buffers (
                .clk(clk),
                .rst(rst),
                .ended(done_q),
                .free(free),
                .fill(fill),
                .select(select),
                .open(open),
                .ready(ready)
            );
        end
    endgenerate

    always @(posedge clk) begin
        last_units_q <= keep_rounded[GRAIN_W+:UNITS_W];
        start_q <= rst || done || (bad && STRIP_W == 0);
        done_q <= done && !rst;
        error_q <= !rst && (error_q || fault);
        if (start_q) begin
            pending_q <= 1'b0;
            walked_q <= 1'b0;
        end else begin
            pending_q <= advance ? complete : pending_q && !written && !queued;
            walked_q <= walked_q || (advance && walk_end);
        end
    end

    assign we = write;
    assign framing_error = error_q;
endmodule
`default_nettype wire

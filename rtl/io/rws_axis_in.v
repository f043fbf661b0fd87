// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Image input: AXI4-Stream of an image as it lies in memory, pixel after pixel, row after row, channels innermost, a byte an element (its low
// ACT_W bits, or extended as is_signed says), BYTES to a beat, without gaps. Each image begins in a beat of its own; the bytes behind its end
// mean nothing. Two image buffers: one is filled while the core reads the other.
//   Where PASS, a pixel is stored as it is, its channels in slices of Q, zeros behind the last. Where FOLD, windows of KH x KW pixels of
// CHANNELS channels each are stored as pixels (rws_window). `folds` chooses where a core has both. rws_raster adds padding, of zeros.
//   All goes on in cycles in which the drain does not write. An image takes one for each slice, with windows also one for each
// pixel that completes none.
//   An image is beat_last + 1 beats of which the last alone has tlast. What an earlier tlast ends, or a beat with a null byte before the last
// one, is dropped. A last beat without tlast is taken as the first of an image instead, once the beats before it are dropped: so the
// image behind a lost last beat is whole, and the rest of an image in which a reset fell is dropped like any that is too short.
// All of these set framing_error.
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
    parameter ACT_W = 4,
    parameter Y_W = 9,
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
    parameter SLICE_W = 1
) (
    input  wire                clk,
    input  wire                rst,
    // of rws_header, stable but in reset
    input  wire                is_signed,
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
    input  wire [ADDR_W-1:0]   rows,
    input  wire [ADDR_W-1:0]   stride,
    input  wire [8*BYTES-1:0]  s_axis_tdata,
    input  wire [BYTES-1:0]    s_axis_tkeep,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    input  wire                s_axis_tlast,
    output wire                ready,
    output wire                select,
    input  wire                free,
    output wire                framing_error,
    input  wire                drain_we,
    input  wire [BANK_W-1:0]   drain_wbank,
    input  wire [SLICE_W-1:0]  drain_wslice,
    input  wire [ADDR_W-1:0]   drain_waddr,
    input  wire [Q*Y_W-1:0]    drain_wdata,
    output wire                mem_we,
    output wire [BANK_W-1:0]   mem_wbank,
    output wire [SLICE_W-1:0]  mem_wslice,
    output wire [ADDR_W-1:0]   mem_waddr,
    output wire [Q*ACT_W-1:0]  mem_wdata
);
    localparam IN_W = (ACT_W < 8) ? ACT_W : 8;
    localparam PASS_TAKE = PASS ? Q : 0;
    localparam FOLD_TAKE = FOLD ? CHANNELS : 0;
    localparam TAKE = (PASS_TAKE > FOLD_TAKE) ? PASS_TAKE : FOLD_TAKE;
    localparam UNITS_W = $clog2(TAKE / GRAIN + 1);
    localparam SLICE_UNITS_I = Q / GRAIN;
    localparam [UNITS_W-1:0] SLICE_UNITS = SLICE_UNITS_I[UNITS_W-1:0];
    localparam GRAIN_W = $clog2(GRAIN);
    localparam ROUND_I = GRAIN - 1;
    localparam [KEEP_W:0] ROUND = ROUND_I[KEEP_W:0];

    reg [1:0]        full_q;
    reg              fill_q;
    reg              select_q;
    reg              error_q;
    reg              whole_q;
    reg              pending_q;
    reg              walked_q;
    reg [BEAT_W-1:0] beat_q;

    // Beats.
    wire active = !rst && !full_q[fill_q];
    wire offered = active && s_axis_tvalid && !whole_q;
    wire beat_end = beat_q == beat_last;
    wire null_byte = !beat_end && !(&s_axis_tkeep);
    wire fault = offered && (s_axis_tlast != beat_end || null_byte);
    wire good = offered && !fault && !drain_we;
    wire accept;

    // Pixels and slices.
    wire windows = FOLD != 0 && (PASS == 0 || folds);
    wire port = active && !drain_we;
    wire in_image;
    wire complete;
    wire walk_end;
    wire available;
    wire slice_end;
    wire has_pixel = !in_image || available;
    wire write = port && (windows ? pending_q : has_pixel);
    wire written = write && slice_end;
    wire advance = port && (windows ? !walked_q && has_pixel && (!pending_q || written) : written);
    wire take = in_image && (windows ? advance : write);
    wire done = !fault && (windows ? walked_q && (!pending_q || written) : written && walk_end);
    wire restart = rst || fault || done;
    wire last_take = windows || slice_end;

    wire [KEEP_W:0]    keep_rounded = {1'b0, keep} + ROUND;
    wire [UNITS_W-1:0] units = last_take ? keep_rounded[GRAIN_W+:UNITS_W] : SLICE_UNITS;
    wire               unused_rounded = &{1'b0, keep_rounded};
    wire [8*TAKE-1:0]  bytes;
    wire [TAKE*IN_W-1:0] taken;
    wire [Q*IN_W-1:0]  elements;
    wire [Q*ACT_W-1:0] stream_data;
    wire [Q*ACT_W-1:0] drain_data;
    wire [COLUMN_W-1:0] column;
    wire [COLUMN_W-1:0] next_column;
    wire [COUNT_W-1:0] slice;
    wire [BANK_W-1:0]  bank;
    wire [SLICE_W-1:0] word_slice;
    wire [ADDR_W-1:0]  place;

    rws_gear #(
        .BYTES(BYTES),
        .GRAIN(GRAIN),
        .TAKE(TAKE),
        .STRADDLE(STRADDLE)
    ) u_gear (
        .clk(clk),
        .rst(restart),
        .beat(s_axis_tdata),
        .valid(good),
        .accept(accept),
        .take(take),
        .done(done),
        .count(units),
        .available(available),
        .bytes(bytes)
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
        .start(restart),
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
        .SLICE_W(SLICE_W)
    ) u_place (
        .clk(clk),
        .start(restart),
        .write(write),
        .slice_last(slice_last),
        .stride(stride),
        .slice(slice),
        .slice_end(slice_end),
        .wbank(bank),
        .wslice(word_slice),
        .waddr(place)
    );

    genvar e;
    generate
        for (e = 0; e < TAKE; e = e + 1) begin : gen_taken
            localparam [KEEP_W:0] NUMBER = e;
            wire is_there = in_image && (!last_take || NUMBER < {1'b0, keep});
            assign taken[e*IN_W+:IN_W] = bytes[8*e+:IN_W] & {IN_W{is_there}};
            if (IN_W < 8) begin : gen_narrow
                wire unused_high = &{1'b0, bytes[8*e+IN_W+:8-IN_W]};
            end
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
                .COUNT_W(COUNT_W)
            ) u_window (
                .clk(clk),
                .advance(advance),
                .pixel(taken[CHANNELS*IN_W-1:0]),
                .column(column),
                .next_column(next_column),
                .slice(slice),
                .elements(folded)
            );
            if (PASS) begin : gen_choice
                assign elements = folds ? folded : taken[Q*IN_W-1:0];
            end else begin : gen_always
                wire unused_folds = &{1'b0, folds};
                assign elements = folded;
            end
        end else begin : gen_pass
            wire unused_window = &{1'b0, folds, complete, column, next_column, slice, pending_q, walked_q};
            wire [31:0] unused_columns = COLUMNS;
            assign elements = taken;
        end

        for (e = 0; e < Q; e = e + 1) begin : gen_element
            assign drain_data[e*ACT_W+:ACT_W] = drain_wdata[e*Y_W+:ACT_W];
            if (ACT_W > 8) begin : gen_extend
                wire top = is_signed && elements[e*8+7];
                assign stream_data[e*ACT_W+:ACT_W] = {{(ACT_W-8){top}}, elements[e*8+:8]};
            end else begin : gen_same
                assign stream_data[e*ACT_W+:ACT_W] = elements[e*IN_W+:IN_W];
            end
            if (ACT_W < Y_W) begin : gen_clamped
                wire unused_wdata = &{1'b0, drain_wdata[e*Y_W+ACT_W+:Y_W-ACT_W]};
            end
        end
        if (ACT_W <= 8) begin : gen_as_it_is
            wire unused_sign = is_signed;
        end
    endgenerate

    always @(posedge clk) begin
        if (rst) begin
            full_q <= 2'b00;
            fill_q <= 1'b0;
            select_q <= 1'b0;
            error_q <= 1'b0;
        end else begin
            if (free) begin
                full_q[select_q] <= 1'b0;
                select_q <= !select_q;
            end
            if (done) begin
                full_q[fill_q] <= 1'b1;
                fill_q <= !fill_q;
            end
            error_q <= error_q || fault;
        end
    end

    always @(posedge clk) begin
        if (restart) begin
            whole_q <= 1'b0;
            beat_q <= {BEAT_W{1'b0}};
            pending_q <= 1'b0;
            walked_q <= 1'b0;
        end else begin
            whole_q <= whole_q || (accept && beat_end);
            if (accept) beat_q <= beat_q + {{(BEAT_W-1){1'b0}}, 1'b1};
            pending_q <= advance ? complete : pending_q && !written;
            walked_q <= walked_q || (advance && walk_end);
        end
    end

    // A last beat without tlast stays, to be the first of an image. Where one beat is an image, it is dropped.
    assign s_axis_tready = fault ? (s_axis_tlast || single || null_byte) : accept;
    assign ready = full_q[select_q];
    assign select = select_q;
    assign framing_error = error_q;
    assign mem_we = drain_we || write;
    assign mem_wbank = drain_we ? drain_wbank : bank;
    assign mem_wslice = drain_we ? drain_wslice : word_slice;
    assign mem_waddr = drain_we ? drain_waddr : (fill_q ? rows : {ADDR_W{1'b0}}) + place;
    assign mem_wdata = drain_we ? drain_data : stream_data;
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Both streams: images in (rws_axis_in), which share the write port of activation memory with the drain, and results out
// (rws_axis_out, with the table of the result's order unless ORDERED = 1: CHANNELS words). input_form and output_form are rws_header's. drain_write is {we, bank, slice, address} of
// each of D pixels, of the values stored; drained is of result; mem_write is D times {we, bank, slice, address, data}, in the same cycle.
`default_nettype none
module rws_streams #(
    parameter PX = 2,
    parameter CI = 4,
    parameter Q = 2,
    parameter D = 1,
    parameter ACT_W = 4,
    parameter Y_W = 9,
    parameter OUT_W = 8,
    parameter STREAM_W = 32,
    parameter ORDERED = 0,
    parameter LOADER = 0,
    parameter LATENCY = 1,
    parameter CHANNELS = 10,
    parameter ORDER_INIT = "",
    parameter ORDER_LOGIC = 0,
    parameter RING_W = 3,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter IN_BYTES = 4,
    parameter GRAIN = 1,
    parameter STRADDLE = 1,
    parameter PASS = 1,
    parameter FOLD = 1,
    parameter KH = 3,
    parameter KW = 3,
    parameter IN_CHANNELS = 3,
    parameter IN_COLUMNS = 10,
    parameter STRIDED = 1,
    parameter IN_SLICES = 4,
    parameter IN_BEAT_W = 4,
    parameter COUNT_W = 4,
    parameter KEEP_W = 2,
    parameter ROW_W = 4,
    parameter COLUMN_W = 4,
    parameter STEP_W = 1,
    parameter SIGN_W = 0,
    parameter PAD_W = 0,
    parameter IMAGE_W = 0,
    parameter DIGIT_W = 0,
    parameter STRIP_W = 0,
    parameter UNIT_W = 4,
    parameter WORD_W = 3,
    parameter RESULT_W = 1,
    parameter BLOCK_W = 1
) (
    input  wire                    clk,
    input  wire                    in_rst,
    input  wire                    out_rst,
    input  wire [2*ADDR_W+2+IN_BEAT_W+COUNT_W+KEEP_W+3*ROW_W+3*COLUMN_W+2*STEP_W+2*SIGN_W+PAD_W+((IMAGE_W > 0) ? ADDR_W+DIGIT_W : 0)+((STRIP_W > 0) ? 2*(STRIP_W+1) : 0)-1:0] input_form,
    input  wire [UNIT_W+WORD_W+RESULT_W+BLOCK_W-1:0] output_form,
    input  wire                    load_we,
    input  wire [71:0]             load,
    input  wire [8*IN_BYTES-1:0]   s_axis_tdata,
    input  wire [IN_BYTES-1:0]     s_axis_tkeep,
    input  wire                    s_axis_tvalid,
    output wire                    s_axis_tready,
    input  wire                    s_axis_tlast,
    output wire [STREAM_W-1:0]     m_axis_tdata,
    output wire [STREAM_W/8-1:0]   m_axis_tkeep,
    output wire                    m_axis_tvalid,
    input  wire                    m_axis_tready,
    output wire                    m_axis_tlast,
    // control
    output wire                    in_ready,
    output wire                    in_select,
    input  wire                    in_free,
    input  wire                    in_start,
    input  wire                    in_tail,
    output wire                    in_rows,
    output wire                    in_whole,
    output wire                    out_room,
    input  wire                    out_reserve,
    output wire                    image_sent,
    output wire                    framing_error,
    // drain, activation memory
    input  wire [D*(BANK_W+SLICE_W+ADDR_W+1)-1:0] drain_write,
    input  wire [Q*Y_W-1:0]        result,
    input  wire [D*Q*Y_W-1:0]      stored,
    input  wire [3:0]              drained,
    output wire [D*(BANK_W+SLICE_W+ADDR_W+Q*ACT_W+1)-1:0] mem_write
);
    // Elements of an image; words that hold them, or with WORDS_W > 0 a digit each.
    localparam IN_W = (IMAGE_W > 0) ? IMAGE_W : (ACT_W < 8) ? ACT_W : 8;
    localparam WORDS_W = (IMAGE_W > 0) ? DIGIT_W : 0;
    localparam DIGITS_W = (WORDS_W > 0) ? WORDS_W : 1;
    localparam IMAGE_WORD_W = (WORDS_W > 0) ? ACT_W : IN_W;
    localparam PLACE_W = BANK_W + SLICE_W + ADDR_W;
    localparam LANE_W = (Q > 2) ? $clog2(Q) : 1;
    localparam FORM_W = 2*ADDR_W + 2 + IN_BEAT_W + COUNT_W + KEEP_W + 3*ROW_W + 3*COLUMN_W + 2*STEP_W;

    generate
        if ((SIGN_W != 0 && SIGN_W != IN_W) || (PAD_W != 0 && PAD_W != IN_W)) begin : gen_error
            rws_error_sign_w_and_pad_w_must_be_whole_elements u_refused ();
        end
    endgenerate

    wire [ADDR_W-1:0]  rows;
    wire [ADDR_W-1:0]  stride;
    wire               single;
    wire               folds;
    wire [COUNT_W-1:0] slice_last;
    wire [KEEP_W-1:0]  keep;
    wire [ROW_W-1:0]   y_first;
    wire [ROW_W-1:0]   y_behind;
    wire [ROW_W-1:0]   y_last;
    wire [STEP_W-1:0]  y_step;
    wire [COLUMN_W-1:0] x_first;
    wire [COLUMN_W-1:0] x_behind;
    wire [COLUMN_W-1:0] x_last;
    wire [STEP_W-1:0]  x_step;
    wire [IN_BEAT_W-1:0] in_beat_last;
    wire [UNIT_W-1:0]  unit_last;
    wire [WORD_W-1:0]  word_last;
    wire [RESULT_W-1:0] pixel_last;
    wire [BLOCK_W-1:0] block;
    wire [UNIT_W-1:0]  order_raddr;
    wire [WORD_W+LANE_W-1:0] order_rdata;

    assign {x_step, x_last, x_behind, x_first, y_step, y_last, y_behind, y_first, keep, slice_last, in_beat_last, folds, single,
            stride, rows} = input_form[FORM_W-1:0];
    wire [IN_W-1:0] mask;
    wire [IN_W-1:0] flip;
    wire [IN_W-1:0] pad;

    generate
        if (SIGN_W != 0) begin : gen_signed
            assign {flip, mask} = input_form[FORM_W+:2*IN_W];
        end else begin : gen_unsigned
            assign {flip, mask} = {{IN_W{1'b0}}, {IN_W{1'b1}}};
        end
        if (PAD_W != 0) begin : gen_pad
            assign pad = input_form[FORM_W+2*SIGN_W+:IN_W];
        end else begin : gen_zero
            assign pad = {IN_W{1'b0}};
        end
    endgenerate

    wire [ADDR_W-1:0]   digit_rows;
    wire [DIGITS_W-1:0] digit_last;
    generate
        if (WORDS_W > 0) begin : gen_digit_rows
            assign {digit_last, digit_rows} = input_form[FORM_W+2*SIGN_W+PAD_W+:ADDR_W+DIGITS_W];
        end else begin : gen_words
            assign {digit_last, digit_rows} = {(ADDR_W+DIGITS_W){1'b0}};
        end
    endgenerate

    localparam ROWS_W = (STRIP_W > 0) ? STRIP_W + 1 : 1;
    localparam STRIPS_AT = FORM_W + 2*SIGN_W + PAD_W + ((WORDS_W > 0) ? ADDR_W + WORDS_W : 0);
    wire [ROWS_W-1:0] strip_ahead;
    wire [ROWS_W-1:0] strip_room;
    // The image that the core reads no more, or will not, has no result.
    wire              in_spoilt;
    wire              spoilt;
    generate
        if (STRIP_W > 0) begin : gen_strips
            reg spoilt_q;
            assign {strip_room, strip_ahead} = input_form[STRIPS_AT+:2*ROWS_W];
            always @(posedge clk) if (in_free) spoilt_q <= in_spoilt;
            assign spoilt = spoilt_q;
        end else begin : gen_images
            wire unused_spoilt = in_spoilt;
            assign {strip_room, strip_ahead} = 2'b00;
            assign spoilt = 1'b0;
        end
    endgenerate

    assign {block, pixel_last, word_last, unit_last} = output_form;

    wire               in_we;
    wire [BANK_W-1:0]  in_wbank;
    wire [SLICE_W-1:0] in_wslice;
    wire [ADDR_W-1:0]  in_waddr;
    wire [Q*IMAGE_WORD_W-1:0] words;

    wire [D-1:0] drain_we;

    rws_axis_in #(
        .BYTES(IN_BYTES),
        .GRAIN(GRAIN),
        .STRADDLE(STRADDLE),
        .PASS(PASS),
        .FOLD(FOLD),
        .KH(KH),
        .KW(KW),
        .CHANNELS(IN_CHANNELS),
        .COLUMNS(IN_COLUMNS),
        .STRIDED(STRIDED),
        .SLICES(IN_SLICES),
        .Q(Q),
        .IN_W(IN_W),
        .SIGNED((SIGN_W != 0) ? 1 : 0),
        .PADS((PAD_W != 0) ? 1 : 0),
        .PX(PX),
        .CI_SLICES(CI / Q),
        .BEAT_W(IN_BEAT_W),
        .COUNT_W(COUNT_W),
        .KEEP_W(KEEP_W),
        .ROW_W(ROW_W),
        .COLUMN_W(COLUMN_W),
        .STEP_W(STEP_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W),
        .WORD_W(IMAGE_WORD_W),
        .DIGIT_W(WORDS_W),
        .STRIP_W(STRIP_W)
    ) u_axis_in (
        .clk(clk),
        .rst(in_rst),
        .single(single),
        .folds(folds),
        .beat_last(in_beat_last),
        .slice_last(slice_last),
        .keep(keep),
        .y_first(y_first),
        .y_behind(y_behind),
        .y_last(y_last),
        .x_first(x_first),
        .x_behind(x_behind),
        .x_last(x_last),
        .y_step(y_step),
        .x_step(x_step),
        .mask(mask),
        .flip(flip),
        .pad(pad),
        .rows(rows),
        .stride(stride),
        .digit_rows(digit_rows),
        .digit_last(digit_last),
        .strip_ahead(strip_ahead),
        .strip_room(strip_room),
        .s_axis_tdata(s_axis_tdata),
        .s_axis_tkeep(s_axis_tkeep),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tlast(s_axis_tlast),
        .ready(in_ready),
        .select(in_select),
        .free(in_free),
        .block_start(in_start),
        .tail(in_tail),
        .rows_ready(in_rows),
        .whole(in_whole),
        .spoilt(in_spoilt),
        .framing_error(framing_error),
        .taken(|drain_we),
        .we(in_we),
        .wbank(in_wbank),
        .wslice(in_wslice),
        .waddr(in_waddr),
        .words(words)
    );

    genvar d;
    generate
        for (d = 0; d < D; d = d + 1) begin : gen_pixel
            assign drain_we[d] = drain_write[d*(1+PLACE_W)+PLACE_W];

            rws_write_port #(
                .Q(Q),
                .STREAM((d == 0) ? 1 : 0),
                .IN_W(IMAGE_WORD_W),
                .ACT_W(ACT_W),
                .Y_W(Y_W),
                .PLACE_W(PLACE_W)
            ) u_write_port (
                .drain_we(drain_we[d]),
                .drain_place(drain_write[d*(1+PLACE_W)+:PLACE_W]),
                .drain_values(stored[d*Q*Y_W+:Q*Y_W]),
                .stream_we(in_we),
                .stream_place({in_wbank, in_wslice, in_waddr}),
                .stream_elements(words),
                .write(mem_write[d*(1+PLACE_W+Q*ACT_W)+:1+PLACE_W+Q*ACT_W])
            );
        end

        if (ORDERED != 0) begin : gen_ordered
            wire unused_order = &{1'b0, load_we, load, order_raddr};
            wire unused_parameters = LOADER == 0 && CHANNELS == 0 && ORDER_LOGIC == 0 && ORDER_INIT == "";
            assign order_rdata = {(WORD_W+LANE_W){1'b0}};
        end else begin : gen_picked
            rws_memory #(
                .LOADER(LOADER),
                .WIDTH(WORD_W+LANE_W),
                .DEPTH(CHANNELS),
                .ADDR_W(UNIT_W),
                .INIT(ORDER_INIT),
                .LOGIC(ORDER_LOGIC),
                .LATENCY(1)
            ) u_order (
                .clk(clk),
                .we(load_we),
                .load(load),
                .raddr(order_raddr),
                .rdata(order_rdata)
            );
        end
    endgenerate

    rws_axis_out #(
        .Q(Q),
        .Y_W(Y_W),
        .OUT_W(OUT_W),
        .STREAM_W(STREAM_W),
        .ORDERED(ORDERED),
        .RING_W(RING_W),
        .WORD_W(WORD_W),
        .LANE_W(LANE_W),
        .UNIT_W(UNIT_W),
        .PIXEL_W(RESULT_W),
        .BLOCK_W(BLOCK_W),
        .LATENCY(LATENCY)
    ) u_axis_out (
        .clk(clk),
        .rst(out_rst),
        .unit_last(unit_last),
        .pixel_last(pixel_last),
        .word_last(word_last),
        .block(block),
        .room(out_room),
        .reserve(out_reserve),
        .push(drained[0]),
        .lane(drained[1]),
        .real_lane(drained[2] && !spoilt),
        .pass_end(drained[3]),
        .din(result),
        .order_raddr(order_raddr),
        .order_rdata(order_rdata),
        .m_axis_tdata(m_axis_tdata),
        .m_axis_tkeep(m_axis_tkeep),
        .m_axis_tvalid(m_axis_tvalid),
        .m_axis_tready(m_axis_tready),
        .m_axis_tlast(m_axis_tlast)
    );

    assign image_sent = m_axis_tvalid && m_axis_tready && m_axis_tlast;
endmodule
`default_nettype wire

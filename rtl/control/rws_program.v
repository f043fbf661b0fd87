// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Runs the program: its memory of WORDS 32-bit words (LATENCY as in rws_ram), the header, the running layer's descriptor, and the
// sequencer, which issues a step per cycle. What it hands to the window feed (feed), to drain and requantization (back) and to the
// streams (input_form, output_form) is taken apart there; rws_layer and rws_header have the order.
`default_nettype none
module rws_program #(
    parameter PX = 2,
    parameter ARRAYS = 2,
    parameter LOADER = 0,
    parameter WORDS = 40,
    parameter INIT = "",
    parameter LOGIC = 0,
    parameter LATENCY = 1,
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter XW = 5,
    parameter DRAIN_W = 4,
    parameter WADDR_W = 8,
    parameter INPUT_W = 40,
    parameter OUTPUT_W = 8,
    parameter PAD = 0,
    parameter BACK_W = 133,
    parameter BY_BLOCK = 0,
    parameter STREAM = 0,
    parameter DIGIT_W = 0,
    parameter DIGIT_WORDS = 0,
    parameter STRIP_W = 0
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               enable,
    input  wire               load_we,
    input  wire [71:0]        load,
    // header
    output wire               configured,
    output wire [31:0]        digest,
    output wire [INPUT_W-1:0] input_form,
    output wire [OUTPUT_W-1:0]       output_form,
    // streams
    input  wire               in_ready,
    input  wire               in_select,
    output wire               in_free,
    input  wire               in_rows,
    input  wire               in_whole,
    output wire               in_start,
    output wire               in_tail,
    input  wire               out_room,
    output wire               out_reserve,
    // window feed and arrays
    output wire               init,
    output wire [((STRIP_W > 0) ? 1 : 0)+PAD+5*XW+1:0] feed,
    output wire [DIGIT_W+4+ADDR_W:0] step,
    output wire [TAP_W-1:0]   tap_raddr,
    output wire [WADDR_W-1:0] weight_raddr,
    input  wire               weight_ready,
    output wire               weight_used,
    output wire               weight_freed,
    // drain
    output wire               layer_load,
    output wire               image_load,
    output wire [BACK_W-1:0]  back,
    input  wire               pass_done,
    // counters
    output wire [7:0]         layer,
    output wire               active,
    output wire               stalled,
    output wire [ARRAYS-1:0]  array_busy
);
    localparam STRIPS = (STRIP_W > 0) ? 1 : 0;
    localparam BANK_W = (PX > 2) ? $clog2(PX) : 1;
    localparam DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1;
    localparam PROG_W = (WORDS > 1) ? $clog2(WORDS + 1) : 1;
    localparam FRONT_W = 6 + 3*ADDR_W + CB_W + 2*TAP_W + GROUP_W + 5*XW + DRAIN_W + PAD + DIGIT_W + ARRAYS*(GROUP_W+1);
    localparam DESC_WORDS = (FRONT_W + BACK_W - 1 - ADDR_W - GROUP_W - XW - DIGIT_W - STRIPS + 31) / 32;
    localparam HEADER_WORDS = (32 + INPUT_W + OUTPUT_W + 31) / 32;

    generate
        if (WORDS < HEADER_WORDS + DESC_WORDS) begin : gen_error
            rws_error_words_must_hold_a_layer u_refused ();
        end
    endgenerate

    wire [PROG_W-1:0]  raddr;
    wire [31:0]        word;
    wire               header_shift;
    wire               shift;
    wire               go;
    wire [ADDR_W-1:0]  input_rows;
    wire               vector;
    wire               image_start;
    wire               free_input;
    wire               last_layer;
    wire               src_is_input;
    wire [ADDR_W-1:0]  src_base;
    wire [ADDR_W-1:0]  src_stride;
    wire [CB_W-1:0]    cb_last;
    wire [TAP_W-1:0]   tap_base;
    wire [TAP_W-1:0]   tap_last;
    wire [ADDR_W-1:0]  block_last;
    wire [GROUP_W-1:0] group_last;
    wire [DRAIN_W-1:0] drain_last;
    wire [ARRAYS*(GROUP_W+1)-1:0] array_groups;
    wire               next_to_out;
    wire               s0_block;
    wire               s0_origin;
    wire               s1_valid;
    wire               s1_first;
    wire               s1_last;
    wire [ADDR_W-1:0]  s1_addr;

    wire [DIGITS_W-1:0] digit_last;
    wire [DIGITS_W-1:0] s1_digit;

    assign step[4+ADDR_W:0] = {s0_block, s0_origin, s1_valid, s1_first, s1_last, s1_addr};
    generate
        if (DIGIT_W > 0) begin : gen_digit
            assign step[5+ADDR_W+:DIGITS_W] = s1_digit;
        end else begin : gen_whole
            wire unused_digit = &{1'b0, s1_digit};
        end
    endgenerate

    rws_memory #(
        .LOADER(LOADER),
        .WIDTH(32),
        .DEPTH(WORDS),
        .ADDR_W(PROG_W),
        .INIT(INIT),
        .LOGIC(LOGIC),
        .LATENCY(LATENCY)
    ) u_memory (
        .clk(clk),
        .we(load_we),
        .load(load),
        .raddr(raddr),
        .rdata(word)
    );

    rws_header #(
        .WORDS(HEADER_WORDS),
        .ADDR_W(ADDR_W),
        .INPUT_W(INPUT_W),
        .OUTPUT_W(OUTPUT_W)
    ) u_header (
        .clk(clk),
        .rst(rst),
        .shift(header_shift),
        .word(word),
        .configured(configured),
        .digest(digest),
        .input_form(input_form),
        .output_form(output_form),
        .input_rows(input_rows)
    );

    rws_layer #(
        .ADDR_W(ADDR_W),
        .CB_W(CB_W),
        .TAP_W(TAP_W),
        .GROUP_W(GROUP_W),
        .XW(XW),
        .DRAIN_W(DRAIN_W),
        .BANK_W(BANK_W),
        .ARRAYS(ARRAYS),
        .PAD(PAD),
        .DIGIT_W(DIGIT_W),
        .STRIPS(STRIPS),
        .BACK_W(BACK_W)
    ) u_layer (
        .clk(clk),
        .shift(shift),
        .word(word),
        .go(go),
        .vector(vector),
        .image_start(image_start),
        .free_input(free_input),
        .last_layer(last_layer),
        .src_is_input(src_is_input),
        .src_base(src_base),
        .src_stride(src_stride),
        .digit_last(digit_last),
        .cb_last(cb_last),
        .tap_base(tap_base),
        .tap_last(tap_last),
        .block_last(block_last),
        .group_last(group_last),
        .drain_last(drain_last),
        .array_groups(array_groups),
        .next_to_out(next_to_out),
        .feed(feed),
        .back(back)
    );

    rws_seq #(
        .LATENCY(LATENCY),
        .HEADER_WORDS(HEADER_WORDS),
        .DESC_WORDS(DESC_WORDS),
        .PROG_W(PROG_W),
        .ADDR_W(ADDR_W),
        .CB_W(CB_W),
        .TAP_W(TAP_W),
        .GROUP_W(GROUP_W),
        .DRAIN_W(DRAIN_W),
        .WADDR_W(WADDR_W),
        .ARRAYS(ARRAYS),
        .PX(PX),
        .BY_BLOCK(BY_BLOCK),
        .STREAM(STREAM),
        .DIGIT_W(DIGIT_W),
        .DIGIT_WORDS(DIGIT_WORDS),
        .STRIP_W(STRIP_W)
    ) u_seq (
        .clk(clk),
        .rst(rst),
        .enable(enable),
        .prog_raddr(raddr),
        .header_shift(header_shift),
        .shift(shift),
        .go(go),
        .configured(configured),
        .input_rows(input_rows),
        .in_ready(in_ready),
        .in_select(in_select),
        .in_release(in_free),
        .in_rows(in_rows),
        .in_whole(in_whole),
        .in_start(in_start),
        .in_tail(in_tail),
        .out_room(out_room),
        .out_reserve(out_reserve),
        .pass_done(pass_done),
        .vector(vector),
        .image_start(image_start),
        .free_input(free_input),
        .last_layer(last_layer),
        .src_is_input(src_is_input),
        .src_base(src_base),
        .src_stride(src_stride),
        .digit_last(digit_last),
        .cb_last(cb_last),
        .tap_base(tap_base),
        .tap_last(tap_last),
        .block_last(block_last),
        .group_last(group_last),
        .drain_last(drain_last),
        .array_groups(array_groups),
        .next_to_out(next_to_out),
        .init(init),
        .s0_block(s0_block),
        .s0_origin(s0_origin),
        .tap_raddr(tap_raddr),
        .weight_raddr(weight_raddr),
        .weight_ready(weight_ready),
        .weight_used(weight_used),
        .weight_freed(weight_freed),
        .s1_digit(s1_digit),
        .s1_valid(s1_valid),
        .s1_first(s1_first),
        .s1_last(s1_last),
        .s1_addr(s1_addr),
        .layer_load(layer_load),
        .image_load(image_load),
        .layer(layer),
        .active(active),
        .stalled(stalled),
        .array_busy(array_busy)
    );
endmodule
`default_nettype wire

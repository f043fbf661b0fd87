// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Loop counters of a layer, one step per cycle with step. Loops, outermost first: row group, block of PX pixels, digit of the
// activations (DIGIT_W > 0; the highest first), tap, channel block; with by_block the block is outside the row group. A pass is all taps
// of a block's digit in a group; the last one of the block in the group has digit_end. As long as start
// is high they stand at the layer's first step. Whether a step is the last of its loop, and of its pass, is a register, found when the
// counter moves, so that nothing that depends on it waits for a comparison.
// Where digits have words of their own (DIGIT_WORDS = 1), those of the next digit follow channel block by channel block.
// STRIP_W > 0: with strips, channel blocks are rings of 2^STRIP_W rows, of which act_addr names the one of this block.
// STREAM = 1: words of weights are numbered on from image to image, from rst on, for a ring of 2^WADDR_W words (rws_stream_in);
// weight_first and weight_last tell that a step uses its word for the first and for the last time.
`default_nettype none
module rws_loops #(
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter WADDR_W = 8,
    parameter STREAM = 0,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter DIGIT_WORDS = 0,
    parameter STRIP_W = 0
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               start,
    input  wire               image_start,
    input  wire               step,
    // the layer
    input  wire               vector,
    input  wire               by_block,
    input  wire               strips,
    input  wire [ADDR_W-1:0]  source,
    input  wire [ADDR_W-1:0]  source_stride,
    input  wire [TAP_W-1:0]   tap_base,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire [CB_W-1:0]    cb_last,
    input  wire [TAP_W-1:0]   tap_last,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [GROUP_W-1:0] group_last,
    // this step
    output wire               first,
    output wire               first_group,
    output wire               block_start,
    output wire               origin,
    output wire [DIGITS_W-1:0] digit,
    output wire               digit_end,
    output wire               pass_end,
    output wire               layer_end,
    output wire [GROUP_W-1:0] group,
    output wire [TAP_W-1:0]   tap_addr,
    output wire [WADDR_W-1:0] weight_addr,
    output wire               weight_first,
    output wire               weight_last,
    output wire [ADDR_W-1:0]  act_addr
);
    reg [CB_W-1:0]    cb_q;
    reg               cb_end_q;
    reg [TAP_W-1:0]   tap_q;
    reg [TAP_W-1:0]   tap_addr_q;
    reg               tap_end_q;
    reg               pass_end_q;
    reg [ADDR_W-1:0]  block_q;
    reg               origin_q;
    reg               moved_q;
    reg               block_last_q;
    reg               block_single_q;
    reg [ADDR_W-1:0]  block_before_q;
    reg [GROUP_W-1:0] group_q;
    reg               group_first_q;
    reg               group_last_q;
    reg [ADDR_W-1:0]  source_q;
    reg [ADDR_W-1:0]  base_q;
    reg [WADDR_W-1:0] weight_q;
    reg [WADDR_W-1:0] weight_group_q;
    reg               first_q;

    // Behind this step comes another block, another group; of by_block the first group again.
    wire turn = pass_end && digit_end;
    wire block_end = turn && (!by_block || group_last_q);
    wire group_end = turn && (by_block || block_last_q);
    wire again = turn && by_block && group_last_q;
    wire [CB_W-1:0] cb_next = cb_end_q ? {CB_W{1'b0}} : cb_q + {{(CB_W-1){1'b0}}, 1'b1};
    wire cb_end_next = cb_next == cb_last;
    wire [TAP_W-1:0] tap_next = tap_end_q ? {TAP_W{1'b0}} : tap_q + {{(TAP_W-1){1'b0}}, 1'b1};
    wire tap_end_next = cb_end_q ? tap_next == tap_last : tap_end_q;
    wire block_last_next = block_last_q ? block_single_q : block_q == block_before_q;
    wire [GROUP_W-1:0] group_next = again ? {GROUP_W{1'b0}} : group_q + {{(GROUP_W-1){1'b0}}, 1'b1};
    wire digit_over = DIGIT_WORDS != 0 && pass_end && !vector;
    wire [ADDR_W-1:0] base_more = base_q + source_stride;
    wire [ADDR_W-1:0] source_moved = (vector && group_end) ? source_q + source_stride : source_q;
    wire [ADDR_W-1:0] source_next = !digit_over ? source_moved : digit_end ? source : base_more;
    wire [WADDR_W-1:0] weight_next = weight_q + {{(WADDR_W-1){1'b0}}, !vector};
    wire weights_again = block_end && !block_last_q;
    wire [WADDR_W-1:0] weight_turn = weights_again ? weight_group_q : weight_next;
    wire [WADDR_W-1:0] weight_pass;
    wire               weight_clear;
    wire               digit_first;

    always @(posedge clk) begin
        block_single_q <= block_last == {ADDR_W{1'b0}};
        block_before_q <= block_last - {{(ADDR_W-1){1'b0}}, 1'b1};
        if (start || (step && again)) begin
            source_q <= source;
            base_q <= source;
        end else if (step) begin
            base_q <= cb_end_q ? source_next : base_more;
            if (group_end || digit_over) source_q <= source_next;
        end
        if (start) begin
            first_q <= 1'b1;
            cb_q <= {CB_W{1'b0}};
            cb_end_q <= cb_last == {CB_W{1'b0}};
            tap_q <= {TAP_W{1'b0}};
            tap_addr_q <= tap_base;
            tap_end_q <= tap_last == {TAP_W{1'b0}};
            pass_end_q <= cb_last == {CB_W{1'b0}} && tap_last == {TAP_W{1'b0}};
            block_q <= {ADDR_W{1'b0}};
            origin_q <= 1'b1;
            moved_q <= 1'b1;
            block_last_q <= block_last == {ADDR_W{1'b0}};
            group_q <= {GROUP_W{1'b0}};
            group_first_q <= 1'b1;
            group_last_q <= group_last == {GROUP_W{1'b0}};
        end else if (step) begin
            first_q <= pass_end;
            cb_q <= cb_next;
            cb_end_q <= cb_end_next;
            tap_end_q <= tap_end_next;
            pass_end_q <= cb_end_next && tap_end_next;
            if (cb_end_q) begin
                tap_q <= tap_next;
                tap_addr_q <= tap_end_q ? tap_base : tap_addr_q + {{(TAP_W-1){1'b0}}, 1'b1};
            end
            if (pass_end) moved_q <= block_end;
            if (block_end) begin
                block_q <= block_last_q ? {ADDR_W{1'b0}} : block_q + {{(ADDR_W-1){1'b0}}, 1'b1};
                origin_q <= block_last_q;
                block_last_q <= block_last_next;
            end
            if (group_end) begin
                group_q <= group_next;
                group_first_q <= again;
                group_last_q <= group_next == group_last;
            end
        end
        // Apart, as a plain reset: it would wait for step too.
        if (weight_clear) begin
            weight_q <= {WADDR_W{1'b0}};
            weight_group_q <= {WADDR_W{1'b0}};
        end else if (step) begin
            weight_q <= (pass_end && !digit_end) ? weight_pass : weight_turn;
            if (turn && block_last_q) weight_group_q <= weight_next;
        end
    end

    generate
        if (STREAM) begin : gen_stream
            wire unused_start = image_start;
            assign weight_clear = rst;
            assign weight_first = !vector && origin_q && digit_first;
            assign weight_last = !vector && block_last_q && digit_end;
        end else begin : gen_resident
            wire unused_rst = &{1'b0, rst, digit_first};
            assign weight_clear = start && image_start;
            assign weight_first = 1'b0;
            assign weight_last = 1'b0;
        end
        if (DIGIT_W > 0) begin : gen_digits
            reg [DIGITS_W-1:0] digit_q;
            reg                digit_end_q;
            reg [WADDR_W-1:0]  weight_pass_q;
            wire [DIGITS_W-1:0] digit_next = digit_end_q ? digit_last : digit_q - {{(DIGITS_W-1){1'b0}}, 1'b1};

            always @(posedge clk) begin
                if (start) begin
                    digit_q <= digit_last;
                    digit_end_q <= digit_last == {DIGITS_W{1'b0}};
                    weight_pass_q <= (image_start && STREAM == 0) ? {WADDR_W{1'b0}} : weight_q;
                end else if (step && pass_end) begin
                    digit_q <= digit_next;
                    digit_end_q <= digit_next == {DIGITS_W{1'b0}};
                    if (digit_end_q) weight_pass_q <= weight_turn;
                end
            end

            assign digit = digit_q;
            assign digit_first = digit_q == digit_last;
            assign digit_end = digit_end_q;
            assign weight_pass = weight_pass_q;
        end else begin : gen_whole
            wire unused_digits = &{1'b0, digit_last};
            assign digit = {DIGITS_W{1'b0}};
            assign digit_first = 1'b1;
            assign digit_end = 1'b1;
            assign weight_pass = {WADDR_W{1'b0}};
        end
    endgenerate

    assign first = first_q;
    assign origin = origin_q;
    assign first_group = group_first_q;
    assign block_start = first_q && moved_q;
    assign pass_end = pass_end_q;
    assign layer_end = turn && block_last_q && group_last_q;
    assign group = group_q;
    assign tap_addr = tap_addr_q;
    assign weight_addr = weight_q;

    generate
        if (STRIP_W > 0) begin : gen_strips
            assign act_addr = base_q + (block_q & {{(ADDR_W-STRIP_W){!strips}}, {STRIP_W{1'b1}}});
        end else begin : gen_rows
            wire unused_strips = strips;
            assign act_addr = base_q + block_q;
        end
    endgenerate
endmodule
`default_nettype wire

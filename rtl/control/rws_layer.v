// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The running layer's descriptor: 32-bit words, shifted in one by one: front fields (in the order of the ports, the first one
// lowest), then back fields, which rws_back takes apart. Front fields are read where they stand; the words of the next layer come in
// while the back end still drains, which therefore has a copy of its fields, taken with go: back, with those of the front's fields that
// it needs too below. BACK_W bits hold all of them. feed is what the window feed needs.
`default_nettype none
module rws_layer #(
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter XW = 5,
    parameter DRAIN_W = 4,
    parameter BANK_W = 1,
    parameter ARRAYS = 2,
    parameter PAD = 0,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter STRIPS = 0,
    parameter BACK_W = 133
) (
    input  wire                clk,
    input  wire                shift,
    input  wire [31:0]         word,
    input  wire                go,
    // front: sequencer
    output wire                vector,
    output wire                image_start,
    output wire                free_input,
    output wire                last_layer,
    output wire                src_is_input,
    output wire [ADDR_W-1:0]   src_base,
    output wire [ADDR_W-1:0]   src_stride,
    output wire [DIGITS_W-1:0] digit_last,
    output wire [CB_W-1:0]     cb_last,
    output wire [TAP_W-1:0]    tap_base,
    output wire [TAP_W-1:0]    tap_last,
    output wire [ADDR_W-1:0]   block_last,
    output wire [GROUP_W-1:0]  group_last,
    output wire [DRAIN_W-1:0]  drain_last,
    output wire [ARRAYS*(GROUP_W+1)-1:0] array_groups,
    output wire                next_to_out,
    // {src_is_input with STRIPS, pad of PAD bits, step_x, step_y, pitch, in_w, in_h, sum, vector}
    output wire [STRIPS+PAD+5*XW+1:0] feed,
    // {back fields, src_is_input with STRIPS, digit_last of DIGIT_W bits, pitch, group_last, block_last, vector}
    output wire [BACK_W-1:0]   back
);
    localparam FRONT_W = 6 + 3*ADDR_W + CB_W + 2*TAP_W + GROUP_W + 5*XW + DRAIN_W + PAD + DIGIT_W + ARRAYS*(GROUP_W+1);
    localparam FIELDS_W = FRONT_W + BACK_W - 1 - ADDR_W - GROUP_W - XW - DIGIT_W - STRIPS;
    // Front fields in back.
    localparam PLAIN_W = XW + GROUP_W + ADDR_W + 1;
    localparam DIGITED_W = PLAIN_W + DIGIT_W;
    localparam COPIED_W = DIGITED_W + STRIPS;
    localparam DESC_WORDS = (FIELDS_W + 31) / 32;
    localparam DESC_W = 32 * DESC_WORDS;

    reg [DESC_W-1:0] desc_q;
    reg [BACK_W-1:0] back_q;

    wire [XW-1:0] in_h;
    wire [XW-1:0] in_w;
    wire [XW-1:0] pitch;
    wire [XW-1:0] step_y;
    wire [XW-1:0] step_x;
    wire          sum;

    always @(posedge clk) begin
        if (shift) desc_q <= {word, desc_q[DESC_W-1:32]};
        if (go) begin
            back_q[BACK_W-1:COPIED_W] <= desc_q[FIELDS_W-1:FRONT_W];
            if (STRIPS != 0) back_q[COPIED_W-1] <= src_is_input;
            if (DIGIT_W > 0) back_q[DIGITED_W-1-:DIGITS_W] <= digit_last;
            back_q[PLAIN_W-1:0] <= {pitch, group_last, block_last, vector};
        end
    end

    assign array_groups = desc_q[FRONT_W-1-:ARRAYS*(GROUP_W+1)];
    assign {drain_last, step_x, step_y, pitch, in_w, in_h, group_last, block_last, tap_last, tap_base,
            cb_last, src_stride, src_base, src_is_input, last_layer, free_input, image_start, sum, vector}
        = desc_q[FRONT_W-DIGIT_W-PAD-ARRAYS*(GROUP_W+1)-1:0];
    // to_out of the back fields.
    assign next_to_out = desc_q[FRONT_W+BANK_W+2];
    assign feed[5*XW+1:0] = {step_x, step_y, pitch, in_w, in_h, sum, vector};
    assign back = back_q;

    generate
        if (STRIPS != 0) begin : gen_strips
            assign feed[PAD+5*XW+2] = src_is_input;
        end
        if (PAD != 0) begin : gen_pad
            assign feed[5*XW+2+:PAD] = desc_q[FRONT_W-DIGIT_W-ARRAYS*(GROUP_W+1)-1-:PAD];
        end
        if (DIGIT_W != 0) begin : gen_digits
            assign digit_last = desc_q[FRONT_W-ARRAYS*(GROUP_W+1)-1-:DIGITS_W];
        end else begin : gen_whole
            assign digit_last = {DIGITS_W{1'b0}};
        end
        if (DESC_W > FIELDS_W) begin : gen_spare
            wire unused_spare = &{1'b0, desc_q[DESC_W-1:FIELDS_W]};
        end
    endgenerate
endmodule
`default_nettype wire

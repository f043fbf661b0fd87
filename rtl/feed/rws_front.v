// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// From the sequencer's steps to operands: table of taps, window feed, activation memory, and the pooling unit beside the arrays where
// SUM or MAX asks for it. feed and step are rws_program's; write is D times {we, bank, slice, address, data} of Q activations.
// Arrays get the low OPERAND_W bits of activations, or a digit of so many bits where DIGIT_W > 0: picked from its word (rws_digit), or, where
// ACT_W = OPERAND_W, a word of its own. act and its flags come 2 + 2*LATENCY cycles after s1_* of step, with digits to pick 1 more, captured
// as in rws_vector. Throughput a step per cycle.
`default_nettype none
module rws_front #(
    parameter PX = 2,
    parameter CI = 4,
    parameter Q = 2,
    parameter D = 1,
    parameter LOADER = 0,
    parameter TAPS = 8,
    parameter TAPS_INIT = "",
    parameter TAPS_LOGIC = 0,
    parameter ACT_ROWS = 16,
    parameter ADDR_W = 6,
    parameter TAP_W = 4,
    parameter XW = 5,
    parameter ACT_W = 4,
    parameter PAD = 0,
    parameter SUM = 1,
    parameter MAX = 1,
    parameter SUM_PX = PX,
    parameter VEC_W = 8,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter LATENCY = 1,
    parameter LEAD = 0,
    parameter OPERAND_W = ACT_W,
    parameter DIGIT_W = 0,
    parameter STRIP_W = 0
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   load_we,
    input  wire [71:0]            load,
    input  wire                   init,
    input  wire [((STRIP_W > 0) ? 1 : 0)+PAD+5*XW+1:0] feed,
    input  wire [DIGIT_W+4+ADDR_W:0] step,
    input  wire [TAP_W-1:0]       tap_raddr,
    input  wire [D*(BANK_W+SLICE_W+ADDR_W+Q*ACT_W+1)-1:0] write,
    // to the arrays
    output wire                   array_valid,
    output wire                   first,
    output wire                   last,
    output wire [PX*CI*OPERAND_W-1:0] act,
    // of the pooling unit
    output wire [CI*PX*VEC_W-1:0] vector_hold,
    output wire                   vector_captured
);
    // Digits that have words of their own.
    localparam WORDS_W = (ACT_W == OPERAND_W) ? DIGIT_W : 0;
    localparam WORD_DIGITS_W = (WORDS_W > 0) ? WORDS_W : 1;

    generate
        if ((1 << BANK_W) < PX) begin : gen_error_0
            rws_error_bank_w_must_count_pixels u_refused ();
        end
        if (PAD != 0 && (WORDS_W > 0 ? PAD > (ACT_W << WORDS_W) : PAD != ACT_W)) begin : gen_error_2
            rws_error_pad_must_be_a_whole_activation u_refused ();
        end
        if ((1 << SLICE_W) < CI / Q || CI % Q != 0) begin : gen_error_1
            rws_error_slice_w_must_count_slices_of_q u_refused ();
        end
    endgenerate

    localparam TAP_ENTRY_W = ADDR_W + BANK_W + 2*XW + 2;
    localparam PADDED_W = (PAD > 0) ? PAD : 1;
    localparam DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1;
    localparam PICKED_W = (WORDS_W > 0) ? 1 : DIGITS_W;

    wire [XW-1:0] step_x;
    wire [XW-1:0] step_y;
    wire [XW-1:0] pitch;
    wire [XW-1:0] in_w;
    wire [XW-1:0] in_h;
    wire          sum;
    wire          vector;

    assign {step_x, step_y, pitch, in_w, in_h, sum, vector} = feed[5*XW+1:0];

    wire [PADDED_W-1:0] pad;
    wire [DIGITS_W-1:0] digit;
    wire strips;
    generate
        if (STRIP_W > 0) begin : gen_strips
            assign strips = feed[PAD+5*XW+2];
        end else begin : gen_images
            assign strips = 1'b0;
        end
        if (DIGIT_W != 0) begin : gen_digit
            assign digit = step[5+ADDR_W+:DIGIT_W];
        end else begin : gen_whole
            assign digit = 1'b0;
        end
        if (PAD != 0) begin : gen_pad
            assign pad = feed[5*XW+2+:PADDED_W];
        end else begin : gen_zero
            assign pad = 1'b0;
        end
    endgenerate

    // Steps wait for their taps.
    wire              s0_block;
    wire              s0_origin;
    wire              s1_valid;
    wire              s1_first;
    wire              s1_last;
    wire [ADDR_W-1:0] s1_addr;
    wire [WORD_DIGITS_W-1:0] s1_digit;
    wire [PICKED_W-1:0] picked;

    rws_delay #(
        .WIDTH(5 + ADDR_W),
        .CYCLES(LATENCY - 1)
    ) u_step (
        .clk(clk),
        .din(step[4+ADDR_W:0]),
        .dout({s0_block, s0_origin, s1_valid, s1_first, s1_last, s1_addr})
    );

    generate
        if (WORDS_W > 0) begin : gen_word_digit
            rws_delay #(
                .WIDTH(WORD_DIGITS_W),
                .CYCLES(LATENCY - 1)
            ) u_digit (
                .clk(clk),
                .din(digit),
                .dout(s1_digit)
            );
            assign picked = 1'b0;
        end else begin : gen_words
            assign s1_digit = 1'b0;
            assign picked = digit;
        end
    endgenerate

    wire              tap_short_x;
    wire              tap_short_y;
    wire [XW-1:0]     tap_dx;
    wire [XW-1:0]     tap_dy;
    wire [BANK_W-1:0] tap_rot;
    wire [ADDR_W-1:0] tap_row;

    rws_memory #(
        .LOADER(LOADER),
        .WIDTH(TAP_ENTRY_W),
        .DEPTH(TAPS),
        .ADDR_W(TAP_W),
        .INIT(TAPS_INIT),
        .LOGIC(TAPS_LOGIC),
        .LATENCY(LATENCY)
    ) u_taps (
        .clk(clk),
        .we(load_we),
        .load(load),
        .raddr(tap_raddr),
        .rdata({tap_short_x, tap_short_y, tap_dx, tap_dy, tap_rot, tap_row})
    );

    // Reads of what is written come later than this register: the next step waits for the last write.
    wire [D*(1+BANK_W+SLICE_W+ADDR_W+Q*ACT_W)-1:0] mem_write;

    rws_delay #(
        .WIDTH(D*(1 + BANK_W + SLICE_W + ADDR_W + Q*ACT_W)),
        .CYCLES(LATENCY - 1)
    ) u_write (
        .clk(clk),
        .din(write),
        .dout(mem_write)
    );

    wire [PX*ADDR_W-1:0]   mem_raddr;
    wire [PX*CI*ACT_W-1:0] mem_rdata;

    rws_act_mem #(
        .PX(PX),
        .CI(CI),
        .Q(Q),
        .D(D),
        .ACT_W(ACT_W),
        .DEPTH(ACT_ROWS),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W),
        .LATENCY(LATENCY)
    ) u_act_mem (
        .clk(clk),
        .write(mem_write),
        .raddr(mem_raddr),
        .rdata(mem_rdata)
    );

    wire word_valid;
    wire word_first;
    wire word_last;
    wire [PX*CI*ACT_W-1:0] words;
    wire vector_valid;
    wire vector_sum;

    rws_fetch #(
        .PX(PX),
        .CI(CI),
        .ACT_W(ACT_W),
        .PAD_W(PAD),
        .DIGIT_W(WORDS_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .XW(XW),
        .STRIP_W(STRIP_W),
        .MEM_LATENCY(LATENCY)
    ) u_fetch (
        .clk(clk),
        .init(init),
        .strips(strips),
        .pitch(pitch),
        .step_y(step_y),
        .step_x(step_x),
        .in_h(in_h),
        .in_w(in_w),
        .pad(pad),
        .sum(sum),
        .vector(vector),
        .s0_block(s0_block),
        .s0_origin(s0_origin),
        .s1_valid(s1_valid),
        .s1_first(s1_first),
        .s1_last(s1_last),
        .s1_addr(s1_addr),
        .s1_digit(s1_digit),
        .tap_row(tap_row),
        .tap_rot(tap_rot),
        .tap_dy(tap_dy),
        .tap_dx(tap_dx),
        .tap_short_y(tap_short_y),
        .tap_short_x(tap_short_x),
        .mem_raddr(mem_raddr),
        .mem_rdata(mem_rdata),
        .array_valid(word_valid),
        .vector_valid(vector_valid),
        .vector_sum(vector_sum),
        .first(word_first),
        .last(word_last),
        .act(words)
    );

    rws_digit #(
        .COUNT(PX * CI),
        .WORD_W(ACT_W),
        .OPERAND_W(OPERAND_W),
        .DIGIT_W(DIGIT_W - WORDS_W),
        .WAIT(2*LATENCY + 2)
    ) u_digit (
        .clk(clk),
        .digit(picked),
        .valid(word_valid),
        .first(word_first),
        .last(word_last),
        .words(words),
        .array_valid(array_valid),
        .array_first(first),
        .array_last(last),
        .operands(act)
    );

    generate
        if (SUM || MAX) begin : gen_vector
            rws_vector #(
                .INPUTS(CI),
                .PX(PX),
                .ACT_W(ACT_W),
                .VEC_W(VEC_W),
                .SUM(SUM),
                .MAX(MAX),
                .SUM_PX(SUM_PX),
                .LEAD(LEAD)
            ) u_vector (
                .clk(clk),
                .rst(rst),
                .valid(vector_valid),
                .last(word_last),
                .sum(vector_sum),
                .act(words),
                .hold(vector_hold),
                .captured(vector_captured)
            );
        end else begin : gen_arrays_only
            wire unused_vector = &{1'b0, rst, vector_valid, vector_sum};
            wire unused_parameters = LEAD == 0 && SUM_PX == 0;
            assign vector_hold = {CI*PX*VEC_W{1'b0}};
            assign vector_captured = 1'b0;
        end
    endgenerate
endmodule
`default_nettype wire

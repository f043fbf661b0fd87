// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Where the slices of an image lie in activation memory: pixels over PX banks from row `base` on, their channel blocks of CI_SLICES slices
// `stride` rows apart. Counts a slice with each write, from start on; slice_end says that it is its pixel's last. No pixel has
// more than SLICES. STRIP_W > 0: rows are those of a ring of 2^STRIP_W, row_end tells of a row's last write. With DIGIT_W > 0 a slice is written digit by digit, digit_last first, `digit_rows` rows apart.
`default_nettype none
module rws_input_place #(
    parameter PX = 2,
    parameter CI_SLICES = 2,
    parameter SLICES = 4,
    parameter COUNT_W = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter DIGIT_W = 0,
    parameter STRIP_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1
) (
    input  wire               clk,
    input  wire               start,
    input  wire               write,
    input  wire [COUNT_W-1:0] slice_last,
    input  wire [ADDR_W-1:0]  base,
    input  wire [ADDR_W-1:0]  stride,
    input  wire [ADDR_W-1:0]  digit_rows,
    input  wire [DIGITS_W-1:0] digit_last,
    output wire [COUNT_W-1:0] slice,
    output wire               slice_end,
    output wire [DIGITS_W-1:0] digit,
    output wire               digit_end,
    output wire               row_end,
    output wire [BANK_W-1:0]  wbank,
    output wire [SLICE_W-1:0] wslice,
    output wire [ADDR_W-1:0]  waddr
);
    localparam WORD_LAST_I = CI_SLICES - 1;
    localparam [SLICE_W-1:0] WORD_LAST = WORD_LAST_I[SLICE_W-1:0];
    localparam [ADDR_W-1:0] RING = (STRIP_W > 0) ? (1 << STRIP_W) - 1 : -1;
    reg [ADDR_W-1:0] row_q;
    wire [ADDR_W-1:0] row_more = row_q + {{(ADDR_W-1){1'b0}}, bank_end};
    wire             bank_end;
    wire             whole = write && digit_end;
    wire [ADDR_W-1:0] place;

    generate
        if (DIGIT_W > 0) begin : gen_digits
            reg [DIGITS_W-1:0] digit_q;
            reg [ADDR_W-1:0]   digit_off_q;
            always @(posedge clk) begin
                if (start || whole) begin
                    digit_q <= digit_last;
                    digit_off_q <= {ADDR_W{1'b0}};
                end else if (write) begin
                    digit_q <= digit_q - {{(DIGITS_W-1){1'b0}}, 1'b1};
                    digit_off_q <= digit_off_q + digit_rows;
                end
            end
            assign digit = digit_q;
            assign digit_end = digit_q == {DIGITS_W{1'b0}};
            assign waddr = place + digit_off_q;
        end else begin : gen_whole
            wire unused_digits = &{1'b0, digit_rows, digit_last};
            assign digit = 1'b0;
            assign digit_end = 1'b1;
            assign waddr = place;
        end

        if (PX > 1) begin : gen_banks
            localparam BANK_LAST_I = PX - 1;
            localparam [BANK_W-1:0] BANK_LAST = BANK_LAST_I[BANK_W-1:0];
            reg [BANK_W-1:0] bank_q;
            always @(posedge clk) begin
                if (start || (whole && slice_end && bank_end)) bank_q <= {BANK_W{1'b0}};
                else if (whole && slice_end) bank_q <= bank_q + {{(BANK_W-1){1'b0}}, 1'b1};
            end
            assign bank_end = bank_q == BANK_LAST;
            assign wbank = bank_q;
        end else begin : gen_bank
            assign bank_end = 1'b1;
            assign wbank = {BANK_W{1'b0}};
        end

        if (SLICES > 1) begin : gen_slices
            reg [COUNT_W-1:0] count_q;
            reg                end_q;
            wire [COUNT_W-1:0] count_next = (start || end_q) ? {COUNT_W{1'b0}} : count_q + {{(COUNT_W-1){1'b0}}, 1'b1};
            always @(posedge clk) begin
                if (start || whole) begin
                    count_q <= count_next;
                    end_q <= count_next == slice_last;
                end
            end
            assign slice = count_q;
            assign slice_end = end_q;
        end else begin : gen_one
            wire unused_last = slice_last;
            assign slice = {COUNT_W{1'b0}};
            assign slice_end = 1'b1;
        end

        if (SLICES > CI_SLICES) begin : gen_blocks
            reg [SLICE_W-1:0] word_q;
            reg [ADDR_W-1:0]  off_q;
            wire word_end = word_q == WORD_LAST;
            always @(posedge clk) begin
                if (start || (whole && slice_end)) begin
                    word_q <= {SLICE_W{1'b0}};
                    off_q <= {ADDR_W{1'b0}};
                end else if (whole) begin
                    word_q <= word_end ? {SLICE_W{1'b0}} : word_q + {{(SLICE_W-1){1'b0}}, 1'b1};
                    if (word_end) off_q <= off_q + stride;
                end
            end
            assign wslice = word_q;
            assign place = off_q + row_q;
        end else begin : gen_block
            wire [SLICE_W+COUNT_W-1:0] word = {{SLICE_W{1'b0}}, slice};
            wire unused_blocks = &{1'b0, word[SLICE_W+COUNT_W-1:SLICE_W], stride, WORD_LAST};
            assign wslice = word[SLICE_W-1:0];
            assign place = row_q;
        end
    endgenerate

    always @(posedge clk) begin
        if (start) row_q <= base;
        else if (whole && slice_end) row_q <= row_more & RING;
    end

    assign row_end = whole && slice_end && bank_end;
endmodule
`default_nettype wire

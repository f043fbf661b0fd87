// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What arrays read of activations: of each word the low OPERAND_W bits, or with DIGIT_W > 0 the digit of so many bits that was asked for
// WAIT cycles before: bits digit*OPERAND_W and up, zeros beyond the word; words that no array reads may have more. Latency 0, with digits 1; throughput 1.
`default_nettype none
module rws_digit #(
    parameter COUNT = 4,
    parameter WORD_W = 8,
    parameter OPERAND_W = 4,
    parameter DIGIT_W = 1,
    parameter WAIT = 4,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1
) (
    input  wire                       clk,
    input  wire [DIGITS_W-1:0]        digit,
    input  wire                       valid,
    input  wire                       first,
    input  wire                       last,
    input  wire [COUNT*WORD_W-1:0]    words,
    output wire                       array_valid,
    output wire                       array_first,
    output wire                       array_last,
    output wire [COUNT*OPERAND_W-1:0] operands
);
    genvar i;
    generate
        if (DIGIT_W > 0) begin : gen_digits
            localparam ALL_W = OPERAND_W << DIGIT_W;
            localparam USED_W = (WORD_W < ALL_W) ? WORD_W : ALL_W;
            wire [DIGIT_W-1:0] now;

            rws_delay #(
                .WIDTH(DIGIT_W),
                .CYCLES(WAIT)
            ) u_digit (
                .clk(clk),
                .din(digit),
                .dout(now)
            );

            rws_delay #(
                .WIDTH(3),
                .CYCLES(1)
            ) u_flags (
                .clk(clk),
                .din({valid, first, last}),
                .dout({array_valid, array_first, array_last})
            );

            for (i = 0; i < COUNT; i = i + 1) begin : gen_word
                wire [ALL_W-1:0]     word;
                reg  [OPERAND_W-1:0] operand_q;

                assign word[USED_W-1:0] = words[i*WORD_W+:USED_W];
                if (USED_W < ALL_W) begin : gen_short
                    assign word[ALL_W-1:USED_W] = {(ALL_W-USED_W){1'b0}};
                end
                if (USED_W < WORD_W) begin : gen_wide
                    wire unused_high = &{1'b0, words[i*WORD_W+USED_W+:WORD_W-USED_W]};
                end

                always @(posedge clk) operand_q <= word[now*OPERAND_W+:OPERAND_W];

                assign operands[i*OPERAND_W+:OPERAND_W] = operand_q;
            end
        end else begin : gen_whole
            wire unused_digit = &{1'b0, clk, digit};
            wire unused_parameters = WAIT == 0;
            assign {array_valid, array_first, array_last} = {valid, first, last};

            for (i = 0; i < COUNT; i = i + 1) begin : gen_word
                assign operands[i*OPERAND_W+:OPERAND_W] = words[i*WORD_W+:OPERAND_W];
                if (WORD_W > OPERAND_W) begin : gen_wide
                    wire unused_high = &{1'b0, words[i*WORD_W+OPERAND_W+:WORD_W-OPERAND_W]};
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Fields of a packed sum as WORDS words: field f stands at bit f * FIELD_W of p; words past FIELDS are zero.
// EXTEND = 2: every field is signed. EXTEND = 0 or 1: the last field is signed and each other one biased by 2^(FIELD_W-1) and
// extended by that bit, so that the sum of a word extended by zeros and one extended by ones is free of bias. Combinational and exact.
`default_nettype none
module rws_dsp_unpack #(
    parameter FIELDS = 2,
    parameter FIELD_W = 21,
    parameter WORDS = 2,
    parameter WORD_W = 24,
    parameter EXTEND = 0
) (
    input  wire [47:0]             p,
    output wire [WORDS*WORD_W-1:0] words
);
    generate
        if (EXTEND < 0 || EXTEND > 2) begin : gen_error_0
            rws_error_unknown_extension u_refused ();
        end
        if ((FIELDS - 1) * FIELD_W >= 48) begin : gen_error_1
            rws_error_fields_must_fit_a_sum u_refused ();
        end
    endgenerate

    genvar f;
    genvar i;
    generate
        for (f = 0; f < WORDS; f = f + 1) begin : gen_word
            for (i = 0; i < WORD_W; i = i + 1) begin : gen_bit
                localparam BIT = f * FIELD_W + i;
                if (f >= FIELDS) begin : gen_none
                    assign words[f*WORD_W+i] = 1'b0;
                end else if (f == FIELDS - 1 && EXTEND != 2) begin : gen_last
                    assign words[f*WORD_W+i] = p[(BIT < 48) ? BIT : 47];
                end else if (i < FIELD_W) begin : gen_field
                    assign words[f*WORD_W+i] = p[BIT];
                end else if (EXTEND == 2) begin : gen_sign
                    assign words[f*WORD_W+i] = p[(f+1)*FIELD_W-1];
                end else begin : gen_extension
                    assign words[f*WORD_W+i] = (EXTEND == 1);
                end
            end
        end
    endgenerate

    wire unused = &{1'b0, p};
endmodule
`default_nettype wire

// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Half of a DSP lane's adders: words = the sums of 2 * LINKS packed sums of multiplier chains, field by field, in a chain of LINKS
// DSP slices of two or four words. Of each two chains the second gives back the bias of the first (see rws_dsp_unpack). Exact while a
// field's sum fits its word (rws_dsp_lane refuses others). Link s adds its pair s cycles after the first. Latency 2 from the last pair,
// throughput 1.
`default_nettype none
module rws_dsp_half #(
    parameter [39:0] CELLS = "none",
    parameter LINKS = 1,
    parameter FIELDS = 2,
    parameter FIELD_W = 21,
    parameter WORDS = 2,
    parameter WORD_W = 24
) (
    input  wire                    clk,
    input  wire [96*LINKS-1:0]     chain,
    output wire [WORDS*WORD_W-1:0] words
);
    localparam SIMD = (FIELDS > 2) ? 4 : 2;
    localparam SIMD_W = 48 / SIMD;

    wire [48*LINKS-1:0] cascade;
    wire [48*LINKS-1:0] sums;
    wire                unused = &{1'b0, sums, cascade};

    genvar s;
    generate
        if (LINKS < 1 || FIELDS > 4) begin : gen_error
            rws_error_links_and_fields_out_of_range u_refused ();
        end

        for (s = 0; s < LINKS; s = s + 1) begin : gen_link
            wire [47:0] x;
            wire [47:0] y;

            rws_dsp_unpack #(
                .FIELDS(FIELDS),
                .FIELD_W(FIELD_W),
                .WORDS(SIMD),
                .WORD_W(SIMD_W),
                .EXTEND(0)
            ) u_even (
                .p(chain[96*s+:48]),
                .words(x)
            );

            rws_dsp_unpack #(
                .FIELDS(FIELDS),
                .FIELD_W(FIELD_W),
                .WORDS(SIMD),
                .WORD_W(SIMD_W),
                .EXTEND(1)
            ) u_odd (
                .p(chain[96*s+48+:48]),
                .words(y)
            );

            rws_dsp_sum #(
                .CELLS(CELLS),
                .LANES(SIMD),
                .KIND((s == 0) ? 0 : 1)
            ) u_sum (
                .clk(clk),
                .valid(1'b1),
                .first(1'b0),
                .x(x),
                .y(y),
                .pcin((s == 0) ? 48'd0 : cascade[48*((s > 0) ? s - 1 : 0)+:48]),
                .p(sums[48*s+:48]),
                .pcout(cascade[48*s+:48])
            );
        end
    endgenerate

    rws_dsp_unpack #(
        .FIELDS(FIELDS),
        .FIELD_W(SIMD_W),
        .WORDS(WORDS),
        .WORD_W(WORD_W),
        .EXTEND(2)
    ) u_words (
        .p(sums[48*LINKS-1-:48]),
        .words(words)
    );
endmodule
`default_nettype wire
